// The fields of status, configuration and address-translation CSRs on RV64: name, lowest bit, width. Priv. ISA, the register
// figures of "Machine-Level ISA", "Supervisor-Level ISA" and '"H" Extension for Hypervisor Support'.

import type { CsrName } from './csr.js';
import { HypercraftError } from './error.js';

/** A field of a control and status register. */
export interface CsrField {
  /** As in the specification. */
  readonly name: string;
  /** Its lowest bit. */
  readonly shift: number;
  /** Bits. */
  readonly width: number;
}

/** `SIE 1` is one bit, `FS 13:14` two from bit 13 on. */
function fields(text: string): readonly CsrField[] {
  return text
    .trim()
    .split(/\s*[,\n]\s*/)
    .map((part) => {
      const [name, bits] = part.split(' ');
      const [low, high] = bits!.split(':').map(Number);
      return { name: name!, shift: low!, width: (high ?? low!) - low! + 1 };
    });
}

const sstatus = `SIE 1, SPIE 5, UBE 6, SPP 8, VS 9:10, FS 13:14, XS 15:16, SUM 18, MXR 19, SPELP 23, SDT 24, UXL 32:33, SD 63`;
const envcfg = 'FIOM 0, LPE 2, SSE 3, CBIE 4:5, CBCFE 6, CBZE 7, PMM 32:33';
const hypervisorEnvcfg = `${envcfg}, DTE 59, ADUE 61, PBMTE 62, STCE 63`;
const supervisorPending = 'SSI 1, STI 5, SEI 9, LCOFI 13';
const virtualPending = 'VSSI 2, VSTI 6, VSEI 10';
const machinePending = `SSI 1, VSSI 2, MSI 3, STI 5, VSTI 6, MTI 7, SEI 9, VSEI 10, MEI 11, SGEI 12, LCOFI 13`;
const stateen =
  'C 0, FCSR 1, JVT 2, CTR 54, SRMCFG 55, P1P13 56, CONTEXT 57, IMSIC 58, AIA 59, CSRIND 60, ENVCFG 62, SE0 63';
const cause = 'CODE 0:62, INTERRUPT 63';
const tvec = 'MODE 0:1, BASE 2:63';

/** The fields of the CSRs that have them. */
export const csrFields = {
  fcsr: fields('NX 0, UF 1, OF 2, DZ 3, NV 4, FRM 5:7'),
  mstatus: fields(
    `SIE 1, MIE 3, SPIE 5, UBE 6, MPIE 7, SPP 8, VS 9:10, MPP 11:12, FS 13:14, XS 15:16, MPRV 17, SUM 18, MXR 19, TVM 20,
    TW 21, TSR 22, SPELP 23, SDT 24, UXL 32:33, SXL 34:35, SBE 36, MBE 37, GVA 38, MPV 39, MPELP 41, MDT 42, SD 63`,
  ),
  sstatus: fields(sstatus),
  vsstatus: fields(sstatus),
  hstatus: fields(
    'VSBE 5, GVA 6, SPV 7, SPVP 8, HU 9, VGEIN 12:17, VTVM 20, VTW 21, VTSR 22, HUKTE 24, VSXL 32:33, HUPMM 48:49',
  ),
  mnstatus: fields('NMIE 3, MNPV 7, MNPELP 9, MNPP 11:12'),
  satp: fields('PPN 0:43, ASID 44:59, MODE 60:63'),
  vsatp: fields('PPN 0:43, ASID 44:59, MODE 60:63'),
  hgatp: fields('PPN 0:43, VMID 44:57, MODE 60:63'),
  menvcfg: fields(`${hypervisorEnvcfg}, CDE 60`),
  henvcfg: fields(hypervisorEnvcfg),
  senvcfg: fields(`${envcfg}, UKTE 8`),
  mseccfg: fields('MML 0, MMWP 1, RLB 2, USEED 8, SSEED 9, MLPE 10, PMM 32:33'),
  mie: fields(machinePending),
  mip: fields(machinePending),
  sie: fields(supervisorPending),
  sip: fields(supervisorPending),
  vsie: fields(supervisorPending),
  vsip: fields(supervisorPending),
  hie: fields(`${virtualPending}, SGEI 12`),
  hip: fields(`${virtualPending}, SGEI 12`),
  hvip: fields(virtualPending),
  mcause: fields(cause),
  scause: fields(cause),
  vscause: fields(cause),
  mtvec: fields(tvec),
  stvec: fields(tvec),
  vstvec: fields(tvec),
  mstateen0: fields(stateen),
  hstateen0: fields(stateen),
  sstateen0: fields('C 0, FCSR 1, JVT 2'),
} as const satisfies Partial<Record<CsrName, readonly CsrField[]>>;

/** A CSR whose fields are described. */
export type FieldedCsr = keyof typeof csrFields;

/**
 * The field of a CSR.
 *
 * @throws HypercraftError `CSR_FIELD_UNKNOWN`
 */
export function csrField(csr: FieldedCsr, name: string): CsrField {
  const field = csrFields[csr].find((f) => f.name === name);
  if (!field) throw new HypercraftError('CSR_FIELD_UNKNOWN', `${csr} has no field ${name}`);
  return field;
}

/** The value of one field in the value of a CSR. @example getField('mstatus', 'MPP', mstatus) */
export function getField(csr: FieldedCsr, name: string, value: bigint): bigint {
  const { shift, width } = csrField(csr, name);
  return BigInt.asUintN(width, value >> BigInt(shift));
}

/** The value of a CSR with one field replaced. */
export function withField(csr: FieldedCsr, name: string, value: bigint, to: bigint): bigint {
  const { shift, width } = csrField(csr, name);
  const mask = (2n ** BigInt(width) - 1n) << BigInt(shift);
  return BigInt.asUintN(64, (value & ~mask) | ((to << BigInt(shift)) & mask));
}

/** A CSR's value as text, its fields that are not 0: `SIE SPP FS=3`. */
export function describeCsr(csr: FieldedCsr, value: bigint): string {
  const parts = csrFields[csr].flatMap(({ name, width }) => {
    const field = getField(csr, name, value);
    if (field === 0n) return [];
    return width === 1 ? [name] : [`${name}=${field < 10n ? field : `0x${field.toString(16)}`}`];
  });
  return parts.join(' ');
}
