// hypercraft: a RISC-V virtual machine monitor library. This is the package's public face; see README.md.
import { webPlatform } from './platform/browser/platform.js';
import { setDefaultPlatform } from './vmm/index.js';

setDefaultPlatform(webPlatform);

export {
  type BootPlan,
  type BootSegment,
  buildDeviceTree,
  loadImage,
  type MachineDescription,
  type MachineMode,
  parseElf,
  planBoot,
  virtMachine,
} from './boot/index.js';
export {
  type Divergence,
  divergenceText,
  type Explanation,
  explainCode,
  type LockstepGuest,
  type LockstepOptions,
  type LockstepResult,
  type LockstepSide,
  lockstep,
} from './debug/index.js';
export { ByteRing, type DeviceState, type IrqLine, type MmioDevice } from './devices/index.js';
export {
  type Clock,
  GIGAPAGE_SIZE,
  type GuestPhysAddr,
  type GuestVirtAddr,
  type HostPhysAddr,
  ManualClock,
  MEGAPAGE_SIZE,
  PAGE_SIZE,
} from './host/index.js';
export { type ErrorCode, HypercraftError } from './isa/error.js';
export { assemble, type CsrName, disassemble, type Fpr, type Gpr } from './isa/index.js';
export { type WebPlatformOptions, webPlatform } from './platform/browser/platform.js';
export {
  type AssignOptions,
  Cause,
  type Composition,
  type CreateVcpuOptions,
  type Determinism,
  type ForkOptions,
  GuestMemory,
  type HartOptions,
  Host,
  HostDevice,
  type HostDeviceName,
  type HostOptions,
  hostDeviceNode,
  Interrupt,
  type Mapping,
  NestedPageTable,
  type NestedPageTableLike,
  type NestedPageTableOptions,
  type NestedPagingMode,
  openSnapshot,
  type PendingExit,
  PerCpu,
  type Permission,
  type Platform,
  type ReceiveOptions,
  type Register,
  type RestoreOptions,
  Sbi,
  SbiError,
  type SbiExtension,
  type SchedulerOptions,
  type Share,
  type SnapshotDescription,
  type SnapshotSource,
  type TracedExit,
  type Translation,
  type UserDevice,
  VCpu,
  type VCpuState,
  Vm,
  type VmConfig,
  type VmEnd,
  type VmEvents,
  type VmExit,
  type VmStats,
} from './vmm/index.js';
