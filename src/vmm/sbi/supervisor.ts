// The level that makes SBI calls: which CSRs are its own in each mode, and how a hart enters it from the outside.
// SBI specification, "Hart State Management Extension", the register state of hart start and resume; `hypervisor`
// callers run in VS, whose CSRs are the vs* ones (Priv. ISA, Hypervisor, "Virtual Supervisor CSRs").
import type { SbiCsr, SbiHart, SbiPlatform } from './context.js';

export const SSTATUS_SIE = 1n << 1n;
export const SSTATUS_SPIE = 1n << 5n;
export const SSTATUS_SPP = 1n << 8n;
export const SSTATUS_SPELP = 1n << 23n;
export const SSTATUS_SDT = 1n << 24n;
const MISA_H = 1n << 7n;

const A0 = 10;
const A1 = 11;

interface SupervisorCsrs {
  readonly status: SbiCsr;
  readonly epc: SbiCsr;
  readonly satp: SbiCsr;
  /** The registers above it that hold its options. */
  readonly envcfg: SbiCsr;
  readonly edeleg: SbiCsr;
}

const CSRS: Record<SbiPlatform['mode'], SupervisorCsrs> = {
  hypervisor: { status: 'vsstatus', epc: 'vsepc', satp: 'vsatp', envcfg: 'henvcfg', edeleg: 'hedeleg' },
  firmware: { status: 'sstatus', epc: 'sepc', satp: 'satp', envcfg: 'menvcfg', edeleg: 'medeleg' },
};

export function supervisorCsrs(platform: SbiPlatform): SupervisorCsrs {
  return CSRS[platform.mode];
}

/** Does the supervisor see the hypervisor extension? A guest in VS does not. */
export function seesHypervisor(platform: SbiPlatform, hart: SbiHart): boolean {
  return platform.mode === 'firmware' && (hart.readCsr('misa') & MISA_H) !== 0n;
}

/** Enters the supervisor as hart start and non-retentive resume do: no translation, interrupts off, no landing pad expected, a0 and a1 set. */
export function enterSupervisor(platform: SbiPlatform, hart: SbiHart, pc: bigint, opaque: bigint): void {
  const csrs = supervisorCsrs(platform);
  hart.privilege = 1;
  hart.virtualized = platform.mode === 'hypervisor';
  hart.landingPadExpected = false;
  hart.writeCsr(csrs.satp, 0n);
  hart.writeCsr(csrs.status, hart.readCsr(csrs.status) & ~SSTATUS_SIE);
  hart.writeGpr(A0, BigInt(hart.id));
  hart.writeGpr(A1, opaque);
  hart.pc = pc;
}

/** May a hart start executing at this physical address? */
export function isEntry(platform: SbiPlatform, pc: bigint): boolean {
  return (pc & 1n) === 0n && platform.accessible(pc, 2n, 'execute');
}
