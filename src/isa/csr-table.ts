// The control and status registers of RV64 with what their numbers say. Priv. ISA, "CSR Address Mapping Conventions".
import { type CsrName, csrByName } from './csr.js';

/** Least privilege that may access a CSR; `HS` covers the hypervisor's and the VS CSRs. */
export type CsrPrivilege = 'U' | 'S' | 'HS' | 'M';

/** A control and status register as the tables describe it. */
export interface Csr {
  /** As in the specification. */
  readonly name: CsrName;
  /** Its 12-bit address. */
  readonly number: number;
  /** The lowest level that may access it (address bits 9:8). */
  readonly privilege: CsrPrivilege;
  /** Whether writes are illegal (address bits 11:10 are 3). */
  readonly readOnly: boolean;
}

const privileges: readonly CsrPrivilege[] = ['U', 'S', 'HS', 'M'];

function describe(name: CsrName, number: number): Csr {
  return { name, number, privilege: privileges[(number >> 8) & 3]!, readOnly: number >> 10 === 3 };
}

/** Every CSR, in order of number. */
export const csrTable: readonly Csr[] = (Object.entries(csrByName) as [CsrName, number][])
  .map(([name, number]) => describe(name, number))
  .sort((a, b) => a.number - b.number);

const byNumber = new Map(csrTable.map((csr) => [csr.number, csr]));

/** What is known of a CSR number, undefined when nothing has it. */
export function csrByNumber(number: number): Csr | undefined {
  return byNumber.get(number);
}
