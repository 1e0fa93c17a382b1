// The threads that a host's harts run on, one for each, made when the first guest needs them and gone with their last one.
import { MAX_REALMS } from '../../engine/hart/layout.js';
import type { HostMachine } from '../../host/index.js';
import { HypercraftError } from '../../isa/error.js';
import type { HartOptions } from '../hart/messages.js';
import { Balancer } from './balancer.js';
import { InlineThread } from './inline-thread.js';
import type { Platform } from './platform.js';
import type { HartThread } from './thread.js';
import { TranslatorThread } from './translator-thread.js';
import { WorkerThread } from './worker-thread.js';

/** Threads a host can have: each needs an engine instance beside that of the creating realm. */
const MOST_THREADS = MAX_REALMS - 1;

/** What a machine wants of a host's threads. */
export interface Wanted {
  /** How many are of use to it; it gets that many or fewer. */
  readonly wanted: number;
  /** The host's harts it is to run on, as the user says. */
  readonly pin?: readonly number[] | undefined;
}

/** The harts of one host. */
export class Harts {
  static readonly #all = new WeakMap<HostMachine, Harts>();
  readonly #host: HostMachine;
  readonly #options: HartOptions;
  #inline: InlineThread | undefined;
  readonly #workers: (WorkerThread | undefined)[];
  /** By hart: the end of the last worker that is gone. */
  readonly #ends: (Promise<void> | undefined)[] = [];
  readonly #translator: TranslatorThread;
  /** Moves guests from hart to hart. */
  readonly balancer: Balancer;

  private constructor(host: HostMachine, options: HartOptions) {
    this.#host = host;
    this.#options = options;
    this.#translator = new TranslatorThread(host);
    this.balancer = new Balancer(() => this.#workers.map((worker) => worker?.bell.load ?? 0));
    this.#workers = new Array(Math.min(host.harts.length, MOST_THREADS)).fill(undefined);
  }

  /** Says how a host's harts share their time; before its first guest. */
  static configure(host: HostMachine, options: HartOptions): void {
    Harts.#all.set(host, new Harts(host, options));
  }

  static of(host: HostMachine): Harts {
    const known = Harts.#all.get(host);
    if (known !== undefined) return known;
    Harts.configure(host, {});
    return Harts.#all.get(host)!;
  }

  /**
   * The threads for a machine of so many harts, one or more: those of the harts it is pinned to, or those with the fewest guests. One of several
   * has a place on the others that are there as well, for its vCPUs to go to.
   * @throws HypercraftError `NO_THREADS`, `INVALID_ARGUMENT` for a hart that the host does not have
   */
  threads(platform: Platform, threaded: boolean, { wanted, pin }: Wanted): [HartThread, ...HartThread[]] {
    const pinned = pin && this.#checked(pin);
    if (!threaded) {
      this.#inline ??= new InlineThread(this.#host, platform, this.#options, () => {
        this.#inline = undefined;
      });
      return [this.#inline];
    }
    const byLoad = [...this.#workers.keys()].sort((a, b) => this.#load(a) - this.#load(b) || a - b);
    const [first, ...others] = (pinned ?? byLoad).slice(0, wanted);
    if (pinned === undefined && wanted > 1) {
      others.push(...byLoad.slice(wanted).filter((hart) => this.#workers[hart] !== undefined));
    }
    return [this.#worker(platform, first!), ...others.map((hart) => this.#worker(platform, hart))];
  }

  /** Resolves when what was translated is kept for the next run. */
  settle(): Promise<void> {
    return this.#translator.settle();
  }

  /** Harts of this host, each once. */
  #checked(pin: readonly number[]): readonly number[] {
    const count = this.#workers.length;
    const wrong = pin.find((hart) => !(Number.isInteger(hart) && hart >= 0 && hart < count));
    if (wrong !== undefined || pin.length === 0 || new Set(pin).size !== pin.length) {
      throw new HypercraftError(
        'INVALID_ARGUMENT',
        `a guest is pinned to some of the host's ${count} harts, not to [${pin}]`,
      );
    }
    return pin;
  }

  #load(hart: number): number {
    return this.#workers[hart]?.guests ?? 0;
  }

  #worker(platform: Platform, hart: number): WorkerThread {
    const known = this.#workers[hart];
    if (known !== undefined) return known;
    const worker = platform.spawnWorker?.();
    if (worker === undefined) throw new HypercraftError('NO_THREADS', 'this platform cannot run a machine in a worker');
    this.#translator.retain();
    const thread: WorkerThread = new WorkerThread({
      host: this.#host,
      worker,
      options: this.#options,
      translator: this.#translator,
      platform,
      realm: hart + 1,
      after: this.#ends[hart],
      gone: () => this.#forget(hart, thread),
    });
    this.#workers[hart] = thread;
    return thread;
  }

  #forget(hart: number, thread: WorkerThread): void {
    if (this.#workers[hart] === thread) this.#workers[hart] = undefined;
    // Told of before it ends: its number is free when it has.
    this.#ends[hart] = Promise.resolve().then(() => thread.ended);
  }
}
