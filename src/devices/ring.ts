// A byte queue between two realms, one that only pushes and one that only pulls, over shared memory. Neither side ever
// blocks or locks; whoever wants to sleep until something moves waits on the doorbell.
//
//   +0  pulled    u32   bytes taken out since the beginning, modulo 2^32
//   +4  pushed    u32   bytes put in
//   +8  doorbell  i32   moves with every push and pull
//   +16 data      capacity bytes
//
// Zeroed memory is an empty ring.
import { HypercraftError } from '../isa/error.js';
import { type DeviceState, expectState } from './device.js';

const PULLED = 0;
const PUSHED = 1;
const DOORBELL = 2;
const HEADER_BYTES = 16;

/** The bytes in flight in a {@link ByteRing}. */
export interface ByteRingState extends DeviceState {
  readonly kind: 'byte-ring';
  readonly version: 1;
  readonly bytes: Uint8Array;
}

/** A single-producer, single-consumer byte queue in shared memory. */
export class ByteRing {
  /** Bytes it holds. */
  readonly capacity: number;
  readonly #header: Int32Array;
  readonly #data: Uint8Array;

  /**
   * Attaches to a ring, which both sides do.
   * @param offset - multiple of 4 where the ring lies in `buffer`
   * @param capacity - bytes it holds, a power of two
   */
  constructor(buffer: ArrayBufferLike, offset: number, capacity: number) {
    if (capacity < 1 || capacity > 0x4000_0000 || (capacity & (capacity - 1)) !== 0) {
      throw new HypercraftError('RING_CAPACITY_INVALID', `a ring holds a power of two of bytes, not ${capacity}`);
    }
    if (offset % 4 !== 0 || offset < 0 || offset + ByteRing.bytesFor(capacity) > buffer.byteLength) {
      throw new HypercraftError('RING_OUT_OF_BOUNDS', `no room for a ring of ${capacity} bytes at offset ${offset}`);
    }
    this.capacity = capacity;
    this.#header = new Int32Array(buffer, offset, HEADER_BYTES / 4);
    this.#data = new Uint8Array(buffer, offset + HEADER_BYTES, capacity);
  }

  /** Shared memory a ring of this capacity takes. */
  static bytesFor(capacity: number): number {
    return HEADER_BYTES + capacity;
  }

  /** A ring in memory of its own. */
  static allocate(capacity: number): ByteRing {
    return new ByteRing(new SharedArrayBuffer(ByteRing.bytesFor(capacity)), 0, capacity);
  }

  /** Bytes waiting to be pulled. */
  get length(): number {
    return (Atomics.load(this.#header, PUSHED) - Atomics.load(this.#header, PULLED)) >>> 0;
  }

  /** Moves by the bytes that are pushed, and starts over. */
  get pushed(): number {
    return Atomics.load(this.#header, PUSHED);
  }

  /** Follows it by those that are taken. */
  get pulled(): number {
    return Atomics.load(this.#header, PULLED);
  }

  /** Bytes that can be pushed. */
  get free(): number {
    return this.capacity - this.length;
  }

  /** Appends as many of the bytes as fit, and says how many that were. */
  push(bytes: Uint8Array): number {
    const pushed = Atomics.load(this.#header, PUSHED);
    const count = Math.min(bytes.length, this.free);
    if (count === 0) return 0;
    const at = pushed & (this.capacity - 1);
    const head = Math.min(count, this.capacity - at);
    this.#data.set(bytes.subarray(0, head), at);
    this.#data.set(bytes.subarray(head, count), 0);
    this.#advance(PUSHED, count);
    return count;
  }

  /** Appends one byte; false if the ring is full. */
  pushByte(byte: number): boolean {
    if (this.free === 0) return false;
    this.#data[Atomics.load(this.#header, PUSHED) & (this.capacity - 1)] = byte;
    this.#advance(PUSHED, 1);
    return true;
  }

  /** Takes up to `max` bytes, in memory of their own. */
  pull(max: number = this.capacity): Uint8Array<ArrayBuffer> {
    const bytes = this.#peek(max);
    if (bytes.length > 0) this.#advance(PULLED, bytes.length);
    return bytes;
  }

  /** Takes one byte; -1 if there is none. */
  pullByte(): number {
    if (this.length === 0) return -1;
    const byte = this.#data[Atomics.load(this.#header, PULLED) & (this.capacity - 1)]!;
    this.#advance(PULLED, 1);
    return byte;
  }

  /** Empties the ring, from the consumer's side. */
  clear(): void {
    this.#advance(PULLED, this.length);
  }

  /** The doorbell's value: read it, look at the ring, then {@link wait} with it. */
  get doorbell(): number {
    return Atomics.load(this.#header, DOORBELL);
  }

  /** Wakes both sides although nothing moved, for instance because there will be no more. */
  ringDoorbell(): void {
    Atomics.add(this.#header, DOORBELL, 1);
    Atomics.notify(this.#header, DOORBELL);
  }

  /** Sleeps until the doorbell is no longer `seen`; true if it moved. For realms that may sleep: not a main thread. */
  wait(seen: number, timeoutMs: number = Number.POSITIVE_INFINITY): boolean {
    return Atomics.wait(this.#header, DOORBELL, seen, timeoutMs) !== 'timed-out';
  }

  /** Resolves when the doorbell is no longer `seen`, in any realm; true if it moved. */
  async waitAsync(seen: number, timeoutMs: number = Number.POSITIVE_INFINITY): Promise<boolean> {
    const outcome = atomicsWaitAsync(this.#header, DOORBELL, seen, timeoutMs);
    return (await outcome.value) !== 'timed-out';
  }

  /** What is in it, for a snapshot. */
  save(): ByteRingState {
    return { kind: 'byte-ring', version: 1, bytes: this.#peek(this.capacity) };
  }

  /** Replaces what is in flight. Both sides must be at rest. */
  restore(state: DeviceState): void {
    const { bytes } = expectState<ByteRingState>(state, 'byte-ring', 1);
    if (bytes.length > this.capacity) {
      throw new HypercraftError('DEVICE_STATE_MISMATCH', `${bytes.length} bytes do not fit a ring of ${this.capacity}`);
    }
    this.clear();
    this.push(bytes);
  }

  #peek(max: number): Uint8Array<ArrayBuffer> {
    const pulled = Atomics.load(this.#header, PULLED);
    const count = Math.min(max, this.length);
    const at = pulled & (this.capacity - 1);
    const head = Math.min(count, this.capacity - at);
    const bytes = new Uint8Array(count);
    bytes.set(this.#data.subarray(at, at + head), 0);
    bytes.set(this.#data.subarray(0, count - head), head);
    return bytes;
  }

  #advance(side: number, count: number): void {
    Atomics.add(this.#header, side, count);
    this.ringDoorbell();
  }
}

interface WaitAsyncOutcome {
  readonly value: Promise<string> | string;
}

/** `Atomics.waitAsync`, or looking again and again where an engine lacks it. */
function atomicsWaitAsync(header: Int32Array, index: number, seen: number, timeoutMs: number): WaitAsyncOutcome {
  const native = (Atomics as { waitAsync?: (a: Int32Array, i: number, v: number, t: number) => WaitAsyncOutcome })
    .waitAsync;
  if (native) return native(header, index, seen, timeoutMs);
  return { value: pollUntilMoved(header, index, seen, timeoutMs) };
}

const POLL_MS = 4;

async function pollUntilMoved(header: Int32Array, index: number, seen: number, timeoutMs: number): Promise<string> {
  for (let waited = 0; waited < timeoutMs; waited += POLL_MS) {
    if (Atomics.load(header, index) !== seen) return 'ok';
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  return 'timed-out';
}
