// The public face of the virtual machine monitor.
export type { JitFigures, JitStore } from '../jit/index.js';
export { applyComposition, type Composition } from './composition.js';
export * from './exit.js';
export { GuestMemory } from './guest-memory.js';
export type { HartOptions } from './hart/messages.js';
export { type ServeChannel, serveHart } from './hart/serve.js';
export { Host, type HostOptions, setDefaultPlatform } from './host.js';
export type { TracedExit } from './machine/config.js';
export type { MigrateOptions, MigrationReport, MigrationStream } from './migrate/index.js';
export { type BusDevice, type BusRegion, MmioBus } from './mmio-bus.js';
export { decodeFetched, decodeTransformed, type MmioAccess } from './mmio-decode.js';
export { type Mapping, NestedPageTable, type NestedPageTableOptions } from './nested-page-table.js';
export type { NestedPageTableLike, NestedPagingMode, Permission, Translation } from './nested-pte.js';
export {
  type AssignOptions,
  HOST_DEVICES,
  HostDevice,
  type HostDeviceName,
  hostDeviceNode,
} from './passthrough/index.js';
export { type CreateVcpuOptions, PerCpu } from './per-cpu.js';
export * from './sbi/index.js';
export { POLICY_NAMES, type PolicyName, type SchedulerOptions, type Share } from './scheduler/index.js';
export type { ByteSource, OpenBacking } from './snapshot/backing.js';
export {
  type OpenedSnapshot,
  openSnapshot,
  type SnapshotDescription,
  type SnapshotSource,
} from './snapshot/snapshot.js';
export { type Register, VCpu, type VCpuOptions } from './vcpu.js';
export { VCPU_STATE_VERSION, type VCpuState } from './vcpu-state.js';
export type { MachineWorker, Platform } from './vm/platform.js';
export {
  type Determinism,
  type ForkOptions,
  type ReceiveOptions,
  type RestoreOptions,
  type UserDevice,
  Vm,
  type VmConfig,
  type VmEvents,
  type VmStats,
} from './vm/vm.js';
