// The Goldfish real-time clock: nanoseconds since 1970 and one alarm. Android emulator, "Goldfish RTC", as QEMU has it.
//
//   0x00  TIME_LOW       r   bits 31..0 of the time; latches the rest          w   sets them
//   0x04  TIME_HIGH      r   bits 63..32 as latched                            w   sets them
//   0x08  ALARM_LOW      rw  bits 31..0 of the alarm; writing arms it
//   0x0c  ALARM_HIGH     rw  bits 63..32; written first
//   0x10  IRQ_ENABLED    rw  bit 0: a pending alarm pulls the wire
//   0x14  CLEAR_ALARM    w   disarms
//   0x18  ALARM_STATUS   r   1 while armed
//   0x1c  CLEAR_INTERRUPT w  forgets a pending alarm
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

const TIME_LOW = 0x00;
const TIME_HIGH = 0x04;
const ALARM_LOW = 0x08;
const ALARM_HIGH = 0x0c;
const IRQ_ENABLED = 0x10;
const CLEAR_ALARM = 0x14;
const ALARM_STATUS = 0x18;
const CLEAR_INTERRUPT = 0x1c;

const low = (value: bigint): number => Number(value & 0xffff_ffffn);
const high = (value: bigint): number => Number((value >> 32n) & 0xffff_ffffn);
const withLow = (value: bigint, part: number): bigint => (value & ~0xffff_ffffn) | BigInt(part >>> 0);
const withHigh = (value: bigint, part: number): bigint => (value & 0xffff_ffffn) | (BigInt(part >>> 0) << 32n);

/** Saved state of a {@link GoldfishRtc}; times in nanoseconds. */
export interface GoldfishRtcState extends DeviceState {
  readonly kind: 'goldfish-rtc';
  readonly version: 1;
  /** Guest's clock minus the injected one. */
  readonly offset: bigint;
  readonly latchedHigh: number;
  readonly alarm: bigint;
  /** When the armed alarm fires; `alarm` may be half rewritten already. */
  readonly target: bigint;
  readonly armed: boolean;
  readonly enabled: boolean;
  readonly pending: boolean;
}

/** A battery-backed clock; real time is injected. */
export class GoldfishRtc implements MmioDevice {
  readonly name = 'goldfish-rtc';
  readonly size = 0x1000;
  readonly #irq: IrqLine;
  readonly #clock: () => bigint;
  #offset = 0n;
  #latchedHigh = 0;
  #alarm = 0n;
  #target = 0n; // the alarm as it was armed
  #armed = false;
  #enabled = false;
  #pending = false;

  /** @param options.clock - nanoseconds since 1970-01-01 UTC */
  constructor(options: { readonly irq: IrqLine; readonly clock: () => bigint }) {
    this.#irq = options.irq;
    this.#clock = options.clock;
  }

  /** The injected clock's nanoseconds at which {@link poll} has something to do; undefined without an alarm. */
  get deadline(): bigint | undefined {
    return this.#armed ? this.#target - this.#offset : undefined;
  }

  read(offset: number, width: AccessWidth): number {
    if (width !== 4) return 0;
    switch (offset) {
      case TIME_LOW: {
        const now = this.#now();
        this.#latchedHigh = high(now);
        return low(now);
      }
      case TIME_HIGH:
        return this.#latchedHigh;
      case ALARM_LOW:
        return low(this.#alarm);
      case ALARM_HIGH:
        return high(this.#alarm);
      case IRQ_ENABLED:
        return this.#enabled ? 1 : 0;
      case ALARM_STATUS:
        this.poll();
        return this.#armed ? 1 : 0;
      default:
        return 0;
    }
  }

  write(offset: number, width: AccessWidth, value: number): void {
    if (width !== 4) return;
    switch (offset) {
      case TIME_LOW:
        this.#setTime(withLow(this.#now(), value));
        break;
      case TIME_HIGH:
        this.#setTime(withHigh(this.#now(), value));
        break;
      case ALARM_LOW:
        this.#alarm = withLow(this.#alarm, value);
        this.#target = this.#alarm;
        this.#armed = true;
        break;
      case ALARM_HIGH:
        this.#alarm = withHigh(this.#alarm, value);
        break;
      case IRQ_ENABLED:
        this.#enabled = (value & 1) !== 0;
        break;
      case CLEAR_ALARM:
        this.#armed = false;
        break;
      case CLEAR_INTERRUPT:
        this.#pending = false;
        break;
      default:
        return;
    }
    this.poll();
  }

  /** Fires the alarm if its time has come. */
  poll(): void {
    if (this.#armed && this.#now() >= this.#target) {
      this.#armed = false;
      this.#pending = true;
    }
    this.#irq.set(this.#pending && this.#enabled);
  }

  save(): GoldfishRtcState {
    return {
      kind: 'goldfish-rtc',
      version: 1,
      offset: this.#offset,
      latchedHigh: this.#latchedHigh,
      alarm: this.#alarm,
      target: this.#target,
      armed: this.#armed,
      enabled: this.#enabled,
      pending: this.#pending,
    };
  }

  restore(state: DeviceState): void {
    const saved = expectState<GoldfishRtcState>(state, 'goldfish-rtc', 1);
    this.#offset = saved.offset;
    this.#latchedHigh = saved.latchedHigh;
    this.#alarm = saved.alarm;
    this.#target = saved.target;
    this.#armed = saved.armed;
    this.#enabled = saved.enabled;
    this.#pending = saved.pending;
    this.#irq.set(this.#pending && this.#enabled);
  }

  fdtNode(place: FdtPlace): FdtNode {
    return {
      name: `rtc@${place.base.toString(16)}`,
      properties: { compatible: 'google,goldfish-rtc', ...placeProps(place, this.size) },
    };
  }

  #now(): bigint {
    return BigInt.asUintN(64, this.#clock() + this.#offset);
  }

  #setTime(time: bigint): void {
    this.#offset = BigInt.asIntN(64, time - this.#clock());
  }
}
