// The host's own devices on the thread of a hart: its device bus by host physical addresses, and whose interrupts they pull.
// A device works only while it is connected, and comes to each owner as after a reset.
import { ByteRing, GoldfishRtc, type IrqLine, type MmioDevice, Uart16550 } from '../../devices/index.js';
import type { Engine } from '../../engine/index.js';
import type { Clock } from '../../host/index.js';
import { MmioBus } from '../mmio-bus.js';
import { type Connection, HOST_DEVICES, type HostDeviceName } from './place.js';

interface Connected {
  readonly guest: number;
  readonly device: MmioDevice;
  readonly line: IrqLine;
}

export class HostBoard {
  readonly bus = new MmioBus();
  readonly #engine: Engine;
  readonly #clock: Clock;
  readonly #connected = new Map<HostDeviceName, Connected>();

  constructor(engine: Engine, clock: Clock) {
    this.#engine = engine;
    this.#clock = clock;
  }

  /** Gives a device to a guest of this thread. */
  connect(guest: number, connection: Connection, onOutput: () => void): void {
    const { device: name, vmBlock, irq } = connection;
    this.disconnect(name);
    const line: IrqLine = { set: (level) => this.#engine.plicSetLevel(vmBlock, irq, level) };
    const device = name === 'rtc' ? this.#rtc(line) : this.#uart(connection, line, onOutput);
    this.bus.attach(HOST_DEVICES.find((place) => place.name === name)!.hpa, device);
    this.#connected.set(name, { guest, device, line });
  }

  /** Takes a device away from whoever has it. */
  disconnect(name: HostDeviceName): void {
    const connected = this.#connected.get(name);
    if (connected === undefined) return;
    this.#connected.delete(name);
    this.bus.detach(connected.device);
    connected.line.set(false);
  }

  /** A guest is gone. */
  forget(guest: number): void {
    for (const [name, connected] of this.#connected) if (connected.guest === guest) this.disconnect(name);
  }

  /** Lets the devices look at the outside. */
  poll(): void {
    for (const { device } of this.#connected.values()) device.poll?.();
  }

  /** Milliseconds until a device has something to do by itself. */
  untilDeadline(): number {
    const device = this.#connected.get('rtc')?.device;
    const deadline = device instanceof GoldfishRtc ? device.deadline : undefined;
    return deadline === undefined ? Number.POSITIVE_INFINITY : Number(deadline - this.#nanoseconds()) / 1e6;
  }

  #uart({ input, output }: Connection, irq: IrqLine, onOutput: () => void): Uart16550 {
    const { buffer } = this.#engine.memory;
    const written = new ByteRing(buffer, output.offset, output.capacity);
    let told: number | undefined;
    return new Uart16550({
      irq,
      input: new ByteRing(buffer, input.offset, input.capacity),
      output: written,
      // Whoever was told of bytes takes all there are: until then it need not be told again.
      onOutput: () => {
        const { pulled } = written;
        if (told === pulled || written.pushed === pulled) return;
        told = pulled;
        onOutput();
      },
    });
  }

  #rtc(irq: IrqLine): GoldfishRtc {
    return new GoldfishRtc({ irq, clock: () => this.#nanoseconds() });
  }

  #nanoseconds(): bigint {
    return BigInt(Math.round(this.#clock.now() * 1e6));
  }
}
