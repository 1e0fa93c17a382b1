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

  #ier = 0;
  #fcr = 0;
  #lcr = 0;
  #mcr = 0;
  #msr = MSR.CTS | MSR.DSR | MSR.DCD;
  #scr = 0;
  #divisor = 0;
  #errors = 0;
  #emptied = false;
  #receiver: number[] = [];
  #transmitter: number[] = [];
  #returned: number[] = [];
  #looks = 0;
  #level = false;

  constructor(options: Uart16550Options) {
    this.#irq = options.irq;
    this.#input = options.input;
    this.#output = options.output;
    this.#onOutput = options.onOutput;
    this.#holdInput = options.holdInput ?? true;
    this.#clockFrequency = options.clockFrequency ?? 3_686_400;
  }

  /** True while the transmitter holds bytes because the output ring is full. */
  get blocked(): boolean {
    return this.#transmitter.length > 0;
  }

  read(offset: number, _width: AccessWidth): number {
    switch (offset) {
      case 0:
        return this.#dlab ? this.#divisor & 0xff : this.#readReceiver();
      case 1:
        return this.#dlab ? this.#divisor >> 8 : this.#ier;
      case 2:
        return this.#readIdentification();
      case 3:
        return this.#lcr;
      case 4:
        return this.#mcr;
      case 5:
        return this.#readLineStatus();
      case 6:
        return this.#readModemStatus();
      case 7:
        return this.#scr;
      default:
        return 0;
    }
  }

  write(offset: number, _width: AccessWidth, value: number): void {
    const byte = value & 0xff;
    switch (offset) {
      case 0:
        if (this.#dlab) this.#divisor = (this.#divisor & 0xff00) | byte;
        else this.#transmit(byte);
        break;
      case 1:
        if (this.#dlab) this.#divisor = (this.#divisor & 0xff) | (byte << 8);
        else this.#writeInterruptEnable(byte & IER.ALL);
        break;
      case 2:
        this.#writeFifoControl(byte);
        break;
      case 3:
        this.#lcr = byte;
        break;
      case 4:
        this.#writeModemControl(byte & MCR.ALL);
        break;
      case 7:
        this.#scr = byte;
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
      ier: this.#ier,
      fcr: this.#fcr,
      lcr: this.#lcr,
      mcr: this.#mcr,
      msr: this.#msr,
      scr: this.#scr,
      divisor: this.#divisor,
      errors: this.#errors,
      emptied: this.#emptied,
      receiver: [...this.#receiver],
      transmitter: [...this.#transmitter],
      returned: [...this.#returned],
      looks: this.#looks,
    };
  }

  restore(state: DeviceState): void {
    const saved = expectState<Uart16550State>(state, 'uart16550', 1);
    this.#ier = saved.ier;
    this.#fcr = saved.fcr;
    this.#lcr = saved.lcr;
    this.#mcr = saved.mcr;
    this.#msr = saved.msr;
    this.#scr = saved.scr;
    this.#divisor = saved.divisor;
    this.#errors = saved.errors;
    this.#emptied = saved.emptied;
    this.#receiver = [...saved.receiver];
    this.#transmitter = [...saved.transmitter];
    this.#returned = [...saved.returned];
    this.#looks = saved.looks;
    this.#level = this.#identification() !== IIR.NONE;
    this.#irq.set(this.#level);
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
    return (this.#lcr & LCR_DLAB) !== 0;
  }

  get #fifos(): boolean {
    return (this.#fcr & FCR.ENABLE) !== 0;
  }

  get #depth(): number {
    return this.#fifos ? FIFO_BYTES : 1;
  }

  get #loopback(): boolean {
    return (this.#mcr & MCR.LOOP) !== 0;
  }

  // ---- receiver -----------------------------------------------------------------------------------------------------

  #readReceiver(): number {
    this.#look();
    const byte = this.#receiver.shift();
    if (byte === undefined) return 0;
    this.#feed();
    this.#updateIrq();
    return byte;
  }

  #readLineStatus(): number {
    this.#look();
    const status = this.#lineStatus();
    if (this.#errors !== 0) {
      this.#errors = 0;
      this.#updateIrq();
    }
    return status;
  }

  #lineStatus(): number {
    return (
      (this.#receiver.length > 0 ? LSR.DR : 0) |
      this.#errors |
      (this.#transmitter.length === 0 ? LSR.THRE | LSR.TEMT : 0)
    );
  }

  /** Counts a look that a polling receiver makes; a transmitter looks until THRE and then writes THR. */
  #look(): void {
    if (this.#looks < POLLING_LOOKS && !this.blocked) this.#looks++;
    if (this.#receiver.length === 0 && this.#listening) {
      this.#feed();
      this.#updateIrq();
    }
  }

  get #listening(): boolean {
    return !this.#holdInput || (this.#ier & IER.RDI) !== 0 || this.#looks >= POLLING_LOOKS;
  }

  /** Fills the receiver's FIFO from the line: first what was returned to it, then the input ring. */
  #feed(): void {
    if (this.#loopback || !this.#listening) return;
    while (this.#receiver.length < this.#depth) {
      const byte = this.#returned.shift() ?? this.#input.pullByte();
      if (byte < 0) return;
      this.#receiver.push(byte);
    }
  }

  #clearReceiver(): void {
    if (this.#holdInput && !this.#loopback) this.#returned.unshift(...this.#receiver);
    this.#receiver = [];
  }

  // ---- transmitter --------------------------------------------------------------------------------------------------

  #transmit(byte: number): void {
    if (this.#looks < POLLING_LOOKS) this.#looks = 0;
    this.#emptied = false;
    if (this.#loopback) {
      this.#receiveLooped(byte);
      this.#emptied = true;
      return;
    }
    // A guest that writes without regard to THRE overwrites what it wrote last, as on the wire.
    if (this.#transmitter.length === this.#depth) this.#transmitter.pop();
    this.#transmitter.push(byte);
  }

  #receiveLooped(byte: number): void {
    if (this.#receiver.length < this.#depth) this.#receiver.push(byte);
    else {
      this.#errors |= LSR.OE;
      if (!this.#fifos) this.#receiver[0] = byte;
    }
  }

  #drain(): void {
    if (this.#transmitter.length === 0) return;
    const sent = this.#sendFifo();
    if (sent === 0) return;
    this.#transmitter.splice(0, sent);
    if (this.#transmitter.length === 0) this.#emptied = true;
    this.#onOutput?.();
  }

  #sendFifo(): number {
    if (this.#transmitter.length === 1) return this.#output.pushByte(this.#transmitter[0]!) ? 1 : 0;
    return this.#output.push(Uint8Array.from(this.#transmitter));
  }

  // ---- control ------------------------------------------------------------------------------------------------------

  #writeInterruptEnable(value: number): void {
    const risen = value & ~this.#ier;
    this.#ier = value;
    // Enabling the interrupt while THR is empty raises it, which is how drivers start to transmit.
    if (risen & IER.THRI) this.#emptied = this.#transmitter.length === 0;
    if (risen & IER.RDI) this.#looks = 0;
  }

  #writeFifoControl(value: number): void {
    const toggled = ((value ^ this.#fcr) & FCR.ENABLE) !== 0;
    if (toggled || value & FCR.CLEAR_RECEIVER) {
      this.#clearReceiver();
      this.#looks = 0;
    }
    if ((toggled || value & FCR.CLEAR_TRANSMITTER) && this.#transmitter.length > 0) {
      this.#transmitter = [];
      this.#emptied = true;
    }
    this.#fcr = value & FCR.ENABLE ? value & FCR.KEPT : 0;
  }

  #writeModemControl(value: number): void {
    const looped = ((value ^ this.#mcr) & MCR.LOOP) !== 0;
    if (looped && this.#loopback) this.#receiver = [];
    else if (looped) this.#clearReceiver();
    this.#mcr = value;
    const before = this.#msr;
    const lines = this.#modemLines();
    const changed = (before ^ lines) >> 4;
    // Three deltas follow any change, the ring indicator's only its trailing edge.
    const deltas = (changed & ~MSR.TERI) | (changed & ~(lines >> 4) & MSR.TERI);
    this.#msr = lines | ((before | deltas) & MSR.DELTAS);
  }

  /** The four modem inputs: a terminal that is always there, or in loopback the modem control outputs. */
  #modemLines(): number {
    if (!this.#loopback) return MSR.CTS | MSR.DSR | MSR.DCD;
    return (
      (this.#mcr & MCR.RTS ? MSR.CTS : 0) |
      (this.#mcr & MCR.DTR ? MSR.DSR : 0) |
      (this.#mcr & MCR.OUT1 ? MSR.RI : 0) |
      (this.#mcr & MCR.OUT2 ? MSR.DCD : 0)
    );
  }

  #readModemStatus(): number {
    const status = this.#msr;
    this.#msr &= ~MSR.DELTAS;
    this.#updateIrq();
    return status;
  }

  // ---- interrupts ---------------------------------------------------------------------------------------------------

  #readIdentification(): number {
    const identification = this.#identification();
    if (identification === IIR.THRI) {
      this.#emptied = false;
      this.#updateIrq();
    }
    return identification | (this.#fifos ? IIR.FIFOS : 0);
  }

  /** The pending interrupt of the highest priority, in the coding of IIR bits 3..0. */
  #identification(): number {
    if (this.#ier & IER.RLSI && this.#errors & LSR.ERRORS) return IIR.RLSI;
    if (this.#ier & IER.RDI && this.#receiver.length > 0) {
      const trigger = this.#fifos ? TRIGGER_LEVELS[(this.#fcr >> 6) as 0 | 1 | 2 | 3] : 1;
      // Less than the trigger level means that no more came: the line has no speed, so the timeout is over.
      return this.#receiver.length >= trigger ? IIR.RDI : IIR.TIMEOUT;
    }
    if (this.#ier & IER.THRI && this.#emptied) return IIR.THRI;
    if (this.#ier & IER.MSI && this.#msr & MSR.DELTAS) return IIR.MSI;
    return IIR.NONE;
  }

  #updateIrq(): void {
    const level = this.#identification() !== IIR.NONE;
    if (level === this.#level) return;
    this.#level = level;
    this.#irq.set(level);
  }
}
