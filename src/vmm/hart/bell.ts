// The bell of one hart: words in shared memory by which any thread makes the hart's own look around, whether it sleeps,
// runs a guest or waits for its event loop.
//
//   +0   doorbell  i32  moves whenever the hart should look around; it sleeps on it
//   +4   mail      i32  messages posted to the hart's thread so far: it goes to its event loop for those it has not read
//   +8   current   u32  the area of the vCPU that runs now, 0 = none
//   +12  sleeping  u32  1 while the hart sleeps on the doorbell: the engine rings it too (engine/hart/lines.ts)
//   +16  load      i32  vCPUs that run or wait for a turn
import { BELL_CURRENT, BELL_DOORBELL, BELL_SLEEPING, KICK } from '../../engine/hart/layout.js';

const DOORBELL = BELL_DOORBELL / 4;
const MAIL = 1;
const CURRENT = BELL_CURRENT / 4;
const SLEEPING = BELL_SLEEPING / 4;
const LOAD = 4;

export class Bell {
  static readonly bytes = 64;
  readonly offset: number;
  readonly #words: Int32Array;
  readonly #memory: Int32Array;

  constructor(buffer: ArrayBufferLike, offset: number) {
    this.offset = offset;
    this.#words = new Int32Array(buffer, offset, Bell.bytes / 4);
    this.#memory = new Int32Array(buffer);
  }

  /** Wakes the hart if it sleeps, and makes it leave the guest that it runs. */
  ring(): void {
    Atomics.add(this.#words, DOORBELL, 1);
    Atomics.notify(this.#words, DOORBELL);
    const area = Atomics.load(this.#words, CURRENT);
    if (area !== 0) Atomics.store(this.#memory, (area + KICK) >> 2, 1);
  }

  /** A message is on its way. */
  post(): void {
    Atomics.add(this.#words, MAIL, 1);
    this.ring();
  }

  /** Messages posted so far. */
  get mail(): number {
    return Atomics.load(this.#words, MAIL);
  }

  /** Read it, look around, then {@link sleep} with it: nothing that happens in between is missed. */
  get doorbell(): number {
    return Atomics.load(this.#words, DOORBELL);
  }

  /** Sleeps until the doorbell is no longer `seen`, at most `milliseconds`; whether it was the doorbell. For realms that may sleep. */
  sleep(seen: number, milliseconds: number): boolean {
    Atomics.store(this.#words, SLEEPING, 1);
    const woken = Atomics.wait(this.#words, DOORBELL, seen, milliseconds);
    Atomics.store(this.#words, SLEEPING, 0);
    return woken !== 'timed-out';
  }

  /** How many vCPUs run or wait for a turn on the hart. */
  get load(): number {
    return Atomics.load(this.#words, LOAD);
  }

  set load(count: number) {
    Atomics.store(this.#words, LOAD, count);
  }

  /** Says which vCPU runs now. A ring that comes just before is seen when its turn is over. */
  enter(area: number): void {
    Atomics.store(this.#words, CURRENT, area);
  }

  leave(): void {
    Atomics.store(this.#words, CURRENT, 0);
  }
}
