// A device of the host as programs see it: it belongs to one guest at a time, or to none, and its far end is here.
import { ByteRing } from '../../devices/index.js';
import { type HostMachine, type HostPhysAddr, PAGE_SIZE } from '../../host/index.js';
import { HypercraftError } from '../../isa/error.js';
import type { RingPlace } from '../machine/config.js';
import { Emitter } from '../vm/events.js';
import { HOST_DEVICES, type HostDeviceName, type HostDevicePlace } from './place.js';

const RING_BYTES = 1 << 14;

/** Whoever has a device; a guest. */
export interface DeviceOwner {
  readonly name: string;
}

/** What a {@link HostDevice} tells. */
export interface HostDeviceEvents {
  /** Bytes the guest sent through a serial port. */
  output: Uint8Array;
}

/**
 * A device of the host, to be given to a guest with `vm.assign`.
 *
 * @example
 * ```ts
 * const serial = host.device('uart1');
 * serial.on('output', (bytes) => process.stdout.write(bytes));
 * await vm.assign(serial);
 * await serial.input(new TextEncoder().encode('hello'));
 * ```
 */
export class HostDevice {
  /** What it is called; no two of a host have the same name. */
  readonly name: HostDeviceName;
  /** Host physical address of its registers. */
  readonly hpa: HostPhysAddr;
  /** Where its registers and its interrupt are. */
  readonly place: HostDevicePlace;
  readonly #events = new Emitter<HostDeviceEvents>();
  readonly #buffer: ArrayBufferLike;
  /** Rings in shared memory; they stay for as long as the host does. */
  readonly #places: { readonly input: RingPlace; readonly output: RingPlace };
  readonly #input: ByteRing;
  readonly #output: ByteRing;
  #owner: DeviceOwner | undefined;
  #wake: () => void = () => {};
  #pump: Promise<void> = Promise.resolve();

  constructor(host: HostMachine, name: HostDeviceName) {
    this.name = name;
    this.place = HOST_DEVICES.find((place) => place.name === name)!;
    this.hpa = this.place.hpa;
    this.#buffer = host.engine.memory.buffer;
    const ring = (): RingPlace => {
      const pages = Math.ceil(ByteRing.bytesFor(RING_BYTES) / PAGE_SIZE);
      return { offset: host.allocDevicePages(pages), capacity: RING_BYTES };
    };
    this.#places = { input: ring(), output: ring() };
    this.#input = new ByteRing(this.#buffer, this.#places.input.offset, RING_BYTES);
    this.#output = new ByteRing(this.#buffer, this.#places.output.offset, RING_BYTES);
  }

  /** The guest that has it. */
  get owner(): DeviceOwner | undefined {
    return this.#owner;
  }

  /** Listens; call what is returned to stop. */
  on<Name extends keyof HostDeviceEvents>(
    name: Name,
    listener: (value: HostDeviceEvents[Name]) => unknown,
  ): () => void {
    return this.#events.on(name, listener);
  }

  /** Sends bytes to the guest behind a serial port; resolves when all are on their way, or nobody has the device any more. */
  async input(bytes: Uint8Array): Promise<void> {
    for (let sent = 0; sent < bytes.length && this.#owner !== undefined; ) {
      const seen = this.#input.doorbell;
      const taken = this.#input.push(bytes.subarray(sent));
      sent += taken;
      if (taken > 0) this.#wake();
      else await this.#input.waitAsync(seen, 1000);
    }
  }

  /**
   * For the guest that takes it.
   * @throws HypercraftError `DEVICE_TAKEN`
   */
  take(owner: DeviceOwner, wake: () => void): { readonly input: RingPlace; readonly output: RingPlace } {
    if (this.#owner !== undefined) {
      throw new HypercraftError('DEVICE_TAKEN', `${this.name} belongs to ${this.#owner.name}`);
    }
    this.#owner = owner;
    this.#wake = wake;
    // What was meant for the last owner is not for this one.
    this.#input.clear();
    return this.#places;
  }

  /** For the guest that gives it back. */
  giveBack(): void {
    this.#owner = undefined;
    this.#wake = () => {};
  }

  /** There are bytes from the guest. */
  announce(): void {
    this.#pump = this.#pump.then(async () => {
      for (let bytes = this.#output.pull(); bytes.length > 0; bytes = this.#output.pull()) {
        await this.#events.emit('output', bytes);
        this.#wake();
      }
    });
  }
}
