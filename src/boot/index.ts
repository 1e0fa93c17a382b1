// The public face of the boot floor: loaders, device trees, initramfs and guest images.

export { alignDown, alignUp } from './address.js';
export {
  type CpioEntry,
  readCpio,
  S_IFBLK,
  S_IFCHR,
  S_IFDIR,
  S_IFLNK,
  S_IFMT,
  S_IFREG,
  writeCpio,
} from './archive/cpio.js';
export { readDeb } from './archive/deb.js';
export { readTar, type TarEntry, type TarHeader } from './archive/tar.js';
export type { BootFile } from './boot-file.js';
export { crc32 } from './crc32.js';
export {
  DEFAULT_MODULES,
  type GuestImage,
  IMAGE_NAMES,
  type ImageCheck,
  type ImageName,
  type ImageStatus,
  ImageStore,
  type PullOptions,
} from './debian/image-store.js';
export { debianMirrors, parseDeb822Sources, parseSourcesList, withoutSlash } from './debian/mirror.js';
export type {
  FetchAnswer,
  Fetcher,
  FetchRequest,
  Hasher,
  ImagePlatform,
  OnProgress,
  Progress,
  Store,
  StoreWriter,
  TransferOptions,
} from './debian/ports.js';
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
export { HELLO_BASE, HELLO_TICKS, helloImage } from './hello.js';
export type { HtifPlace, SignatureRange } from './htif.js';
export { type LinuxImageHeader, readLinuxImageHeader } from './image.js';
export { buildInitramfs, INIT_SCRIPT, type InitramfsParts } from './initramfs.js';
export { type LoadedImage, loadImage } from './kernel.js';
export {
  type ChosenDescription,
  describeCpu,
  FINISHER_PHANDLE,
  type InterruptingWindow,
  type MachineDescription,
  type MachineMode,
  type MmuType,
  PLIC_PHANDLE,
  type RegisterWindow,
  virtMachine,
} from './machine-description.js';
export { type KernelModule, type ModuleFile, selectModules } from './modules.js';
export { type BootPlan, type BootSegment, type PlaceRequest, placeBoot } from './place.js';
export { type BootFiles, planBoot } from './plan.js';
export { type GuestSymbol, type SymbolPlace, SymbolTable } from './symbols.js';
export { UNWRAP_LIMIT, type Unwrapped, unwrap } from './unwrap.js';
