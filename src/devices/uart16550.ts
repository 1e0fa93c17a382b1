// The serial port: a 16550A with its two 16-byte FIFOs, between a guest and two byte rings. National Semiconductor
// PC16550D data sheet; eight byte-wide registers, the first two doubled by LCR.DLAB.
//
//   0  RBR r, THR w   (DLAB: DLL)     4  MCR  modem control, loopback
//   1  IER            (DLAB: DLM)     5  LSR  line status, r
//   2  IIR r, FCR w                   6  MSR  modem status, r
//   3  LCR                            7  SCR  scratch
//
// The line has no speed: what can move, moves at once. Nothing is ever lost for lack of room outside: a full output ring
// leaves bytes in the transmitter (THRE stays low), and the input ring waits for room in the receiver's FIFO. Input also
// waits until the guest listens, so that keys piped in before a driver is up reach it: see `holdInput`.
import {
  type AccessWidth,
  type DeviceState,
  expectState,
  type FdtNode,
  type FdtPlace,
  type IrqLine,
  type MmioDevice,
  placeProps,
} from './device.js';
import type { ByteRing } from './ring.js';
import { UART_WORDS, UartWords } from './uart-words.js';

const FIFO_BYTES = 16;
/** Fruitless looks at LSR or RBR after which a guest counts as one that receives by polling. */
const POLLING_LOOKS = 64;

const IER = { RDI: 0x01, THRI: 0x02, RLSI: 0x04, MSI: 0x08, ALL: 0x0f };
const IIR = { NONE: 0x01, MSI: 0x00, THRI: 0x02, RDI: 0x04, RLSI: 0x06, TIMEOUT: 0x0c, FIFOS: 0xc0 };
const FCR = { ENABLE: 0x01, CLEAR_RECEIVER: 0x02, CLEAR_TRANSMITTER: 0x04, KEPT: 0xc9 };
const LCR_DLAB = 0x80;
const MCR = { DTR: 0x01, RTS: 0x02, OUT1: 0x04, OUT2: 0x08, LOOP: 0x10, ALL: 0x1f };
const LSR = { DR: 0x01, OE: 0x02, ERRORS: 0x1e, THRE: 0x20, TEMT: 0x40 };
const MSR = { DELTAS: 0x0f, TERI: 0x04, CTS: 0x10, DSR: 0x20, RI: 0x40, DCD: 0x80 };
const TRIGGER_LEVELS = [1, 4, 8, 14] as const;

/** Saved state of a {@link Uart16550}; the rings are saved by whoever owns them. */
export interface Uart16550State extends DeviceState {
  readonly kind: 'uart16550';
  readonly version: 1;
  readonly ier: number;
  readonly fcr: number;
  readonly lcr: number;
  readonly mcr: number;
  readonly msr: number;
  readonly scr: number;
  readonly divisor: number;
  /** Line errors that LSR has yet to report. */
  readonly errors: number;
  /** THR became empty and the guest has not seen it yet. */
  readonly emptied: boolean;
  readonly receiver: readonly number[];
  readonly transmitter: readonly number[];
  /** Received bytes the guest's driver cleared away unread; they arrive again. */
  readonly returned: readonly number[];
  readonly looks: number;
}

/** How a {@link Uart16550} is wired. */
export interface Uart16550Options {
  readonly irq: IrqLine;
  /** What the guest receives. */
  readonly input: ByteRing;
  /** What the guest sends. */
  readonly output: ByteRing;
  /** Called after bytes went into `output`. */
  readonly onOutput?: () => void;
  /**
   * Whether input waits until the guest receives: with the received-data interrupt enabled, or by polling persistently.
   * Bytes that a starting driver clears away unread are then delivered again. Default true.
   */
  readonly holdInput?: boolean;
  /** Where its registers and FIFOs lie, {@link UART_WORDS} zeroed words; memory of its own by default. */
  readonly words?: Int32Array;
  /** The words are those of a port that works already, in another thread: take them as they are. One thread at a time may use it. */
  readonly attach?: boolean;
  /** Input clock in Hz for the device tree. Default 3.6864 MHz, QEMU's. */
  readonly clockFrequency?: number;
}

/** A 16550A serial port. */
export class Uart16550 implements MmioDevice {
  readonly name = 'uart16550';
  readonly size = 0x100;
  readonly #irq: IrqLine;
  readonly #input: ByteRing;
  readonly #output: ByteRing;
  readonly #onOutput: (() => void) | undefined;
  readonly #holdInput: boolean;
  readonly #clockFrequency: number;

  readonly #state: UartWords;

  constructor(options: Uart16550Options) {
    this.#irq = options.irq;
    this.#input = options.input;
    this.#output = options.output;
    this.#onOutput = options.onOutput;
    this.#holdInput = options.holdInput ?? true;
    this.#clockFrequency = options.clockFrequency ?? 3_686_400;
    this.#state = new UartWords(options.words ?? new Int32Array(UART_WORDS));
    if (!options.attach) this.#state.msr = MSR.CTS | MSR.DSR | MSR.DCD;
  }

  /** True while the transmitter holds bytes because the output ring is full. */
  get blocked(): boolean {
    return this.#state.transmitter.length > 0;
  }

  read(offset: number, _width: AccessWidth): number {
    switch (offset) {
      case 0:
        return this.#dlab ? this.#state.divisor & 0xff : this.#readReceiver();
      case 1:
        return this.#dlab ? this.#state.divisor >> 8 : this.#state.ier;
      case 2:
        return this.#readIdentification();
      case 3:
        return this.#state.lcr;
      case 4:
        return this.#state.mcr;
      case 5:
        return this.#readLineStatus();
      case 6:
        return this.#readModemStatus();
      case 7:
        return this.#state.scr;
      default:
        return 0;
    }
  }

  write(offset: number, _width: AccessWidth, value: number): void {
    const byte = value & 0xff;
    switch (offset) {
      case 0:
        if (this.#dlab) this.#state.divisor = (this.#state.divisor & 0xff00) | byte;
        else this.#transmit(byte);
        break;
      case 1:
        if (this.#dlab) this.#state.divisor = (this.#state.divisor & 0xff) | (byte << 8);
        else this.#writeInterruptEnable(byte & IER.ALL);
        break;
      case 2:
        this.#writeFifoControl(byte);
        break;
      case 3:
        this.#state.lcr = byte;
        break;
      case 4:
        this.#writeModemControl(byte & MCR.ALL);
        break;
      case 7:
        this.#state.scr = byte;
        break;
      default: // LSR and MSR are read-only
        return;
    }
    this.poll();
  }

  /** Moves bytes between rings and FIFOs as far as they go, and the interrupt wire with them. */
  poll(): void {
    this.#drain();
    this.#feed();
    this.#updateIrq();
  }

  save(): Uart16550State {
    return {
      kind: 'uart16550',
      version: 1,
      ier: this.#state.ier,
      fcr: this.#state.fcr,
      lcr: this.#state.lcr,
      mcr: this.#state.mcr,
      msr: this.#state.msr,
      scr: this.#state.scr,
      divisor: this.#state.divisor,
      errors: this.#state.errors,
      emptied: this.#state.emptied,
      receiver: this.#state.receiver.bytes,
      transmitter: this.#state.transmitter.bytes,
      returned: this.#state.returned.bytes,
      looks: this.#state.looks,
    };
  }

  restore(state: DeviceState): void {
    const saved = expectState<Uart16550State>(state, 'uart16550', 1);
    this.#state.ier = saved.ier;
    this.#state.fcr = saved.fcr;
    this.#state.lcr = saved.lcr;
    this.#state.mcr = saved.mcr;
    this.#state.msr = saved.msr;
    this.#state.scr = saved.scr;
    this.#state.divisor = saved.divisor;
    this.#state.errors = saved.errors;
    this.#state.emptied = saved.emptied;
    this.#state.receiver.bytes = saved.receiver;
    this.#state.transmitter.bytes = saved.transmitter;
    this.#state.returned.bytes = saved.returned;
    this.#state.looks = saved.looks;
    this.#state.level = this.#identification() !== IIR.NONE;
    this.#irq.set(this.#state.level);
  }

  fdtNode(place: FdtPlace): FdtNode {
    return {
      name: `serial@${place.base.toString(16)}`,
      properties: {
        compatible: 'ns16550a',
        'clock-frequency': this.#clockFrequency,
        ...placeProps(place, this.size),
      },
    };
  }

  get #dlab(): boolean {
    return (this.#state.lcr & LCR_DLAB) !== 0;
  }

  get #fifos(): boolean {
    return (this.#state.fcr & FCR.ENABLE) !== 0;
  }

  get #depth(): number {
    return this.#fifos ? FIFO_BYTES : 1;
  }

  get #loopback(): boolean {
    return (this.#state.mcr & MCR.LOOP) !== 0;
  }

  // ---- receiver -----------------------------------------------------------------------------------------------------

  #readReceiver(): number {
    this.#look();
    const byte = this.#state.receiver.shift();
    if (byte === undefined) return 0;
    this.#feed();
    this.#updateIrq();
    return byte;
  }

  #readLineStatus(): number {
    this.#look();
    const status = this.#lineStatus();
    if (this.#state.errors !== 0) {
      this.#state.errors = 0;
      this.#updateIrq();
    }
    return status;
  }

  #lineStatus(): number {
    return (
      (this.#state.receiver.length > 0 ? LSR.DR : 0) |
      this.#state.errors |
      (this.#state.transmitter.length === 0 ? LSR.THRE | LSR.TEMT : 0)
    );
  }

  /** Counts a look that a polling receiver makes; a transmitter looks until THRE and then writes THR. */
  #look(): void {
    if (this.#state.looks < POLLING_LOOKS && !this.blocked) this.#state.looks++;
    if (this.#state.receiver.length === 0 && this.#listening) {
      this.#feed();
      this.#updateIrq();
    }
  }

  get #listening(): boolean {
    return !this.#holdInput || (this.#state.ier & IER.RDI) !== 0 || this.#state.looks >= POLLING_LOOKS;
  }

  /** Fills the receiver's FIFO from the line: first what was returned to it, then the input ring. */
  #feed(): void {
    if (this.#loopback || !this.#listening) return;
    while (this.#state.receiver.length < this.#depth) {
      const byte = this.#state.returned.shift() ?? this.#input.pullByte();
      if (byte < 0) return;
      this.#state.receiver.push(byte);
    }
  }

  #clearReceiver(): void {
    if (this.#holdInput && !this.#loopback)
      this.#state.returned.bytes = [...this.#state.receiver.bytes, ...this.#state.returned.bytes];
    this.#state.receiver.bytes = [];
  }

  // ---- transmitter --------------------------------------------------------------------------------------------------

  #transmit(byte: number): void {
    if (this.#state.looks < POLLING_LOOKS) this.#state.looks = 0;
    this.#state.emptied = false;
    if (this.#loopback) {
      this.#receiveLooped(byte);
      this.#state.emptied = true;
      return;
    }
    // A guest that writes without regard to THRE overwrites what it wrote last, as on the wire.
    if (this.#state.transmitter.length >= this.#depth) this.#state.transmitter.replaceLast(byte);
    else this.#state.transmitter.push(byte);
  }

  #receiveLooped(byte: number): void {
    if (this.#state.receiver.length < this.#depth) this.#state.receiver.push(byte);
    else {
      this.#state.errors |= LSR.OE;
      if (!this.#fifos) this.#state.receiver.bytes = [byte];
    }
  }

  #drain(): void {
    if (this.#state.transmitter.length === 0) return;
    const sent = this.#sendFifo();
    if (sent === 0) return;
    this.#state.transmitter.drop(sent);
    if (this.#state.transmitter.length === 0) this.#state.emptied = true;
    this.#onOutput?.();
  }

  #sendFifo(): number {
    if (this.#state.transmitter.length === 1) return this.#output.pushByte(this.#state.transmitter.first) ? 1 : 0;
    return this.#output.push(Uint8Array.from(this.#state.transmitter.bytes));
  }

  // ---- control ------------------------------------------------------------------------------------------------------

  #writeInterruptEnable(value: number): void {
    const risen = value & ~this.#state.ier;
    this.#state.ier = value;
    // Enabling the interrupt while THR is empty raises it, which is how drivers start to transmit.
    if (risen & IER.THRI) this.#state.emptied = this.#state.transmitter.length === 0;
    if (risen & IER.RDI) this.#state.looks = 0;
  }

  #writeFifoControl(value: number): void {
    const toggled = ((value ^ this.#state.fcr) & FCR.ENABLE) !== 0;
    if (toggled || value & FCR.CLEAR_RECEIVER) {
      this.#clearReceiver();
      this.#state.looks = 0;
    }
    if ((toggled || value & FCR.CLEAR_TRANSMITTER) && this.#state.transmitter.length > 0) {
      this.#state.transmitter.bytes = [];
      this.#state.emptied = true;
    }
    this.#state.fcr = value & FCR.ENABLE ? value & FCR.KEPT : 0;
  }

  #writeModemControl(value: number): void {
    const looped = ((value ^ this.#state.mcr) & MCR.LOOP) !== 0;
    if (looped && this.#loopback) this.#state.receiver.bytes = [];
    else if (looped) this.#clearReceiver();
    this.#state.mcr = value;
    const before = this.#state.msr;
    const lines = this.#modemLines();
    const changed = (before ^ lines) >> 4;
    // Three deltas follow any change, the ring indicator's only its trailing edge.
    const deltas = (changed & ~MSR.TERI) | (changed & ~(lines >> 4) & MSR.TERI);
    this.#state.msr = lines | ((before | deltas) & MSR.DELTAS);
  }

  /** The four modem inputs: a terminal that is always there, or in loopback the modem control outputs. */
  #modemLines(): number {
    if (!this.#loopback) return MSR.CTS | MSR.DSR | MSR.DCD;
    return (
      (this.#state.mcr & MCR.RTS ? MSR.CTS : 0) |
      (this.#state.mcr & MCR.DTR ? MSR.DSR : 0) |
      (this.#state.mcr & MCR.OUT1 ? MSR.RI : 0) |
      (this.#state.mcr & MCR.OUT2 ? MSR.DCD : 0)
    );
  }

  #readModemStatus(): number {
    const status = this.#state.msr;
    this.#state.msr &= ~MSR.DELTAS;
    this.#updateIrq();
    return status;
  }

  // ---- interrupts ---------------------------------------------------------------------------------------------------

  #readIdentification(): number {
    const identification = this.#identification();
    if (identification === IIR.THRI) {
      this.#state.emptied = false;
      this.#updateIrq();
    }
    return identification | (this.#fifos ? IIR.FIFOS : 0);
  }

  /** The pending interrupt of the highest priority, in the coding of IIR bits 3..0. */
  #identification(): number {
    if (this.#state.ier & IER.RLSI && this.#state.errors & LSR.ERRORS) return IIR.RLSI;
    if (this.#state.ier & IER.RDI && this.#state.receiver.length > 0) {
      const trigger = this.#fifos ? TRIGGER_LEVELS[(this.#state.fcr >> 6) as 0 | 1 | 2 | 3] : 1;
      // Less than the trigger level means that no more came: the line has no speed, so the timeout is over.
      return this.#state.receiver.length >= trigger ? IIR.RDI : IIR.TIMEOUT;
    }
    if (this.#state.ier & IER.THRI && this.#state.emptied) return IIR.THRI;
    if (this.#state.ier & IER.MSI && this.#state.msr & MSR.DELTAS) return IIR.MSI;
    return IIR.NONE;
  }

  #updateIrq(): void {
    const level = this.#identification() !== IIR.NONE;
    if (level === this.#state.level) return;
    this.#state.level = level;
    this.#irq.set(level);
  }
}
