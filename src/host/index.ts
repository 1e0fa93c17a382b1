// The public face of the host machine.
export {
  GIGAPAGE_SIZE,
  type GuestPhysAddr,
  type GuestVirtAddr,
  HOST_END,
  HOST_MMIO,
  type HostPhysAddr,
  MEGAPAGE_SIZE,
  PAGE_SIZE,
} from './address.js';
export { type Clock, DEFAULT_TIMEBASE, ManualClock } from './clock.js';
export { Hart } from './hart.js';
export {
  attachHost,
  attachTranslator,
  type EntropySource,
  HostMachine,
  type HostMachineOptions,
  type HostParts,
  type HostShare,
  type HostView,
} from './host.js';
export { HostMemory } from './memory.js';
export { PageAllocator } from './page-allocator.js';
