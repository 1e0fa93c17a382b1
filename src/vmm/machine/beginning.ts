// A machine's harts as they are before the first instruction.
import { BELL, ENTROPY_STATE, TIME_OFFSET, VM_BASE } from '../../engine/hart/layout.js';
import type { Engine } from '../../engine/index.js';
import { SSEED } from '../composition.js';
import type { Sbi } from '../sbi/index.js';
import type { VCpu } from '../vcpu.js';
import type { MachineConfig } from './config.js';
import type { Member } from './member.js';

/** Tells a vCPU's area where its machine and the bell of its thread lie, which has that seat, and when its time begins. */
export function configureVcpu(
  { view }: Engine,
  { bells, vmBlock, virtualTime, seed = 0n }: MachineConfig,
  { area, id }: VCpu,
  { beginning, seat }: { readonly beginning: bigint; readonly seat: number },
): void {
  view.setUint32(area + VM_BASE, vmBlock, true);
  if (bells.length > 1) view.setUint32(area + BELL, bells[seat]!, true);
  // With virtual time the entropy source is drawn from the seed, for each hart from another place.
  if (virtualTime !== undefined) view.setBigUint64(area + ENTROPY_STATE, seed ^ BigInt(id + 1), true);
  else view.setBigUint64(area + TIME_OFFSET, beginning, true);
}

/** The first hart at the entry; the others stopped, or in `bare` running the same code. */
export function startHarts({ entry, a1, a2 }: MachineConfig, members: readonly Member[], sbi: Sbi | undefined): void {
  for (const { vcpu, hart } of members) {
    vcpu.entry = entry;
    vcpu.write('a0', BigInt(vcpu.id));
    vcpu.write('a1', a1);
    vcpu.write('a2', a2);
    // The device tree says that supervisors may poll the entropy source; firmware older than Zkr, which a2 is for, would not let them. The
    // value after a reset is an implementation's choice, and a program without firmware finds that of the reference models.
    if (sbi === undefined && a2 !== 0n) vcpu.write('mseccfg', SSEED);
    if (vcpu.id === 0) sbi?.start(hart, entry, a1);
  }
}
