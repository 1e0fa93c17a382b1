// Detection of the hypervisor extension, as the original's `detect_h_extension` does it: read hgatp (0x680) on a hart and
// see whether it raises an illegal-instruction exception.
import { EXIT_CAUSE, EXIT_REASON, EXIT_TRAP, OWN_M, OWNED, PC, PRIV, VIRT } from '../engine/hart/layout.js';
import type { Engine } from '../engine/index.js';

/** `csrr a0, hgatp` and an `ecall`, which reports that the read went through. */
const PROBE = [0x6800_2573, 0x0000_0073];
const MACHINE_ECALL = 11n;

/**
 * Runs the probe on a scratch vCPU at `area` with its code in the page at `page`, and says whether hgatp exists.
 */
export function detectHypervisorExtension(engine: Engine, area: number, page: number): boolean {
  PROBE.forEach((word, index) => {
    engine.view.setUint32(page + index * 4, word, true);
  });
  engine.invalidateCode(page, PROBE.length * 4);
  engine.initVcpu(area);
  engine.view.setUint32(area + OWNED, OWN_M, true);
  // M-mode needs no PMP entry to fetch, so the probe also runs on a hart that has nothing configured.
  engine.view.setUint32(area + PRIV, 3, true);
  engine.view.setUint32(area + VIRT, 0, true);
  engine.view.setBigUint64(area + PC, BigInt(page), true);
  engine.run(area, PROBE.length);
  if (engine.view.getUint32(area + EXIT_REASON, true) !== EXIT_TRAP) return false;
  const cause = engine.view.getBigUint64(area + EXIT_CAUSE, true);
  return cause === MACHINE_ECALL;
}
