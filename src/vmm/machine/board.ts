// The devices of a machine's description, built and put on its bus: the serial port, the clock, the power switch, and the
// interrupt controllers that the engine serves itself.
import type { MachineDescription } from '../../boot/index.js';
import {
  Aclint,
  type ByteRing,
  type DeviceState,
  Finisher,
  type FinisherCause,
  GoldfishRtc,
  type IrqLine,
  type MmioDevice,
  Plic,
  type Saveable,
  Uart16550,
} from '../../devices/index.js';
import type { Engine } from '../../engine/index.js';
import type { Clock } from '../../host/index.js';
import { HypercraftError } from '../../isa/error.js';
import { MmioBus } from '../mmio-bus.js';
import type { Control } from './control.js';

export interface BoardOptions {
  readonly engine: Engine;
  /** The VM control block; its harts are wired already. */
  readonly vmBlock: number;
  readonly description: MachineDescription;
  readonly clock: Clock;
  readonly input: ByteRing;
  readonly output: ByteRing;
  /** What the machine's threads share. */
  readonly control: Control;
  /** On a thread other than the first there is only what any thread can serve. */
  readonly attach: boolean;
  /** Bytes went into the output ring. */
  onOutput(): void;
  onFinish(cause: FinisherCause): void;
}

const NO_INTERRUPT: IrqLine = { set: () => {} };

export class Board {
  readonly bus = new MmioBus();
  readonly #devices: MmioDevice[] = [];
  /** The interrupt controllers: restored last, for devices move their wires. */
  readonly #controllers: Saveable[] = [];
  readonly #clock: Clock;
  #rtc: GoldfishRtc | undefined;

  constructor(options: BoardOptions) {
    const { engine, vmBlock, description, input, output, control, attach, onOutput } = options;
    const { plic: plicWindow, clint, sswi, uart, finisher, rtc } = description;
    this.#clock = options.clock;
    const plic = plicWindow && new Plic(engine, vmBlock, { base: plicWindow.base, size: Number(plicWindow.size) });
    if (plic) this.#controllers.push(plic);
    const line = (irq: number): IrqLine => plic?.line(irq) ?? NO_INTERRUPT;
    if (clint && description.mode === 'bare') {
      this.#controllers.push(new Aclint(engine, vmBlock, { base: clint.base, ...(sswi && { sswi: sswi.base }) }));
    }
    if (uart) {
      const words = control.uartWords();
      const port = new Uart16550({ irq: line(uart.irq), input, output, onOutput, words, attach });
      this.#attach(uart.base, shared(port, control));
    }
    if (finisher) this.#attach(finisher.base, new Finisher({ onFinish: (cause) => options.onFinish(cause) }));
    // The devices below live on the machine's first thread alone; the others ask it.
    if (attach) return;
    if (rtc) {
      this.#rtc = new GoldfishRtc({ irq: line(rtc.irq), clock: () => this.#nanoseconds() });
      this.#attach(rtc.base, this.#rtc);
    }
  }

  /** Lets every device look at the outside. */
  poll(): void {
    for (const device of this.#devices) device.poll?.();
  }

  /** Milliseconds until a device has something to do by itself. */
  untilDeadline(): number {
    const deadline = this.#rtc?.deadline;
    return deadline === undefined ? Number.POSITIVE_INFINITY : Number(deadline - this.#nanoseconds()) / 1e6;
  }

  /** The state of every device and controller, by kind. */
  save(): Record<string, DeviceState> {
    const states = [...this.#devices, ...this.#controllers].map((device) => device.save());
    return Object.fromEntries(states.map((state) => [state.kind, state]));
  }

  /** @throws HypercraftError `DEVICE_STATE_MISMATCH` if the states are those of another board */
  restore(states: Readonly<Record<string, DeviceState>>): void {
    const parts = [...this.#devices, ...this.#controllers].map((device) => ({ device, kind: device.save().kind }));
    const kinds = parts.map(({ kind }) => kind);
    if (Object.keys(states).length !== kinds.length || !kinds.every((kind) => states[kind]?.kind === kind)) {
      throw new HypercraftError('DEVICE_STATE_MISMATCH', `expected the states of ${kinds.join(', ')}`);
    }
    for (const { device, kind } of parts) device.restore(states[kind]!);
  }

  #attach(base: bigint, device: MmioDevice): void {
    this.bus.attach(base, device);
    this.#devices.push(device);
  }

  #nanoseconds(): bigint {
    return BigInt(Math.round(this.#clock.now() * 1e6));
  }
}

/** A device whose state all threads of the machine see: one of them at a time serves it. */
function shared(device: MmioDevice, control: Control): MmioDevice {
  return {
    name: device.name,
    size: device.size,
    read: (offset, width) => control.locked(() => device.read(offset, width)),
    write: (offset, width, value) => control.locked(() => device.write(offset, width, value)),
    poll: () => control.locked(() => device.poll?.()),
    save: () => device.save(),
    restore: (state) => device.restore(state),
    fdtNode: (place) => device.fdtNode(place),
  };
}
