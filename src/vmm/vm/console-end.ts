// The far end of a guest's console: two rings in shared memory, one that is typed into and one that listeners are told of, at their pace.
import { ByteRing } from '../../devices/index.js';
import type { RingPlace } from '../machine/config.js';

const RING_BYTES = 1 << 16;

/** Where the rings are taken from. */
interface DeviceMemory {
  deviceBytes(bytes: number): number;
}

export class ConsoleEnd {
  readonly input: RingPlace;
  readonly output: RingPlace;
  readonly #input: ByteRing;
  readonly #output: ByteRing;
  #pump: Promise<void> = Promise.resolve();
  /** What was left in the ring when it was parted with. */
  #rest: Uint8Array | undefined;
  /** A listener is being called. */
  #telling = false;

  constructor(buffer: ArrayBufferLike, memory: DeviceMemory) {
    const place = () => ({ offset: memory.deviceBytes(ByteRing.bytesFor(RING_BYTES)), capacity: RING_BYTES });
    this.input = place();
    this.output = place();
    this.#input = new ByteRing(buffer, this.input.offset, RING_BYTES);
    this.#output = new ByteRing(buffer, this.output.offset, RING_BYTES);
  }

  /** Types bytes for as long as there is a guest; `typed` is called when some are on their way. Resolves when all are. */
  async type(bytes: Uint8Array, guest: { there(): boolean; typed(): void }): Promise<void> {
    for (let sent = 0; sent < bytes.length && guest.there(); ) {
      const seen = this.#input.doorbell;
      const taken = this.#input.push(bytes.subarray(sent));
      sent += taken;
      if (taken > 0) guest.typed();
      else await this.#input.waitAsync(seen, 1000);
    }
  }

  /**
   * Hands on what the guest has written, after what was handed on before.
   * @param begin called before the ring is looked at @param taken called when a writer may wait for room
   */
  pump(listeners: { begin(): void; taken(): void; output(bytes: Uint8Array): Promise<void> }): void {
    const pump = this.#pump.then(async () => {
      if (this.#rest === undefined) listeners.begin();
      for (let bytes = this.#pull(); bytes.length > 0; bytes = this.#pull()) {
        // A transmitter that found the ring full waits to be told.
        if (this.#rest === undefined && bytes.length > RING_BYTES / 2) listeners.taken();
        this.#telling = true;
        const told = listeners.output(bytes);
        this.#telling = false;
        await told;
      }
    });
    // A listener that throws is its program's defect, and nobody else's.
    this.#pump = pump.catch(() => {});
  }

  #pull(): Uint8Array {
    const rest = this.#rest;
    if (rest === undefined) return this.#output.pull();
    this.#rest = new Uint8Array();
    return rest;
  }

  /** Whether a listener is being called right now: whoever asks is called by it, and it may wait for them. */
  get telling(): boolean {
    return this.#telling;
  }

  /** Its rings are another's from now on: what is left in them is handed on from a copy. */
  part(): void {
    this.#rest ??= this.#output.pull();
  }

  /** When all that was written has been handed on. */
  get settled(): Promise<void> {
    return this.#pump;
  }
}
