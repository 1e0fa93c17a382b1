// `hypercraft run`: boots a guest in a worker and joins its console to the terminal until one of them ends.
import { HypercraftError } from '../isa/error.js';
import { type EndSignal, Terminal } from '../platform/node/terminal.js';
import { nodePlatform } from '../platform/node/worker.js';
import { Host, Vm } from '../vmm/index.js';
import { type Ending, endingOf, lastLine, statusOf } from './ending.js';
import { ESCAPE_HELP, EscapeKeys } from './escape.js';
import { explain } from './explain.js';
import { type ParsedOptions, parseChoice, parseSeconds } from './options.js';
import { ImageUnavailable, type Prepared, prepare, seedFrom } from './prepare.js';
import { statsLines, traceLine } from './report.js';
import { signatureFile, writeSignature } from './signature.js';

/** How long a pipe that stays open may be silent before a deterministic run begins without more. */
const PIPE_PATIENCE_MS = 1000;
const TRACES = ['exits'] as const;
const JIT_MODES = ['off', 'on', 'always'] as const;

interface RunOptions {
  readonly timeout: number | undefined;
  readonly traceExits: boolean;
  readonly jit: (typeof JIT_MODES)[number];
  readonly stats: boolean;
  readonly signature: string | undefined;
  /** Of a deterministic run. */
  readonly seed: bigint | undefined;
}

export async function run(parsed: ParsedOptions): Promise<number> {
  const options = runOptions(parsed);
  using terminal = new Terminal();
  let ending: Ending;
  try {
    const prepared = await prepare(parsed, terminal);
    const signature = signatureFile(parsed, prepared.boot);
    ending = await boot(prepared, { ...options, signature }, terminal);
  } catch (error) {
    // What is wrong with the command line is main's to say; the rest went wrong later.
    if (error instanceof HypercraftError) throw error;
    terminal.note(`hypercraft: ${error instanceof ImageUnavailable ? error.message : explain(error)}`);
    ending = { cause: 'error' };
  }
  terminal[Symbol.dispose]();
  terminal.note(lastLine(ending));
  await terminal.flush();
  return statusOf(ending);
}

function runOptions(parsed: ParsedOptions): Omit<RunOptions, 'signature'> {
  const { values } = parsed;
  const timeout = values.get('--timeout');
  const traces = (values.get('--trace')?.split(',') ?? []).map((word) => parseChoice('--trace', word, TRACES));
  return {
    timeout: timeout === undefined ? undefined : parseSeconds('--timeout', timeout),
    traceExits: traces.includes('exits'),
    jit: parseChoice('--jit', values.get('--jit') ?? 'on', JIT_MODES),
    stats: values.has('--stats'),
    seed: seedFrom(parsed),
  };
}

/** Runs the machine, again after each reboot, until it or the person at the terminal has had enough. */
async function boot(prepared: Prepared, options: RunOptions, terminal: Terminal): Promise<Ending> {
  // Two deterministic runs must not tell whether a pipe was slow: its bytes are there from the start.
  const script =
    options.seed === undefined || terminal.interactive ? undefined : await terminal.gather(PIPE_PATIENCE_MS);
  const session = new Session(terminal, options.timeout);
  try {
    const host = await Host.create({
      platform: nodePlatform(),
      timebase: prepared.machine.timebase,
      jit: options.jit,
    });
    for (;;) {
      const ending = await session.run(host, prepared, options, script);
      if (ending.cause !== 'reboot') return ending;
      terminal.note('hypercraft: the guest reboots');
    }
  } catch (error) {
    terminal.note(`hypercraft: ${explain(error)}`);
    return { cause: 'error' };
  } finally {
    session[Symbol.dispose]();
  }
}

/** The terminal, for as long as guests run: keys to whichever is there now, and what ends the whole. */
class Session implements Disposable {
  readonly #terminal: Terminal;
  readonly #keys = new EscapeKeys();
  readonly #stopped: Promise<Ending>;
  readonly #timer: NodeJS.Timeout | undefined;
  #stop!: (ending: Ending) => void;
  /** The guest that is there, or the promise of the next one. */
  #vm: Promise<Vm>;
  #arrived!: (vm: Vm) => void;
  /** Bytes go to the guest in the order in which they came. */
  #typed: Promise<void> = Promise.resolve();

  constructor(terminal: Terminal, timeout: number | undefined) {
    this.#terminal = terminal;
    this.#vm = this.#nextVm();
    this.#stopped = new Promise((resolve) => {
      this.#stop = resolve;
    });
    if (timeout !== undefined) this.#timer = setTimeout(() => this.#stop({ cause: 'timeout' }), timeout * 1000);
    terminal.open({
      input: (bytes) => this.#input(bytes),
      end: () => {},
      stop: (signal: EndSignal | undefined) =>
        this.#stop(signal === undefined ? { cause: 'output-closed' } : { cause: 'signal', signal }),
    });
  }

  /** Runs one machine from its first instruction to its end. */
  async run(host: Host, prepared: Prepared, options: RunOptions, script: Uint8Array | undefined): Promise<Ending> {
    const { machine, boot } = prepared;
    const { traceExits, seed } = options;
    const deterministic = seed !== undefined && { deterministic: { seed, ...(script && { script }) } };
    await using vm = await Vm.create(host, host.platform, { machine, boot, traceExits, ...deterministic });
    vm.on('output', (bytes) => this.#terminal.write(bytes));
    vm.on('exit', (entry) => this.#terminal.note(traceLine(entry)));
    this.#arrived(vm);
    const started = performance.now();
    const ending = await Promise.race([vm.run().then(endingOf), this.#stopped]);
    this.#vm = this.#nextVm();
    if (options.signature !== undefined) {
      await vm.pause();
      await writeSignature(options.signature, boot, vm);
    }
    if (options.stats) {
      const seconds = (performance.now() - started) / 1000;
      for (const line of statsLines(vm.stats(), seconds)) this.#terminal.note(line);
      if (seed !== undefined) {
        await vm.pause();
        this.#terminal.note(`  state hash ${await vm.stateHash()}`);
      }
    }
    return ending;
  }

  /** From a pipe no more is read than the guest takes; in a terminal we listen on, for Ctrl-A x. */
  #input(bytes: Uint8Array): void | Promise<void> {
    if (!this.#terminal.interactive) return this.#type(bytes);
    for (const item of this.#keys.feed(bytes)) {
      if (item.kind === 'bytes') void this.#type(item.bytes);
      else if (item.kind === 'leave') this.#stop({ cause: 'escape' });
      else for (const line of ESCAPE_HELP) this.#terminal.note(line);
    }
  }

  #type(bytes: Uint8Array): Promise<void> {
    this.#typed = this.#typed.then(async () => (await this.#vm).input(bytes));
    return this.#typed;
  }

  #nextVm(): Promise<Vm> {
    return new Promise((resolve) => {
      this.#arrived = resolve;
    });
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
