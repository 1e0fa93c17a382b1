// The public face of the boot floor: loaders, device trees, initramfs and guest images.

export { alignDown, alignUp } from './address.js';
export { type CompressionFormat, decompress, decompressBytes, detectCompression } from './decompress.js';
export { amendChosen, buildDeviceTree, describeMachine, hartInterruptPhandle } from './device-tree.js';
export { formatDts } from './dts.js';
export { type ElfFile, type ElfSegment, isElf, parseElf } from './elf.js';
export {
  type Fdt,
  type FdtNode,
  type FdtReadNode,
  type FdtReservation,
  type FdtValue,
  readFdt,
  writeFdt,
} from './fdt.js';
export { type LinuxImageHeader, readLinuxImageHeader } from './image.js';
export { type LoadedImage, loadImage } from './kernel.js';
export {
  BASE_EXTENSIONS,
  type ChosenDescription,
  FINISHER_PHANDLE,
  type InterruptingWindow,
  isaString,
  type MachineDescription,
  type MachineMode,
  type MmuType,
  PLIC_PHANDLE,
  type RegisterWindow,
  virtMachine,
} from './machine-description.js';
export { type BootPlan, type BootSegment, type PlaceRequest, placeBoot } from './place.js';
export { type BootFiles, planBoot } from './plan.js';
export { type GuestSymbol, type SymbolPlace, SymbolTable } from './symbols.js';
export { UNWRAP_LIMIT, type Unwrapped, unwrap } from './unwrap.js';
