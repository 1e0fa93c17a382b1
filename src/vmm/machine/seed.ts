// The entropy source of a guest in VS mode. There an access to the seed CSR always traps, even where supervisors may poll it, so that
// a hypervisor can answer. Unpriv. ISA, "Entropy Source", "Access Control to seed".
import { csrByName } from '../../isa/csr.js';
import { gprNames } from '../../isa/registers.js';
import type { VCpu } from '../vcpu.js';

const SYSTEM = 0x73;
const SUPERVISOR = 1;
const INSTRUCTION_BYTES = 4;

/** Answers the pending virtual-instruction exit of a kernel that polls the source; false if it is something else. */
export function answerSeed(vcpu: VCpu, instruction: number): boolean {
  const reads = (instruction & 0x7f) === SYSTEM && ((instruction >>> 12) & 3) !== 0;
  if (!reads || instruction >>> 20 !== csrByName.seed || vcpu.privilege !== SUPERVISOR) return false;
  vcpu.write(gprNames[(instruction >>> 7) & 31]!, vcpu.read('seed'));
  vcpu.advancePc(INSTRUCTION_BYTES);
  return true;
}
