// What the translator makes of a guest's code, by the guest's own addresses.
import type { GuestVirtAddr } from '../host/index.js';
import { type Explanation, explainRegion } from '../jit/explain.js';
import type { Host, Vm } from '../vmm/index.js';

/**
 * Guest code beside the WebAssembly it becomes: the region that begins at `va`, as hart `hart` has that address mapped now. The machine must be
 * at rest. Undefined where nothing has run yet.
 *
 * @example
 * ```ts
 * await vm.pause();
 * console.log(explainCode(host, vm, vm.vcpus[0]!.read('pc'))?.text);
 * ```
 */
export function explainCode(host: Host, vm: Vm, va: GuestVirtAddr, hart = 0): Explanation | undefined {
  const vcpu = vm.vcpus[hart];
  const gpa = vcpu?.translate(va);
  const place = gpa === undefined ? undefined : vm.nestedPageTable.translate(gpa);
  return place && explainRegion(host.engine, Number(place.hpa), va);
}
