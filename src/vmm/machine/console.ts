// The console of a machine as its devices see it: the rings it shares with the realm that created it, or, in virtual time, rings
// of its own that touch the shared ones only between two rounds. So nothing the guest can find out depends on when somebody
// outside typed or read, but for the round in which typed bytes arrive.
import { ByteRing } from '../../devices/index.js';
import type { RingPlace } from './config.js';

/** Bytes one round may write without finding the ring full. */
const ROUND_BYTES = 1 << 20;

export interface ConsolePlaces {
  readonly buffer: ArrayBufferLike;
  readonly input: RingPlace;
  readonly output: RingPlace;
  /** In virtual time: what is typed from the start, before anything that comes from outside. */
  readonly script?: Uint8Array | undefined;
  /** Bytes went into the shared output ring. */
  onOutput(): void;
}

export class Console {
  /** What the guest receives from, and sends to. */
  readonly input: ByteRing;
  readonly output: ByteRing;
  readonly #outer: { readonly input: ByteRing; readonly output: ByteRing; readonly onOutput: () => void } | undefined;
  #script: Uint8Array = new Uint8Array();

  constructor({ buffer, input, output, script, onOutput }: ConsolePlaces) {
    const shared = {
      input: new ByteRing(buffer, input.offset, input.capacity),
      output: new ByteRing(buffer, output.offset, output.capacity),
    };
    if (script === undefined) {
      this.input = shared.input;
      this.output = shared.output;
      return;
    }
    this.input = ByteRing.allocate(input.capacity);
    this.output = ByteRing.allocate(ROUND_BYTES);
    this.#outer = { ...shared, onOutput };
    this.#script = script;
  }

  /** Between two rounds: moves bytes both ways. False while the outside has yet to take what the guest has written. */
  exchange(): boolean {
    if (this.#outer === undefined) return true;
    const { input, output, onOutput } = this.#outer;
    while (this.output.length > 0) {
      const bytes = this.output.pull(output.free);
      if (bytes.length === 0) return false;
      output.push(bytes);
      onOutput();
    }
    if (this.#script.length > 0) this.#script = this.#script.subarray(this.input.push(this.#script));
    if (this.#script.length === 0 && this.input.free > 0) this.input.push(input.pull(this.input.free));
    return true;
  }

  /** What has been typed and not been received; the machine is at rest. */
  pending(): Uint8Array {
    const { bytes } = this.input.save();
    const all = new Uint8Array(bytes.length + this.#script.length);
    all.set(bytes);
    all.set(this.#script, bytes.length);
    return all;
  }

  /** Puts back what was {@link pending}. */
  restore(bytes: Uint8Array): void {
    const taken = this.input.push(bytes);
    if (this.#outer !== undefined) this.#script = Uint8Array.from([...bytes.subarray(taken), ...this.#script]);
  }
}
