// Fixed slots of machine state in the shared memory: vCPU areas and VM control blocks. The lowest free slot is handed
// out, so that sweeps over all vCPUs stay short.
import { HypercraftError } from '../isa/error.js';

export class SlotPool {
  readonly #what: string;
  readonly #base: number;
  readonly #stride: number;
  readonly #used: boolean[];

  constructor(what: string, base: number, stride: number, count: number) {
    this.#what = what;
    this.#base = base;
    this.#stride = stride;
    this.#used = new Array<boolean>(count).fill(false);
  }

  /** One more than the highest slot in use. */
  get count(): number {
    return this.#used.lastIndexOf(true) + 1;
  }

  /** Takes the lowest free slot and returns its offset in the shared memory. */
  take(): number {
    const index = this.#used.indexOf(false);
    if (index < 0) {
      throw new HypercraftError('NO_SLOT', `all ${this.#used.length} ${this.#what}s of this host are in use`);
    }
    this.#used[index] = true;
    return this.#base + index * this.#stride;
  }

  giveBack(offset: number): void {
    const index = (offset - this.#base) / this.#stride;
    if (this.#used[index] !== true) {
      throw new HypercraftError('INVALID_ARGUMENT', `0x${offset.toString(16)} is not a ${this.#what} in use`);
    }
    this.#used[index] = false;
  }

  /** Which slot an offset is: 0 for the first. */
  indexOf(offset: number): number {
    return (offset - this.#base) / this.#stride;
  }
}
