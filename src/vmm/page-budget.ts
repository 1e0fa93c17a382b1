// How many pages of its host a guest may have, and how many it has: two words in shared memory, since any thread may give it one.
// A page that a fork shares with others counts for each of them, as in a process's resident set.
//
//   +0  held   i32  pages it has
//   +4  limit  i32  pages it may have, 0x7fffffff if nothing limits them
import { PAGE_SIZE } from '../host/index.js';
import { HypercraftError } from '../isa/error.js';

const HELD = 0;
const LIMIT = 1;
const NO_LIMIT = 0x7fff_ffff;

export class PageBudget {
  static readonly bytes = 8;
  readonly #words: Int32Array;

  /** Over zeroed memory, {@link limitBytes} must be called before anything is taken. */
  constructor(buffer: ArrayBufferLike, offset: number) {
    this.#words = new Int32Array(buffer, offset, PageBudget.bytes / 4);
  }

  get held(): number {
    return Atomics.load(this.#words, HELD);
  }

  /** Whether it can have no more. */
  get spent(): boolean {
    return this.held >= Atomics.load(this.#words, LIMIT);
  }

  /**
   * How many bytes it may have from now on; as many as there are without a number.
   * @throws HypercraftError `INVALID_ARGUMENT`
   */
  limitBytes(bytes: number = NO_LIMIT * PAGE_SIZE): void {
    if (!(bytes > 0)) throw new HypercraftError('INVALID_ARGUMENT', `a limit of ${bytes} bytes cannot be`);
    Atomics.store(this.#words, LIMIT, Math.min(NO_LIMIT, Math.floor(bytes / PAGE_SIZE)));
  }

  /** Whether it may have so many more; then it has. */
  take(pages: number): boolean {
    const held = Atomics.add(this.#words, HELD, pages);
    if (held + pages <= Atomics.load(this.#words, LIMIT)) return true;
    this.giveBack(pages);
    return false;
  }

  giveBack(pages: number): void {
    Atomics.sub(this.#words, HELD, pages);
  }

  /** Begins with what another guest has: a fork holds all that its parent holds. */
  inherit(parent: PageBudget): void {
    Atomics.store(this.#words, HELD, parent.held);
  }
}
