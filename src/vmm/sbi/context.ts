// What SBI needs from the machine under it: harts with registers, a few ways to reach other harts, guest memory and a
// console. The vmm implements it for guests (`hypervisor`: the caller runs in VS) and for whole machines (`firmware`:
// the caller runs in S); everything in this folder is written against these two interfaces alone.

/** Hart states of the HSM extension, with the numbers the specification gives them. */
export const HartState = {
  started: 0,
  stopped: 1,
  startPending: 2,
  stopPending: 3,
  suspended: 4,
  suspendPending: 5,
  resumePending: 6,
} as const;
export type HartState = (typeof HartState)[keyof typeof HartState];

/**
 * The CSRs SBI reads and writes. A supervisor name (`sstatus`, `sepc`, `satp`) always means the HS-level register,
 * whatever V is at the moment; the guest's own are named `vs*`.
 */
export type SbiCsr =
  | 'misa'
  | 'mvendorid'
  | 'marchid'
  | 'mimpid'
  | 'mcycle'
  | 'minstret'
  | 'mcountinhibit'
  | 'medeleg'
  | 'menvcfg'
  | 'sstatus'
  | 'sepc'
  | 'satp'
  | 'hstatus'
  | 'hedeleg'
  | 'henvcfg'
  | 'hgatp'
  | 'vsstatus'
  | 'vsepc'
  | 'vsatp';

/** An exception that an access on the guest's behalf ran into, to be delivered to the guest's supervisor. */
export interface GuestFault {
  readonly cause: number;
  readonly tval: bigint;
  /** Guest physical address >> 2, for guest-page faults that the guest's own supervisor may see. */
  readonly tval2?: bigint;
}

/**
 * One hart (a vCPU, in `hypervisor` mode) as SBI sees it. Registers are touched only from the thread that runs the
 * hart, while it is outside the engine; `state`, `hsm` and `exchangeHsm` from any thread.
 */
export interface SbiHart {
  /** mhartid. */
  readonly id: number;
  /**
   * {@link HART_WORDS} words where SBI keeps what it knows of this hart. They may lie in shared memory and are accessed
   * atomically where another hart may look.
   */
  readonly state: BigUint64Array;
  /** The HSM state, an atomic u32. */
  readonly hsm: HartState;
  /** Compare-exchange of the HSM state: true if it was `from` and now is `to`. */
  exchangeHsm(from: HartState, to: HartState): boolean;

  readGpr(index: number): bigint;
  writeGpr(index: number, value: bigint): void;
  readCsr(name: SbiCsr): bigint;
  writeCsr(name: SbiCsr, value: bigint): void;
  pc: bigint;
  /** The privilege level within the current virtualization mode: 0 U, 1 S, 3 M. */
  privilege: number;
  /** V: does the hart run in VS or VU? */
  virtualized: boolean;
  /**
   * Must the next instruction be a landing pad (ELP, Zicfilp)? Setting it counts only where the hart's mode asks for landing pads, so
   * `privilege` and `virtualized` come first.
   */
  landingPadExpected: boolean;
  /** Completes the trapped ecall: pc += `bytes`. */
  advancePc(bytes: number): void;
  /** Delivers an exception to the supervisor that made the call, with its epc at the ecall. */
  injectException(fault: GuestFault): void;
  /** Would WFI return: is an interrupt pending and enabled in the supervisor's `sie`, regardless of `sstatus.SIE`? */
  interruptPending(): boolean;
}

/** A fence other harts are asked to perform. `range` is of whole pages, 512 at most; without it the whole address space is meant. */
export interface RemoteFence {
  readonly kind: 'fence.i' | 'sfence.vma' | 'hfence.gvma' | 'hfence.vvma';
  readonly range?: { readonly start: bigint; readonly size: bigint } | undefined;
  /** Only this address space; every one without it. */
  readonly asid?: number | undefined;
  /** For `hfence.gvma` the guest meant (all without it); for `hfence.vvma` the guest whose address spaces are meant. */
  readonly vmid?: number | undefined;
}

export type ResetType = 'shutdown' | 'cold-reboot' | 'warm-reboot';
export type ResetReason = 'none' | 'system-failure';
export type Access = 'read' | 'write' | 'execute';

/** The machine as SBI sees it. Nothing here throws for what a guest asked. */
export interface SbiPlatform {
  /** Who makes the calls: a guest in VS (`hypervisor`) or an operating system in S (`firmware`). */
  readonly mode: 'hypervisor' | 'firmware';
  readonly harts: readonly SbiHart[];
  /** {@link PLATFORM_WORDS} words for what is common to all harts; see {@link SbiHart.state}. */
  readonly state: BigUint64Array;

  /** The `time` the caller reads. */
  time(hart: SbiHart): bigint;
  /** Programs the supervisor's comparator (stimecmp, or vstimecmp) in the caller's time. */
  setTimer(hart: SbiHart, deadline: bigint): void;
  /** Makes the supervisor software interrupt pending (SSIP, or VSSIP) and wakes the hart. */
  raiseIpi(hart: SbiHart): void;
  /** Clears it; says whether it was pending. */
  clearIpi(hart: SbiHart): boolean;
  /**
   * Has `harts` perform a fence. The caller must not retire another instruction before each of them has done so
   * or is certain to before its own next instruction.
   */
  remoteFence(caller: SbiHart, harts: readonly SbiHart[], fence: RemoteFence): void;
  /** Asks a hart, wherever it is (running, in WFI, stopped), to leave the engine and pass `Sbi.ready` again. */
  kick(hart: SbiHart): void;
  /** Ends or restarts the machine; false if this kind of reset is not offered. */
  reset(type: ResetType, reason: ResetReason): boolean;

  /** Sends bytes to the console; returns how many it took. A machine without a console takes and drops them all. */
  consoleWrite(bytes: Uint8Array): number;
  /** Takes at most `max` received bytes; empty if there are none. */
  consoleRead(max: number): Uint8Array;

  /** Is all of [gpa, gpa + length) memory the supervisor may access so? Constant time for any length. */
  accessible(gpa: bigint, length: bigint, access: Access): boolean;
  /** Reads guest physical memory; undefined if some of it is not readable. */
  readGuest(gpa: bigint, length: number): Uint8Array | undefined;
  /** Writes guest physical memory; false, with nothing written, if some of it is not writable. */
  writeGuest(gpa: bigint, bytes: Uint8Array): boolean;
  /** Reads through the caller's own translation, as its load would. */
  readVirtual(hart: SbiHart, va: bigint, length: number): Uint8Array | GuestFault;
}
