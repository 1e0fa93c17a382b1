// `hypercraft run`: boots a guest in a worker and joins its console to the terminal until one of them ends.
import type { BootPlan } from '../boot/index.js';
import { HypercraftError } from '../isa/error.js';
import { figuresOf } from '../jit/figures.js';
import { tuneCompilation } from '../platform/node/compilation.js';
import { jitCacheDirectory } from '../platform/node/jit-store.js';
import { openSnapshotFile } from '../platform/node/snapshot-file.js';
import type { Address } from '../platform/node/sockets.js';
import { type EndSignal, Terminal } from '../platform/node/terminal.js';
import { nodePlatform } from '../platform/node/worker.js';
import { Host, openSnapshot, Vm } from '../vmm/index.js';
import { type Ending, endingOf, lastLine, statusOf } from './ending.js';
import { ESCAPE_HELP, EscapeKeys } from './escape.js';
import { explain } from './explain.js';
import { awaitGuest, Departure, parseAddress } from './migration.js';
import { type ParsedOptions, parseChoice, parseSeconds, usage } from './options.js';
import { statsLines, traceLine } from './report.js';
import { seedFrom } from './seed.js';
import { signatureFile, writeSignature } from './signature.js';
import { hartsOf, threadsFrom } from './threads.js';

/** How long a pipe that stays open may be silent before a deterministic run begins without more. */
const PIPE_PATIENCE_MS = 1000;
/** Bytes worth giving back. */
const LARGE = 1 << 20;
/** Endings of a guest's own after which the program has nothing left to do. */
const LAST: ReadonlySet<Ending['cause']> = new Set(['power-off', 'failure', 'guest-dead']);
const TRACES = ['exits', 'jit'] as const;
const JIT_MODES = ['off', 'on', 'always'] as const;

interface RunOptions {
  readonly timeout: number | undefined;
  readonly traceExits: boolean;
  readonly traceJit: boolean;
  readonly jit: (typeof JIT_MODES)[number];
  /** Directory of the persistent cache of translated code. */
  readonly jitCache: string | undefined;
  readonly stats: boolean;
  /** For the guest's harts, if the command line says. */
  readonly threads: number | undefined;
  readonly signature: string | undefined;
  /** Of a deterministic run. */
  readonly seed: bigint | undefined;
  /** Where the guest goes when it is told to. */
  readonly migrateTo: Address | undefined;
}

export async function run(parsed: ParsedOptions): Promise<number> {
  const options = runOptions(parsed);
  using terminal = new Terminal();
  let ending: Ending;
  try {
    const path = parsed.values.get('--from');
    const incoming = parsed.values.get('--incoming');
    if (incoming !== undefined) {
      ending = await boot(arriving(parsed, incoming, terminal), { ...options, signature: undefined }, terminal);
    } else if (path !== undefined) {
      ending = await boot(restoring(parsed, path), { ...options, signature: undefined }, terminal);
    } else {
      const beginning = await booting(parsed, terminal);
      const signature = signatureFile(parsed, beginning.boot);
      ending = await boot(beginning, { ...options, signature }, terminal);
    }
  } catch (error) {
    // What is wrong with the command line is main's to say; the rest went wrong later.
    if (error instanceof HypercraftError) throw error;
    terminal.note(`hypercraft: ${explain(error)}`);
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
  const target = values.get('--migrate-to');
  const traces = (values.get('--trace')?.split(',') ?? []).map((word) => parseChoice('--trace', word, TRACES));
  return {
    timeout: timeout === undefined ? undefined : parseSeconds('--timeout', timeout),
    traceExits: traces.includes('exits'),
    traceJit: traces.includes('jit'),
    jit: parseChoice('--jit', values.get('--jit') ?? 'on', JIT_MODES),
    jitCache: jitCacheDirectory(values.get('--jit-cache')),
    stats: values.has('--stats'),
    threads: threadsFrom(parsed),
    seed: seedFrom(parsed),
    migrateTo: target === undefined ? undefined : parseAddress('--migrate-to', target),
  };
}

/** Where a guest begins. */
interface Beginning {
  readonly timebase?: number;
  /** The guest's, if they are known yet. */
  readonly harts?: number;
  readonly boot?: BootPlan;
  create(host: Host, options: RunOptions, script: Uint8Array | undefined): Promise<Vm>;
}

async function booting(parsed: ParsedOptions, terminal: Terminal): Promise<Beginning & { readonly boot: BootPlan }> {
  // What a restored guest needs nothing of.
  const { prepare } = await import('./prepare.js');
  const { canReadAgain } = await import('./files.js');
  const { machine, boot } = await prepare(parsed, terminal);
  // A kernel and its initrd are large: what they are read from keeps them for a reboot, if it can.
  let kept: BootPlan | undefined = boot;
  const again = canReadAgain(parsed);
  return {
    timebase: machine.timebase,
    harts: machine.harts,
    boot: { ...boot, segments: [] },
    create: async (host, { seed, traceExits }, script) => {
      const plan = kept ?? (await prepare(parsed, terminal)).boot;
      if (again) kept = undefined;
      const deterministic = seed !== undefined && { deterministic: { seed, ...(script && { script }) } };
      const config = { machine, boot: plan, traceExits, whenFull: 'end', ...deterministic } as const;
      const vm = await Vm.create(host, host.platform, config);
      if (again) for (const { bytes } of plan.segments) letGo(bytes);
      return vm;
    },
  };
}

/** Gives back what a large file was read into, which this thread, that has little to do from now on, would not collect. */
function letGo({ buffer, byteLength }: Uint8Array): void {
  if (byteLength < LARGE || !(buffer instanceof ArrayBuffer)) return;
  const { transfer } = buffer as { transfer?: (length: number) => ArrayBuffer };
  // Node.js 20 cannot, and gives it back when it next collects garbage.
  if (transfer === undefined) structuredClone(undefined, { transfer: [buffer] });
  else transfer.call(buffer, 0);
}

/** What a machine that is made already says. */
const SAID_BY_MACHINE = [
  ...['--kernel', '--initrd', '--append', '--bios', '--mode', '--memory', '--smp', '--cpu', '--dtb'],
  ...['--signature', '--deterministic', '--seed'],
];

function restoring({ operands, values }: ParsedOptions, path: string): Beginning {
  demandNothingElse('--from', operands, values);
  const { description } = openSnapshot({ path }, { openFile: openSnapshotFile });
  return {
    timebase: description.machine.timebase,
    create: (host, { traceExits, threads }) => {
      // Without a thread of its own it is there sooner: a worker takes longer to start than the guest to answer a key.
      const how = { traceExits, whenFull: 'end', verify: false, threads: threads !== undefined } as const;
      return Vm.restore(host, host.platform, { path }, how);
    },
  };
}

function arriving({ operands, values }: ParsedOptions, text: string, terminal: Terminal): Beginning {
  demandNothingElse('--incoming', [...operands, ...(values.has('--from') ? ['--from'] : [])], values);
  const address = parseAddress('--incoming', text);
  return {
    create: (host, { traceExits }) => {
      return awaitGuest(host, address, { traceExits, whenFull: 'end' }, (line) => terminal.note(line));
    },
  };
}

function demandNothingElse(option: string, operands: readonly string[], values: ParsedOptions['values']): void {
  const other = operands[0] ?? SAID_BY_MACHINE.find((name) => values.has(name));
  if (other !== undefined) throw usage(`${option} goes on with a machine that is made already: it takes no ${other}`);
}

/** Runs the machine, again after each reboot, until it or the person at the terminal has had enough. */
async function boot(beginning: Beginning, options: RunOptions, terminal: Terminal): Promise<Ending> {
  // Two deterministic runs must not tell whether a pipe was slow: its bytes are there from the start.
  const script =
    options.seed === undefined || terminal.interactive ? undefined : await terminal.gather(PIPE_PATIENCE_MS);
  const session = new Session(terminal, options);
  try {
    const platform = nodePlatform();
    const host = await Host.create({
      platform,
      harts: hartsOf(platform, options, beginning.harts),
      ...(beginning.timebase !== undefined && { timebase: beginning.timebase }),
      jit: options.jit,
      translator: 'when-hot',
      jitCache: options.jitCache,
    });
    for (;;) {
      const ending = await session.run(host, beginning, options, script);
      // What was restored has no beginning to go back to.
      if (ending.cause !== 'reboot' || beginning.boot === undefined) return ending;
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
  readonly #keys: EscapeKeys;
  readonly #departure: Departure | undefined;
  readonly #stopped: Promise<Ending>;
  readonly #timer: NodeJS.Timeout | undefined;
  #stop!: (ending: Ending) => void;
  /** The guest that is there, or the promise of the next one. */
  #vm: Promise<Vm>;
  #arrived!: (vm: Vm) => void;
  /** Bytes go to the guest in the order in which they came. */
  #typed: Promise<void> = Promise.resolve();

  constructor(terminal: Terminal, { timeout, migrateTo }: Pick<RunOptions, 'timeout' | 'migrateTo'>) {
    this.#terminal = terminal;
    this.#keys = new EscapeKeys(migrateTo && { m: 'migrate' });
    this.#departure = migrateTo && new Departure(migrateTo, (line) => terminal.note(line));
    if (this.#departure !== undefined) process.on('SIGUSR2', this.#depart);
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
  async run(host: Host, beginning: Beginning, options: RunOptions, script: Uint8Array | undefined): Promise<Ending> {
    const made = await Promise.race([beginning.create(host, options, script), this.#stopped]);
    if ('cause' in made) return made;
    let ending: Ending | undefined;
    try {
      ending = await this.#watch(made, host, beginning, options);
      return ending;
    } finally {
      // A guest that is over goes with the process.
      if (ending !== undefined && LAST.has(ending.cause)) await host.settle();
      else await made[Symbol.asyncDispose]();
    }
  }

  async #watch(vm: Vm, host: Host, beginning: Beginning, options: RunOptions): Promise<Ending> {
    vm.on('output', (bytes) => this.#terminal.write(bytes));
    vm.on('exit', (entry) => this.#terminal.note(traceLine(entry)));
    this.#arrived(vm);
    const started = performance.now();
    const running = vm.run().then(endingOf);
    tuneCompilation(Math.min(host.harts.length, vm.vcpus.length), () => figuresOf(host.engine.u32).regions);
    const ending = await Promise.race([running, this.#stopped]);
    this.#vm = this.#nextVm();
    if (options.signature !== undefined) {
      await vm.pause();
      await writeSignature(options.signature, beginning.boot!, vm);
    }
    if (options.traceJit) {
      await vm.pause();
      const { regionLines } = await import('./regions.js');
      for (const line of regionLines(host.engine)) this.#terminal.note(line);
    }
    if (options.stats) {
      const seconds = (performance.now() - started) / 1000;
      for (const line of statsLines(vm.stats(), seconds)) this.#terminal.note(line);
      if (vm.deterministic) {
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
      else if (item.kind === 'migrate') this.#depart();
      else for (const line of ESCAPE_HELP) this.#terminal.note(line);
    }
  }

  readonly #depart = (): void => {
    void this.#vm.then((vm) => this.#departure?.begin(vm));
  };

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
    process.off('SIGUSR2', this.#depart);
  }
}
