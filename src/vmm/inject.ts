// Entry into a guest's own trap handler, as the hart would do it (Priv. ISA, "Trap Entry" for S, HS and VS): for faults
// that the monitor decides the guest must handle.
import { OWN_HS, OWN_M, OWNED, PC, PRIV, VIRT } from '../engine/hart/layout.js';
import type { Engine } from '../engine/index.js';
import { type CsrName, csrByName } from '../isa/index.js';

/** A trap to enter: the cause as in scause, without the interrupt bit, and stval. */
export interface InjectedTrap {
  readonly cause: number;
  readonly tval: bigint;
  /** Whether `tval` is a virtual address, which hstatus.GVA tells HS. */
  readonly isAddress: boolean;
}

type Target = 'm' | 'hs' | 'vs';

const SIE = 1n << 1n;
const MIE = 1n << 3n;
const SPIE = 1n << 5n;
const MPIE = 1n << 7n;
const SPP = 1n << 8n;
const MPP = 3n << 11n;
const GVA_M = 1n << 38n;
const MPV = 1n << 39n;
const GVA = 1n << 6n;
const SPV = 1n << 7n;
const SPVP = 1n << 8n;

/** Makes the vCPU enter the handler of the level that the trap belongs to. */
export function injectTrap(engine: Engine, area: number, trap: InjectedTrap): void {
  const { view } = engine;
  const read = (name: CsrName): bigint => engine.csrRead(area, csrByName[name]);
  const write = (name: CsrName, value: bigint): void => engine.csrWrite(area, csrByName[name], value);
  const owned = view.getUint32(area + OWNED, true);
  const privilege = view.getUint32(area + PRIV, true);
  const virtual = view.getUint32(area + VIRT, true) !== 0;
  const pc = view.getBigUint64(area + PC, true);
  const delegated = (name: CsrName): boolean => (read(name) & (1n << BigInt(trap.cause))) !== 0n;
  const target = targetLevel();

  function targetLevel(): Target {
    if ((owned & OWN_HS) !== 0) return 'vs';
    if ((owned & OWN_M) === 0 && (privilege === 3 || !delegated('medeleg'))) return 'm';
    return virtual && delegated('hedeleg') ? 'vs' : 'hs';
  }

  /** Stacks SIE and the privilege level in a status register of S format. */
  function enterSupervisor(status: 'sstatus' | 'vsstatus'): void {
    const old = read(status);
    write(status, (old & ~(SIE | SPIE | SPP)) | (old & SIE ? SPIE : 0n) | (privilege !== 0 ? SPP : 0n));
  }

  switch (target) {
    case 'vs':
      enterSupervisor('vsstatus');
      write('vsepc', pc);
      write('vscause', BigInt(trap.cause));
      write('vstval', trap.tval);
      enter('vstvec', 1, 1);
      break;
    case 'hs': {
      enterSupervisor('sstatus');
      const hstatus = read('hstatus') & ~(GVA | SPV | (virtual ? SPVP : 0n));
      const gva = virtual && trap.isAddress ? GVA : 0n;
      write('hstatus', hstatus | gva | (virtual ? SPV : 0n) | (virtual && privilege !== 0 ? SPVP : 0n));
      write('sepc', pc);
      write('scause', BigInt(trap.cause));
      write('stval', trap.tval);
      write('htval', 0n);
      write('htinst', 0n);
      enter('stvec', 1, 0);
      break;
    }
    case 'm': {
      const old = read('mstatus') & ~(GVA_M | MPV);
      const stacked = (old & ~(MIE | MPIE | MPP)) | (old & MIE ? MPIE : 0n) | (BigInt(privilege) << 11n);
      write('mstatus', stacked | (virtual ? MPV | (trap.isAddress ? GVA_M : 0n) : 0n));
      write('mepc', pc);
      write('mcause', BigInt(trap.cause));
      write('mtval', trap.tval);
      write('mtval2', 0n);
      write('mtinst', 0n);
      enter('mtvec', 3, 0);
      break;
    }
  }

  function enter(vector: CsrName, level: number, v: number): void {
    view.setBigUint64(area + PC, read(vector) & ~3n, true);
    view.setUint32(area + PRIV, level, true);
    view.setUint32(area + VIRT, v, true);
  }
}
