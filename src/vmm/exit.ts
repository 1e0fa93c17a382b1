// Why a vCPU stopped: a discriminated union on `kind`, built from the exit record the engine leaves in the vCPU's area.
// Trap causes are those of Priv. ISA, "Machine Cause (mcause) Register" and its extension by the hypervisor chapter.
import {
  EXIT_BUDGET,
  EXIT_CAUSE,
  EXIT_CRITICAL,
  EXIT_GPA,
  EXIT_KICKED,
  EXIT_OUTER_FAULT,
  EXIT_PRIV,
  EXIT_TINST,
  EXIT_TRAP,
  EXIT_TVAL,
  EXIT_VIRT,
  EXIT_WFI,
  EXIT_WRS,
  PC,
  X,
} from '../engine/hart/layout.js';
import type { GuestPhysAddr, GuestVirtAddr } from '../host/index.js';
import type { NestedPageTableLike, Permission } from './nested-pte.js';

/** Exception codes, as in `scause`. */
export const Cause = {
  InstructionMisaligned: 0,
  InstructionAccessFault: 1,
  IllegalInstruction: 2,
  Breakpoint: 3,
  LoadMisaligned: 4,
  LoadAccessFault: 5,
  StoreMisaligned: 6,
  StoreAccessFault: 7,
  EcallFromU: 8,
  EcallFromS: 9,
  EcallFromVS: 10,
  EcallFromM: 11,
  InstructionPageFault: 12,
  LoadPageFault: 13,
  StorePageFault: 15,
  DoubleTrap: 16,
  SoftwareCheck: 18,
  InstructionGuestPageFault: 20,
  LoadGuestPageFault: 21,
  VirtualInstruction: 22,
  StoreGuestPageFault: 23,
} as const;

/** Interrupt numbers, as in `sip`, `hvip` and `mip`. */
export const Interrupt = {
  SupervisorSoftware: 1,
  VirtualSupervisorSoftware: 2,
  MachineSoftware: 3,
  SupervisorTimer: 5,
  VirtualSupervisorTimer: 6,
  MachineTimer: 7,
  SupervisorExternal: 9,
  VirtualSupervisorExternal: 10,
  MachineExternal: 11,
  SupervisorGuestExternal: 12,
} as const;

/** Where the vCPU was when it stopped. */
export interface PrivilegeLevel {
  /** 0 user, 1 supervisor, 3 machine. */
  readonly privilege: 0 | 1 | 3;
  /** V: whether that was VU or VS rather than U or S. */
  readonly virtual: boolean;
}

/**
 * A supervisor call (SBI, "Binary Encoding"). Complete it with `completeSbi`.
 */
export interface SbiCallExit extends PrivilegeLevel {
  readonly kind: 'sbi-call';
  /** Extension id: a7, 32 bits. */
  readonly extension: number;
  /** Function id: a6, 32 bits. */
  readonly function: number;
  /** a0 to a5. */
  readonly args: readonly [bigint, bigint, bigint, bigint, bigint, bigint];
}

/**
 * An access that the nested page table does not allow: MMIO to emulate, a page to bring in, or an address the guest does
 * not have. Map the page and `retry`, or complete it with `completeMmioRead` / `completeMmioWrite`, or `injectException`.
 */
export interface GuestPageFaultExit extends PrivilegeLevel {
  readonly kind: 'guest-page-fault';
  readonly access: 'fetch' | 'load' | 'store';
  /** The full guest physical address. */
  readonly gpa: GuestPhysAddr;
  /** The virtual address of the access; equal to `gpa` while the guest's own paging is off. */
  readonly gva: GuestVirtAddr;
  /**
   * The transformed instruction as htinst gives it, a pseudo-instruction for an implicit access to the guest's page
   * tables, or 0 if the hart does not say.
   */
  readonly instruction: number;
  /** What the nested page table allows there; undefined where it maps nothing: MMIO, or no address of the guest's. */
  readonly mapped: Permission | undefined;
  /** Whether the guest's page-table walk made the access and not the instruction itself. */
  readonly implicit: boolean;
}

/** An instruction that only a hypervisor may execute (cause 22). Complete it with `injectException` or `advancePc`. */
export interface VirtualInstructionExit extends PrivilegeLevel {
  readonly kind: 'virtual-instruction';
  /** The instruction's bits. */
  readonly instruction: number;
}

/** Any other exception into a level that is owned by the monitor. Complete it with `injectException` or `advancePc`. */
export interface ExceptionExit extends PrivilegeLevel {
  readonly kind: 'exception';
  readonly cause: number;
  /** What stval would hold. */
  readonly tval: bigint;
}

/** A breakpoint (cause 3) that belongs to the monitor. Complete it with `injectException` or `advancePc`. */
export interface DebugExit extends PrivilegeLevel {
  readonly kind: 'debug';
  readonly pc: GuestVirtAddr;
}

/** WFI with nothing pending; the program counter is already behind it. Nothing to complete. */
export interface WfiExit {
  readonly kind: 'wfi';
}

/**
 * WRS.NTO or WRS.STO, and no store to the reservation set for a while: the hart waits for another one. The program counter is already behind
 * it. Nothing to complete.
 */
export interface WrsExit {
  readonly kind: 'wrs';
}

/** A timer interrupt of an owned level. Nothing to complete. */
export interface TimerExit {
  readonly kind: 'timer';
  readonly interrupt: number;
}

/** An external interrupt of an owned level. Nothing to complete. */
export interface ExternalInterruptExit {
  readonly kind: 'external-interrupt';
  readonly interrupt: number;
}

/** Another interrupt meant for the host, such as a software interrupt of an owned level. Nothing to complete. */
export interface HostInterruptExit {
  readonly kind: 'host-interrupt';
  readonly interrupt: number;
}

/** The instruction budget given to `run` is used up. Nothing to complete. */
export interface BudgetExit {
  readonly kind: 'budget';
}

/** Someone kicked the vCPU out of the guest. Nothing to complete. */
export interface KickedExit {
  readonly kind: 'kicked';
}

/** The guest ended its machine. A {@link Vm} reports it as the last exit; a vCPU by itself never does. */
export interface ShutdownExit {
  readonly kind: 'shutdown';
  readonly end: VmEnd;
}

/** Why a machine ended. */
export type VmEnd =
  /** The guest switched itself off, by SBI or the finisher. */
  | { readonly kind: 'power-off' }
  | { readonly kind: 'reboot' }
  /** The guest reported failure: its own code at the finisher, or 1 for SBI's "system failure". */
  | { readonly kind: 'failure'; readonly code: number }
  /** The guest goes on at the other end of a migration. */
  | { readonly kind: 'migrated' }
  /** The guest can never run again. */
  | { readonly kind: 'guest-dead'; readonly reason: string };

/**
 * A trap came while machine mode could take none (Priv. ISA, "Double Trap Control in mstatus Register"): the hart has stopped where it
 * was, and nothing but a reset makes it go on.
 */
export interface CriticalErrorExit {
  readonly kind: 'critical-error';
  /** The trap's cause, as mcause would have held it. */
  readonly cause: bigint;
}

/** The engine met a state it cannot be in: a defect of this library. The vCPU must not run on. */
export interface InternalExit {
  readonly kind: 'internal';
  readonly reason: number;
}

/** Why a vCPU stopped. */
export type VmExit =
  | SbiCallExit
  | GuestPageFaultExit
  | VirtualInstructionExit
  | ExceptionExit
  | DebugExit
  | WfiExit
  | WrsExit
  | TimerExit
  | ExternalInterruptExit
  | HostInterruptExit
  | BudgetExit
  | KickedExit
  | ShutdownExit
  | CriticalErrorExit
  | InternalExit;

/** Exits at an instruction that has not been carried out: the monitor says what becomes of it before the vCPU runs on. */
export type PendingExit = SbiCallExit | GuestPageFaultExit | VirtualInstructionExit | ExceptionExit | DebugExit;

const INTERRUPT_BIT = 1n << 63n;
const A0 = 10;

/** Implicit page-table accesses have these pseudo-instructions (Priv. ISA, "Transformed Instruction or Pseudoinstruction"). */
const PSEUDO_INSTRUCTIONS = new Set([0x2000, 0x2020, 0x3000, 0x3020]);

/** Reads the exit record of the vCPU area at `area`; `reason` is what the engine's `run` returned. */
export function readExit(view: DataView, area: number, reason: number, table: NestedPageTableLike): VmExit {
  switch (reason) {
    case EXIT_TRAP:
      return readTrap(view, area);
    case EXIT_OUTER_FAULT:
      return readFault(view, area, table);
    case EXIT_WFI:
      return { kind: 'wfi' };
    case EXIT_WRS:
      return { kind: 'wrs' };
    case EXIT_BUDGET:
      return { kind: 'budget' };
    case EXIT_KICKED:
      return { kind: 'kicked' };
    case EXIT_CRITICAL:
      return { kind: 'critical-error', cause: view.getBigUint64(area + EXIT_CAUSE, true) };
    default:
      return { kind: 'internal', reason };
  }
}

function readTrap(view: DataView, area: number): VmExit {
  const cause = view.getBigUint64(area + EXIT_CAUSE, true);
  if (cause & INTERRUPT_BIT) return readInterrupt(Number(cause & 0xffn));
  switch (Number(cause)) {
    case Cause.EcallFromS:
    case Cause.EcallFromVS:
      return readSbiCall(view, area);
    case Cause.VirtualInstruction:
      return { kind: 'virtual-instruction', instruction: view.getUint32(area + EXIT_TVAL, true), ...level(view, area) };
    case Cause.Breakpoint:
      return { kind: 'debug', pc: view.getBigUint64(area + PC, true), ...level(view, area) };
    default: {
      const tval = view.getBigUint64(area + EXIT_TVAL, true);
      return { kind: 'exception', cause: Number(cause), tval, ...level(view, area) };
    }
  }
}

function readInterrupt(interrupt: number): VmExit {
  switch (interrupt) {
    case Interrupt.SupervisorTimer:
    case Interrupt.VirtualSupervisorTimer:
    case Interrupt.MachineTimer:
      return { kind: 'timer', interrupt };
    case Interrupt.SupervisorExternal:
    case Interrupt.VirtualSupervisorExternal:
    case Interrupt.MachineExternal:
    case Interrupt.SupervisorGuestExternal:
      return { kind: 'external-interrupt', interrupt };
    default:
      return { kind: 'host-interrupt', interrupt };
  }
}

function readSbiCall(view: DataView, area: number): SbiCallExit {
  const a = (index: number): bigint => view.getBigUint64(area + X + (A0 + index) * 8, true);
  return {
    kind: 'sbi-call',
    extension: Number(a(7) & 0xffff_ffffn),
    function: Number(a(6) & 0xffff_ffffn),
    args: [a(0), a(1), a(2), a(3), a(4), a(5)],
    ...level(view, area),
  };
}

const ACCESS: Record<number, GuestPageFaultExit['access']> = {
  [Cause.InstructionGuestPageFault]: 'fetch',
  [Cause.LoadGuestPageFault]: 'load',
  [Cause.StoreGuestPageFault]: 'store',
};

function readFault(view: DataView, area: number, table: NestedPageTableLike): VmExit {
  const cause = Number(view.getBigUint64(area + EXIT_CAUSE, true));
  const access = ACCESS[cause];
  if (access === undefined) return { kind: 'internal', reason: EXIT_OUTER_FAULT };
  const instruction = view.getUint32(area + EXIT_TINST, true);
  const gpa = view.getBigUint64(area + EXIT_GPA, true);
  return {
    kind: 'guest-page-fault',
    access,
    gpa,
    gva: view.getBigUint64(area + EXIT_TVAL, true),
    instruction,
    mapped: table.translate(gpa)?.permission,
    implicit: PSEUDO_INSTRUCTIONS.has(instruction),
    ...level(view, area),
  };
}

function level(view: DataView, area: number): PrivilegeLevel {
  return {
    privilege: view.getUint32(area + EXIT_PRIV, true) as 0 | 1 | 3,
    virtual: view.getUint32(area + EXIT_VIRT, true) !== 0,
  };
}
