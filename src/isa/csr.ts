// The control and status registers of RV64: names and numbers. Priv. ISA, "CSR Listing"; the number says who may access
// a CSR (bits 9:8: least privilege, 2 standing for HS) and whether it can be written (bits 11:10 are 3: no), "CSR Address Mapping
// Conventions".

type Digit = '0' | '1' | '2' | '3' | '4' | '5' | '6' | '7' | '8' | '9';
type Hpm = Exclude<Digit, '0' | '1' | '2'> | `1${Digit}` | `2${Digit}` | '30' | '31';
type PmpAddr = Digit | `${'1' | '2' | '3' | '4' | '5'}${Digit}` | '60' | '61' | '62' | '63';
type EvenPmpCfg = '0' | '2' | '4' | '6' | '8' | '10' | '12' | '14';

const named = {
  // Unprivileged
  fflags: 0x001,
  frm: 0x002,
  fcsr: 0x003,
  vstart: 0x008,
  vxsat: 0x009,
  vxrm: 0x00a,
  vcsr: 0x00f,
  ssp: 0x011,
  seed: 0x015,
  cycle: 0xc00,
  time: 0xc01,
  instret: 0xc02,
  vl: 0xc20,
  vtype: 0xc21,
  vlenb: 0xc22,
  // Supervisor
  sstatus: 0x100,
  sie: 0x104,
  stvec: 0x105,
  scounteren: 0x106,
  senvcfg: 0x10a,
  sstateen0: 0x10c,
  sstateen1: 0x10d,
  sstateen2: 0x10e,
  sstateen3: 0x10f,
  scountinhibit: 0x120,
  sscratch: 0x140,
  sepc: 0x141,
  scause: 0x142,
  stval: 0x143,
  sip: 0x144,
  stimecmp: 0x14d,
  sctrctl: 0x14e,
  sctrstatus: 0x14f,
  siselect: 0x150,
  sireg: 0x151,
  sireg2: 0x152,
  sireg3: 0x153,
  sireg4: 0x155,
  sireg5: 0x156,
  sireg6: 0x157,
  stopei: 0x15c,
  sctrdepth: 0x15f,
  satp: 0x180,
  srmcfg: 0x181,
  scontext: 0x5a8,
  stopi: 0xdb0,
  scountovf: 0xda0,
  // Virtual supervisor
  vsstatus: 0x200,
  vsie: 0x204,
  vstvec: 0x205,
  vsscratch: 0x240,
  vsepc: 0x241,
  vscause: 0x242,
  vstval: 0x243,
  vsip: 0x244,
  vstimecmp: 0x24d,
  vsctrctl: 0x24e,
  vsiselect: 0x250,
  vsireg: 0x251,
  vsireg2: 0x252,
  vsireg3: 0x253,
  vsireg4: 0x255,
  vsireg5: 0x256,
  vsireg6: 0x257,
  vstopei: 0x25c,
  vsatp: 0x280,
  vstopi: 0xeb0,
  // Hypervisor
  hstatus: 0x600,
  hedeleg: 0x602,
  hideleg: 0x603,
  hie: 0x604,
  htimedelta: 0x605,
  hcounteren: 0x606,
  hgeie: 0x607,
  hvien: 0x608,
  hvictl: 0x609,
  henvcfg: 0x60a,
  hstateen0: 0x60c,
  hstateen1: 0x60d,
  hstateen2: 0x60e,
  hstateen3: 0x60f,
  htval: 0x643,
  hip: 0x644,
  hvip: 0x645,
  hviprio1: 0x646,
  hviprio2: 0x647,
  htinst: 0x64a,
  hgatp: 0x680,
  hcontext: 0x6a8,
  hgeip: 0xe12,
  // Machine
  mvendorid: 0xf11,
  marchid: 0xf12,
  mimpid: 0xf13,
  mhartid: 0xf14,
  mconfigptr: 0xf15,
  mtopi: 0xfb0,
  mstatus: 0x300,
  misa: 0x301,
  medeleg: 0x302,
  mideleg: 0x303,
  mie: 0x304,
  mtvec: 0x305,
  mcounteren: 0x306,
  mvien: 0x308,
  mvip: 0x309,
  menvcfg: 0x30a,
  mstateen0: 0x30c,
  mstateen1: 0x30d,
  mstateen2: 0x30e,
  mstateen3: 0x30f,
  mcountinhibit: 0x320,
  mcyclecfg: 0x321,
  minstretcfg: 0x322,
  mscratch: 0x340,
  mepc: 0x341,
  mcause: 0x342,
  mtval: 0x343,
  mip: 0x344,
  mtinst: 0x34a,
  mtval2: 0x34b,
  mctrctl: 0x34e,
  miselect: 0x350,
  mireg: 0x351,
  mireg2: 0x352,
  mireg3: 0x353,
  mireg4: 0x355,
  mireg5: 0x356,
  mireg6: 0x357,
  mtopei: 0x35c,
  mseccfg: 0x747,
  mnscratch: 0x740,
  mnepc: 0x741,
  mncause: 0x742,
  mnstatus: 0x744,
  mcycle: 0xb00,
  minstret: 0xb02,
  // Debug and trigger
  tselect: 0x7a0,
  tdata1: 0x7a1,
  tdata2: 0x7a2,
  tdata3: 0x7a3,
  tinfo: 0x7a4,
  tcontrol: 0x7a5,
  mcontext: 0x7a8,
  mscontext: 0x7aa,
  dcsr: 0x7b0,
  dpc: 0x7b1,
  dscratch0: 0x7b2,
  dscratch1: 0x7b3,
} as const;

/** The name of a CSR of RV64, as assemblers spell it. */
export type CsrName =
  | keyof typeof named
  | `hpmcounter${Hpm}`
  | `mhpmcounter${Hpm}`
  | `mhpmevent${Hpm}`
  | `pmpcfg${EvenPmpCfg}`
  | `pmpaddr${PmpAddr}`;

/** Rows of CSRs: the name's prefix, the number of the first, the first and the last index, and the step between them. */
const rows: readonly (readonly [string, number, number, number, number])[] = [
  ['hpmcounter', 0xc03, 3, 31, 1],
  ['mhpmcounter', 0xb03, 3, 31, 1],
  ['mhpmevent', 0x323, 3, 31, 1],
  ['pmpcfg', 0x3a0, 0, 14, 2],
  ['pmpaddr', 0x3b0, 0, 63, 1],
];

function withRows(): Readonly<Record<CsrName, number>> {
  const all: Record<string, number> = { ...named };
  for (const [prefix, number, first, last, step] of rows) {
    for (let n = first; n <= last; n += step) all[`${prefix}${n}`] = number + n - first;
  }
  return all as Readonly<Record<CsrName, number>>;
}

/** CSR number by name. */
export const csrByName = withRows();

/** Is this the name of a CSR? */
export function isCsrName(name: string): name is CsrName {
  return Object.hasOwn(csrByName, name);
}
