// The supervisor binary interface of a machine: the registry of extensions, the way from an ecall to a function and back,
// and the gate every hart passes before it runs. SBI specification 3.0, "Binary Encoding".
import { HypercraftError } from '../../isa/error.js';
import { base } from './base.js';
import { HartState, type SbiHart, type SbiPlatform } from './context.js';
import { dbcn } from './dbcn.js';
import { SbiCall, type SbiExtension, type SbiIdentity } from './extension.js';
import { fwft } from './fwft.js';
import { findHart } from './hart-mask.js';
import { arriveHart, hsm, startHart } from './hsm.js';
import { ipi } from './ipi.js';
import { legacyExtensions } from './legacy.js';
import { pmu } from './pmu.js';
import { failure, SbiError, type SbiOutcome, type SbiReturn } from './result.js';
import { rfence } from './rfence.js';
import { srst } from './srst.js';
import { interruptDoubleTrap, signalEvent, sse } from './sse.js';
import { deliverEvent, nextEvent } from './sse-delivery.js';
import { Attribute, EVENT_KINDS, SoftwareEvent } from './sse-event.js';
import { sta, tellPreempted, tellResumed } from './sta.js';
import { susp } from './susp.js';
import { time } from './time.js';
import { encodeSpecification, encodeVersion, IMPLEMENTATION_ID, PACKAGE_VERSION, SPECIFICATION } from './version.js';

const A0 = 10;
const A1 = 11;
const A6 = 16;
const A7 = 17;
const ECALL_BYTES = 4;

/** How an {@link Sbi} differs from the default. */
export interface SbiOptions {
  /** The specification version to report; 3.0 by default. The functions are those of 3.0 whatever it says. */
  readonly version?: { readonly major: number; readonly minor: number };
  /** The implementation id to report; hypercraft's own by default. */
  readonly implementationId?: number;
  /** Extensions of your own, registered as {@link Sbi.registerExtension} does. */
  readonly extensions?: readonly SbiExtension[];
  /** Names of extensions to leave out, e.g. `['SSE', 'legacy console_putchar']`. */
  readonly without?: readonly string[];
}

/** {@link Sbi.save}: everything SBI knows, as plain numbers. */
export interface SbiState {
  readonly kind: 'sbi';
  readonly version: 1;
  readonly platform: readonly bigint[];
  readonly harts: readonly { readonly id: number; readonly hsm: HartState; readonly words: readonly bigint[] }[];
}

/**
 * SBI for the harts of one machine. Its state lies in the platform's words, so several threads may each have an `Sbi`
 * over the same machine; `reset` is called once, by whoever builds the machine.
 *
 * @example
 * ```ts
 * const sbi = new Sbi(platform);
 * sbi.reset();
 * sbi.start(platform.harts[0], kernelEntry, deviceTree);
 * for (;;) {
 *   if (!sbi.ready(hart)) continue; // stopped or asleep: another hart's turn
 *   run(hart); // until it traps with an ecall
 *   if (sbi.call(hart) === 'reset') break;
 * }
 * ```
 */
export class Sbi implements SbiIdentity {
  readonly specification: bigint;
  /** The SBI implementation id that guests are told. */
  readonly implementation: bigint;
  /** The implementation's version that guests are told. */
  readonly version = encodeVersion(PACKAGE_VERSION);
  private readonly extensions = new Map<bigint, SbiExtension>();

  constructor(
    private readonly platform: SbiPlatform,
    options: SbiOptions = {},
  ) {
    this.specification = encodeSpecification(options.version ?? SPECIFICATION);
    this.implementation = BigInt(options.implementationId ?? IMPLEMENTATION_ID);
    const state = hsm((hart) => this.resetHart(hart));
    const builtIn = [base, ...legacyExtensions, time, ipi, rfence, state, srst, dbcn, pmu, susp, fwft, sse, sta];
    for (const extension of builtIn) {
      if (!options.without?.includes(extension.name)) this.registerExtension(extension);
    }
    for (const extension of options.extensions ?? []) this.registerExtension(extension);
  }

  /** Adds an extension. Throws `SBI_EXTENSION_EXISTS` or `SBI_EXTENSION_ID` (not an unsigned 32-bit number). */
  registerExtension(extension: SbiExtension): void {
    const { id, name } = extension;
    if (!Number.isInteger(id) || id < 0 || id > 0xffff_ffff) {
      throw new HypercraftError('SBI_EXTENSION_ID', `extension ${name}: the id must be an unsigned 32-bit number`);
    }
    const key = registerValue(id);
    const other = this.extensions.get(key);
    if (other) throw new HypercraftError('SBI_EXTENSION_EXISTS', `extensions ${other.name} and ${name} share an id`);
    this.extensions.set(key, extension);
  }

  probe(id: bigint, hart: SbiHart): bigint {
    const extension = this.extensions.get(id);
    if (!extension) return 0n;
    return extension.probe?.(this.platform, hart) ?? 1n;
  }

  /**
   * Handles the ecall `hart` trapped with: reads a0 to a7, writes a0 and a1, and moves pc on. Afterwards pc and registers
   * are as the hart goes on with, whatever the outcome; the caller does nothing but act on it.
   */
  call(hart: SbiHart): SbiOutcome {
    const extension = this.extensions.get(BigInt.asUintN(64, hart.readGpr(A7)));
    const result = this.dispatch(hart, extension);
    if (result.kind === 'returned') {
      hart.writeGpr(A0, BigInt.asUintN(64, result.error));
      if (!extension?.legacy) hart.writeGpr(A1, BigInt.asUintN(64, result.value));
      hart.advancePc(ECALL_BYTES);
    }
    if (result.outcome === 'resume') deliverEvent(this.platform, hart);
    return result.outcome;
  }

  private dispatch(hart: SbiHart, extension: SbiExtension | undefined): SbiReturn {
    if (!extension || extension.probe?.(this.platform, hart) === 0n) return failure(SbiError.notSupported);
    const id = extension.legacy ? 0n : BigInt.asUintN(64, hart.readGpr(A6));
    const handle = id < BigInt(extension.functions.length) ? extension.functions[Number(id)] : undefined;
    return handle ? handle(new SbiCall(this.platform, hart, this)) : failure(SbiError.notSupported);
  }

  /**
   * To be asked on the hart's own thread before each run: finishes a start, wakes a suspended hart that has reason to,
   * delivers software events. False: the hart is stopped or sleeps; ask again after a kick or an interrupt.
   */
  ready(hart: SbiHart): boolean {
    const woken = () => hart.interruptPending() || nextEvent(this.platform, hart) !== undefined;
    if (!arriveHart(this.platform, hart, woken)) return false;
    deliverEvent(this.platform, hart);
    return true;
  }

  /** Starts a stopped hart in the supervisor at `pc` with its id in a0 and `opaque` in a1, as HSM hart start does. */
  start(hart: SbiHart, pc: bigint, opaque: bigint): boolean {
    return startHart(this.platform, hart, pc, opaque);
  }

  /**
   * Signals a software event (SSE) from outside the guest, on the hart with this id or, if the event is global, on any.
   * Throws `SSE_EVENT_UNKNOWN` or `SBI_HART_UNKNOWN`.
   */
  signal(event: number, hartId = this.platform.harts[0]!.id): void {
    const hart = findHart(this.platform, BigInt(hartId));
    if (!hart) throw new HypercraftError('SBI_HART_UNKNOWN', `there is no hart ${hartId}`);
    signalEvent(this.platform, hart, event);
  }

  /**
   * To be told that a trap came when the hart's supervisor could take none: the software event for that interrupts it. False: the
   * supervisor has not enabled the event, and cannot go on.
   */
  doubleTrap(hart: SbiHart): boolean {
    return interruptDoubleTrap(this.platform, hart);
  }

  /** To be told when a hart that had to let another one run goes on: it has waited for `stolen` nanoseconds in all. */
  resumed(hart: SbiHart, stolen: bigint): void {
    tellResumed(this.platform, hart, stolen);
  }

  /** To be told when a hart that could run has to let another one run. */
  preempted(hart: SbiHart): void {
    tellPreempted(this.platform, hart);
  }

  /** The state after power-on: every hart stopped, every extension blank. No hart may be running. */
  reset(): void {
    this.platform.state.fill(0n);
    for (const hart of this.platform.harts) {
      setHsm(hart, HartState.stopped);
      this.resetHart(hart);
      hart.state.fill(0n);
    }
    const boot = this.platform.harts[0]!;
    for (const kind of EVENT_KINDS) {
      if (kind.global) new SoftwareEvent(this.platform, boot, kind).set(Attribute.preferredHart, BigInt(boot.id));
    }
  }

  private resetHart(hart: SbiHart): void {
    for (const extension of this.extensions.values()) extension.hartReset?.(this.platform, hart);
  }

  /** State of all extensions, for a snapshot. */
  save(): SbiState {
    const harts = this.platform.harts.map(({ id, hsm, state }) => ({ id, hsm, words: [...state] }));
    return { kind: 'sbi', version: 1, platform: [...this.platform.state], harts };
  }

  /** Takes back what `save` gave. Throws `SBI_STATE_MISMATCH` if it is of another machine or version. */
  restore(saved: SbiState): void {
    const { harts, state } = this.platform;
    const fits =
      saved.kind === 'sbi' &&
      saved.version === 1 &&
      saved.platform.length === state.length &&
      saved.harts.length === harts.length &&
      saved.harts.every(({ id, words }, i) => id === harts[i]!.id && words.length === harts[i]!.state.length);
    if (!fits) throw new HypercraftError('SBI_STATE_MISMATCH', 'the saved SBI state does not fit this machine');
    state.set(saved.platform);
    saved.harts.forEach(({ hsm, words }, i) => {
      harts[i]!.state.set(words);
      setHsm(harts[i]!, hsm);
    });
  }
}

/** An extension id as it stands in a7: a signed 32-bit number, extended. */
function registerValue(id: number): bigint {
  return BigInt.asUintN(64, BigInt.asIntN(32, BigInt(id)));
}

function setHsm(hart: SbiHart, next: HartState): void {
  while (!hart.exchangeHsm(hart.hsm, next));
}
