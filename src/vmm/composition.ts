// The three compositions: which privilege levels the monitor owns, and the control registers that go with it. A guest of
// `hypervisor` runs in VS as under a hypervisor's hedeleg and hideleg, one of `firmware` in HS as after OpenSBI, one of
// `bare` in M as after a reset (Priv. ISA, "Hypervisor Trap Delegation Registers", "Machine Trap Delegation Registers").
import { MHARTID, OWN_HS, OWN_M, OWN_TIMER, OWNED, PC, PRIV, VIRT } from '../engine/hart/layout.js';
import type { Engine } from '../engine/index.js';
import type { GuestPhysAddr } from '../host/index.js';
import { cpuFeatures } from '../isa/cpu/cpu.js';
import { type CsrName, csrByName } from '../isa/csr.js';
import { Cause, Interrupt } from './exit.js';

/** Who owns the upper privilege levels: the monitor M and HS, the monitor M, or the guest all of them. */
export type Composition = 'hypervisor' | 'firmware' | 'bare';

const bits = (...numbers: number[]): bigint => numbers.reduce((set, number) => set | (1n << BigInt(number)), 0n);

const ALL_ONES = 0xffff_ffff_ffff_ffffn;
/** *envcfg.STCE: stimecmp (vstimecmp) exists for the level below. */
const STCE = bits(63);
/** *envcfg.CBZE, CBCFE and CBIE = 3: cache-block operations are allowed. */
const CACHE_BLOCKS = bits(4, 5, 6, 7);
/** *envcfg.PBMTE: page tables may say memory types. */
const PBMTE = bits(62);
/** *envcfg.ADUE: the hart sets A and D in page tables. */
const ADUE = bits(61);
/** mseccfg.SSEED: supervisors may poll the entropy source; guests ask the monitor. */
export const SSEED = bits(9);
/** menvcfg.SSE, DTE and ADUE: without them henvcfg has no such fields, and SBI could not switch them for a guest. */
const GRANTED = bits(3, 59, 61);
/** mstatus.FS: the floating-point unit is on; the guest's own sstatus or vsstatus switches it. */
const FS_DIRTY = bits(13, 14);
/** hstatus.VSXL = 64 bits. */
const VSXL_64 = bits(33);

/** What the guest's own kernel handles without anyone above it: everything that is not about the level above. */
const GUEST_EXCEPTIONS = bits(
  Cause.InstructionMisaligned,
  Cause.IllegalInstruction,
  Cause.Breakpoint,
  Cause.LoadMisaligned,
  Cause.StoreMisaligned,
  Cause.EcallFromU,
  Cause.InstructionPageFault,
  Cause.LoadPageFault,
  Cause.StorePageFault,
  Cause.SoftwareCheck,
);

const FIRMWARE_EXCEPTIONS =
  GUEST_EXCEPTIONS |
  bits(
    Cause.InstructionAccessFault,
    Cause.LoadAccessFault,
    Cause.StoreAccessFault,
    Cause.EcallFromVS,
    Cause.InstructionGuestPageFault,
    Cause.LoadGuestPageFault,
    Cause.VirtualInstruction,
    Cause.StoreGuestPageFault,
  );

const SUPERVISOR_INTERRUPTS = bits(
  Interrupt.SupervisorSoftware,
  Interrupt.SupervisorTimer,
  Interrupt.SupervisorExternal,
);

const VIRTUAL_SUPERVISOR_INTERRUPTS = bits(
  Interrupt.VirtualSupervisorSoftware,
  Interrupt.VirtualSupervisorTimer,
  Interrupt.VirtualSupervisorExternal,
);

/** Count overflow (Sscofpmf). */
const COUNTER_OVERFLOW = bits(13);

/** What firmware leaves behind for everybody: counters to read, and timers that do not fire before they are set. */
const AFTER_FIRMWARE: Partial<Record<CsrName, bigint>> = {
  mcounteren: ALL_ONES,
  hcounteren: ALL_ONES,
  mstateen0: ALL_ONES,
  hstateen0: ALL_ONES,
  menvcfg: STCE | CACHE_BLOCKS | PBMTE,
  mseccfg: SSEED,
  stimecmp: ALL_ONES,
};

interface Setup {
  readonly owned: number;
  readonly privilege: 1 | 3;
  readonly virtual: boolean;
  readonly csrs: Partial<Record<CsrName, bigint>>;
}

const SETUPS: Record<Composition, Setup> = {
  hypervisor: {
    owned: OWN_M | OWN_HS,
    privilege: 1,
    virtual: true,
    csrs: {
      ...AFTER_FIRMWARE,
      medeleg: ALL_ONES,
      mideleg: ALL_ONES,
      hedeleg: GUEST_EXCEPTIONS,
      hideleg: VIRTUAL_SUPERVISOR_INTERRUPTS | COUNTER_OVERFLOW,
      menvcfg: STCE | CACHE_BLOCKS | PBMTE | GRANTED,
      henvcfg: STCE | CACHE_BLOCKS | PBMTE,
      vstimecmp: ALL_ONES,
      hstatus: VSXL_64,
      mstatus: FS_DIRTY,
    },
  },
  firmware: {
    owned: OWN_M,
    privilege: 1,
    virtual: false,
    csrs: {
      ...AFTER_FIRMWARE,
      hcounteren: 0n,
      hstateen0: 0n,
      medeleg: FIRMWARE_EXCEPTIONS,
      mideleg:
        SUPERVISOR_INTERRUPTS |
        VIRTUAL_SUPERVISOR_INTERRUPTS |
        bits(Interrupt.SupervisorGuestExternal) |
        COUNTER_OVERFLOW,
    },
  },
  bare: { owned: 0, privilege: 3, virtual: false, csrs: {} },
};

/** Who a vCPU is. */
export interface Identity {
  readonly composition: Composition;
  /** mhartid. */
  readonly id: number;
  /** What it has, by name in lower case with all that is implied; everything that the engine has by default. */
  readonly extensions?: readonly string[] | undefined;
}

/** Puts a freshly initialised vCPU at the entry of a guest of this composition. */
export function applyComposition(engine: Engine, area: number, { composition, id, extensions }: Identity): void {
  const setup = SETUPS[composition];
  const { view } = engine;
  const has = (name: string): boolean => extensions?.includes(name) ?? true;
  // A guest of the monitor needs what the monitor runs it with, although it is not shown that.
  if (extensions)
    engine.setFeatures(area, cpuFeatures(composition === 'hypervisor' ? [...extensions, 'h'] : extensions));
  view.setBigUint64(area + MHARTID, BigInt(id), true);
  for (const [name, value] of Object.entries(setup.csrs)) engine.csrWrite(area, csrByName[name as CsrName], value);
  // Software that knows nothing of Svade finds A and D set by the hart.
  if (composition !== 'bare' && has('svadu') && !has('svade')) {
    const envcfg = csrByName[composition === 'hypervisor' ? 'henvcfg' : 'menvcfg'];
    engine.csrWrite(area, csrByName.menvcfg, engine.csrRead(area, csrByName.menvcfg) | ADUE);
    engine.csrWrite(area, envcfg, engine.csrRead(area, envcfg) | ADUE);
  }
  const timer = composition === 'bare' || has('sstc') ? 0 : OWN_TIMER;
  view.setUint32(area + OWNED, setup.owned | timer, true);
  view.setUint32(area + PRIV, setup.privilege, true);
  view.setUint32(area + VIRT, setup.virtual ? 1 : 0, true);
}

/** The bit by which an interrupt that the guest knows as `number` (1, 5 or 9) is raised: in hvip, or in mip. */
export function interruptBit(composition: Composition, number: number): { csr: CsrName; mask: bigint } {
  if (composition === 'hypervisor') return { csr: 'hvip', mask: 1n << BigInt(number + 1) };
  return { csr: 'mip', mask: 1n << BigInt(number) };
}

/** Where a vCPU starts. */
export function setEntry(engine: Engine, area: number, entry: GuestPhysAddr): void {
  engine.view.setBigUint64(area + PC, entry, true);
}
