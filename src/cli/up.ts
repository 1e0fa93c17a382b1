// `hypercraft up`: several guests on one host, their consoles on one terminal, until all of them have ended.
import { HypercraftError } from '../isa/error.js';
import { figuresOf } from '../jit/figures.js';
import { tuneCompilation } from '../platform/node/compilation.js';
import { readInput } from '../platform/node/disk.js';
import { Terminal } from '../platform/node/terminal.js';
import { nodePlatform } from '../platform/node/worker.js';
import { Host, hostDeviceNode, type Vm, type VmStats } from '../vmm/index.js';
import { type Consoles, PrefixedConsoles, SwitchedConsoles } from './consoles.js';
import { type Ending, endingOf, lastLine, statusOf } from './ending.js';
import { ESCAPE_HELP, EscapeKeys } from './escape.js';
import { explain } from './explain.js';
import { Figures } from './figures.js';
import { type GuestEntry, type GuestsFile, inFileWords, parseGuestsFile } from './guests-file.js';
import { type ParsedOptions, parseSeconds, usage } from './options.js';
import { type Prepared, prepare } from './prepare.js';

const MAX_FILE = 2 ** 20;
const FIGURES_MS = 2000;
const MOST_HARTS = 8;
const KEYS = { n: 'next', l: 'list', s: 'figures' } as const;
const HELP = [
  ...ESCAPE_HELP,
  'Ctrl-A n   the console of the next guest',
  'Ctrl-A l   list the guests',
  'Ctrl-A s   what each guest gets and does',
];

export async function up({ operands, values }: ParsedOptions): Promise<number> {
  const path = operands[0];
  if (path === undefined) throw usage('up needs a file that describes the guests');
  const timeout = values.get('--timeout');
  const seconds = timeout === undefined ? undefined : parseSeconds('--timeout', timeout);
  const file = parseGuestsFile(path, new TextDecoder().decode(await readInput('up', path, MAX_FILE)));
  using terminal = new Terminal();
  let ending: Ending;
  try {
    const prepared = await prepareAll(path, file, terminal);
    ending = await new Household(terminal, file, prepared).run({ timeout: seconds, stats: values.has('--stats') });
  } catch (error) {
    // What is wrong with the file is main's to say; the rest went wrong later.
    if (error instanceof HypercraftError) throw error;
    terminal.note(`hypercraft: ${explain(error)}`);
    ending = { cause: 'error' };
  }
  terminal[Symbol.dispose]();
  terminal.note(lastLine(ending));
  await terminal.flush();
  return statusOf(ending);
}

async function prepareAll(path: string, file: GuestsFile, terminal: Terminal): Promise<Prepared[]> {
  const all: Prepared[] = [];
  for (const { name, options, devices } of file.guests) {
    try {
      const nodes = devices.map((device) => hostDeviceNode(device));
      all.push(await prepare(options, terminal, nodes));
    } catch (error) {
      if (!(error instanceof HypercraftError)) throw error;
      throw new HypercraftError(error.code, `${path}, ${name}: ${inFileWords(error.message)}`, { cause: error });
    }
  }
  return all;
}

/** A guest of the file, through all its reboots. */
interface Member {
  readonly index: number;
  readonly entry: GuestEntry;
  readonly prepared: Prepared;
  /** Absent once it has ended: what it had is the host's again. */
  vm: Vm | undefined;
  state: 'starting' | 'running' | 'paused' | 'ended';
  /** It waits for memory of the host. */
  starved: boolean;
  /** How many had asked for memory in vain when it did, and how often memory had been given back. */
  asked: number;
  tried: number;
  /** Ends it, whatever it is doing. */
  end: (ending: Ending) => void;
  /** What it had done when it ended. */
  last: VmStats | undefined;
}

/** All guests, the terminal they share, and what ends the whole. */
class Household {
  readonly #terminal: Terminal;
  readonly #file: GuestsFile;
  readonly #members: readonly Member[];
  readonly #serial: number;
  readonly #consoles: Consoles;
  readonly #keys = new EscapeKeys(KEYS);
  readonly #figures = new Figures();
  readonly #stopped: Promise<Ending>;
  #stop!: (ending: Ending) => void;
  #host: Host | undefined;
  #asked = 0;
  /** How often a guest's memory has become the host's again. */
  #returned = 0;
  /** All are being disposed of: what becomes of each is no end of its own. */
  #over = false;
  #typed: Promise<void> = Promise.resolve();

  constructor(terminal: Terminal, file: GuestsFile, prepared: readonly Prepared[]) {
    this.#terminal = terminal;
    this.#file = file;
    this.#members = file.guests.map((entry, index) => {
      return {
        index,
        entry,
        prepared: prepared[index]!,
        vm: undefined,
        state: 'starting',
        starved: false,
        asked: 0,
        tried: 0,
        end: () => {},
        last: undefined,
      };
    });
    // A serial port of the host that a guest was given is a console of its own.
    this.#serial = file.guests.findIndex(({ devices }) => devices.includes('uart1'));
    const names = file.guests.map(({ name }) => name);
    if (this.#serial >= 0) names.push(`${names[this.#serial]}.uart1`);
    this.#consoles = terminal.interactive
      ? new SwitchedConsoles(names, terminal)
      : new PrefixedConsoles(names, terminal);
    this.#stopped = new Promise((resolve) => {
      this.#stop = resolve;
    });
  }

  async run(options: { readonly timeout: number | undefined; readonly stats: boolean }): Promise<Ending> {
    const { timeout, stats } = options;
    this.#terminal.open({
      input: (bytes) => this.#input(bytes),
      end: () => {},
      stop: (signal) => this.#stop(signal === undefined ? { cause: 'output-closed' } : { cause: 'signal', signal }),
    });
    const timer =
      timeout === undefined ? undefined : setTimeout(() => this.#stop({ cause: 'timeout' }), timeout * 1000);
    // Where guests and figures share one terminal they come when asked for.
    const live = stats && !this.#terminal.interactive ? setInterval(() => this.#showFigures(), FIGURES_MS) : undefined;
    try {
      const timebase = this.#members[0]!.prepared.machine.timebase;
      const platform = nodePlatform();
      const pinned = this.#file.guests.flatMap(({ pin = [] }) => pin);
      const harts =
        this.#file.harts ?? Math.max(Math.min(MOST_HARTS, platform.cores), ...pinned.map((hart) => hart + 1));
      const { scheduler, memory } = this.#file;
      const host = await Host.create({
        platform,
        timebase,
        harts,
        scheduler,
        translator: 'when-hot',
        ...(memory !== undefined && { memory }),
      });
      this.#host = host;
      host.device('uart1').on('output', (bytes) => this.#consoles.output(this.#members.length, bytes));
      // All or none: a host too small for the last guest says so before the first one runs.
      for (const member of this.#members) await this.#create(host, member);
      const all = Promise.all(this.#members.map((member) => this.#live(host, member)));
      tuneCompilation(harts, () => figuresOf(host.engine.u32).regions);
      const ending = await Promise.race([all.then(worst), this.#stopped]);
      if (stats) this.#showFigures();
      return ending;
    } catch (error) {
      this.#terminal.note(`hypercraft: ${explain(error)}`);
      return { cause: 'error' };
    } finally {
      clearTimeout(timer);
      clearInterval(live);
      this.#over = true;
      for (const { vm } of this.#members) await vm?.[Symbol.asyncDispose]();
    }
  }

  async #create(host: Host, member: Member): Promise<Vm> {
    const { index, entry, prepared } = member;
    const { machine, boot } = prepared;
    const { name, share, memoryLimit, whenFull, pin } = entry;
    const limits = { ...(memoryLimit !== undefined && { memoryLimit }), ...(pin && { pin }) };
    const vm = await host.createVm({ name, machine, boot, share, whenFull, ...limits });
    vm.on('out-of-memory', ({ limited }) => {
      // Some may have been given back since it asked.
      if (!limited && member.tried < this.#returned && host.pages.free > 0) {
        member.tried = this.#returned;
        vm.resume();
        return;
      }
      const why = limited ? 'is at its limit' : 'needs memory that the host does not have';
      this.#terminal.note(`hypercraft: ${name} ${why}: paused`);
      member.state = 'paused';
      member.starved = !limited;
      member.asked = ++this.#asked;
      this.#release();
    });
    vm.on('output', (bytes) => this.#consoles.output(index, bytes));
    for (const name of entry.devices) await vm.assign(host.device(name));
    member.vm = vm;
    return vm;
  }

  /** Runs a guest until it ends for good. What goes wrong with it is its own end, and nobody else's. */
  async #live(host: Host, member: Member): Promise<Ending> {
    const { name } = member.entry;
    let ending: Ending;
    try {
      ending = await this.#run(host, member);
    } catch (error) {
      ending = { cause: 'error' };
      if (this.#over) return ending;
      this.#terminal.note(`hypercraft: ${name}: ${explain(error)}`);
    }
    member.state = 'ended';
    this.#consoles.end(member.index);
    this.#terminal.note(`hypercraft: ${name}: ${lastLine(ending).replace('hypercraft: ', '')}`);
    if (this.#memberAt(this.#consoles.front) === member && this.#members.some(({ state }) => state !== 'ended'))
      this.#next();
    await this.#clear(host, member);
    return ending;
  }

  /** Through its reboots. */
  async #run(host: Host, member: Member): Promise<Ending> {
    for (;;) {
      member.state = 'running';
      const ended = new Promise<Ending>((resolve) => {
        member.end = resolve;
      });
      const ending = await Promise.race([member.vm!.run().then(endingOf), ended]);
      if (ending.cause !== 'reboot') return ending;
      this.#terminal.note(`hypercraft: ${member.entry.name} reboots`);
      member.state = 'starting';
      await this.#clear(host, member);
      await this.#create(host, member);
    }
  }

  /** A guest that has ended gives back what it has; whoever waited for memory goes on. */
  async #clear(host: Host, member: Member): Promise<void> {
    const { vm } = member;
    if (vm === undefined) return;
    const stats = vm.stats();
    await vm[Symbol.asyncDispose]();
    member.last = { ...stats, resident: 0 };
    member.vm = undefined;
    this.#returned++;
    for (const other of this.#members) {
      if (!other.starved || host.pages.free === 0) continue;
      other.starved = false;
      other.tried = this.#returned;
      other.state = 'running';
      this.#terminal.note(`hypercraft: ${other.entry.name} goes on`);
      other.vm?.resume();
    }
    this.#release();
  }

  /** Where all guests that are left wait for memory nobody would ever give any back: one of them has to. */
  #release(): void {
    // One that has ended may still have what it had.
    const left = this.#members.filter(({ state, vm }) => state !== 'ended' || vm !== undefined);
    if (left.length === 0 || left.some(({ state }) => state !== 'paused')) return;
    // One at its own limit gains nothing from what others give; else it is the last to ask, which would have ended where guests do not wait.
    const [chosen] = left.sort((a, b) => Number(a.starved) - Number(b.starved) || b.asked - a.asked) as [Member];
    this.#terminal.note(`hypercraft: all guests that are left wait for memory: ${chosen.entry.name} ends`);
    const reason = chosen.starved ? 'the host has no memory left' : 'it has all the memory that it may have';
    chosen.state = 'ended';
    chosen.starved = false;
    chosen.end({ cause: 'guest-dead', reason });
  }

  /** From a pipe no more is read than the first guest takes; in a terminal we listen on, for our own keys. */
  #input(bytes: Uint8Array): void | Promise<void> {
    if (!this.#terminal.interactive) return this.#type(bytes);
    for (const item of this.#keys.feed(bytes)) {
      switch (item.kind) {
        case 'bytes':
          void this.#type(item.bytes);
          break;
        case 'leave':
          this.#stop({ cause: 'escape' });
          break;
        case 'next':
          this.#next();
          break;
        case 'list':
          for (const line of this.#list()) this.#terminal.note(line);
          break;
        case 'figures':
          this.#showFigures();
          break;
        default:
          for (const line of HELP) this.#terminal.note(line);
      }
    }
  }

  #type(bytes: Uint8Array): Promise<void> {
    const member = this.#memberAt(this.#consoles.front);
    const serial = this.#consoles.front === this.#members.length ? this.#host?.device('uart1') : undefined;
    this.#typed = this.#typed.then(async () => {
      if (serial !== undefined) return serial.input(bytes);
      while (member.state === 'starting') await new Promise((resolve) => setTimeout(resolve, 20));
      await member.vm?.input(bytes);
    });
    return this.#typed;
  }

  /** The next console whose guest is still there, or has ended with something to say that nobody has seen. */
  #next(): void {
    const count = this.#members.length + (this.#serial < 0 ? 0 : 1);
    for (let step = 1; step <= count; step++) {
      const console = (this.#consoles.front + step) % count;
      if (this.#memberAt(console).state === 'ended' && !this.#consoles.unseen(console)) continue;
      this.#consoles.bring(console);
      return;
    }
  }

  /** The guest behind a console. */
  #memberAt(console: number): Member {
    return this.#members[console === this.#members.length ? this.#serial : console]!;
  }

  #list(): string[] {
    return this.#members.map(({ index, entry, state }) => {
      return `${index === this.#consoles.front ? '*' : ' '} ${entry.name.padEnd(16)} ${state}`;
    });
  }

  #showFigures(): void {
    const guests = this.#members.flatMap(({ entry, state, vm, last }) => {
      const stats = vm?.stats() ?? last;
      return stats === undefined ? [] : [{ name: entry.name, state, stats }];
    });
    for (const line of this.#figures.lines(guests, performance.now())) this.#terminal.note(line);
  }
}

/** How the whole ended: like the first guest that did not end well, if there is one. */
function worst(endings: readonly Ending[]): Ending {
  return endings.find((ending) => statusOf(ending) !== 0) ?? { cause: 'power-off' };
}
