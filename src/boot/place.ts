// Where things go in a guest's memory before its first instruction: the firmware and kernel where they ask to be, the
// device tree in the last 2 MiB, the initrd just below it. Linux, Documentation/arch/riscv/boot.rst (registers, kernel on a
// 2 MiB boundary); OpenSBI, docs/firmware/fw_dynamic.md.
//
//   memory base                                                                                memory end (or 3 GiB)
//   | firmware | (2 MiB) kernel, bss ...                       ... | initrd | device tree, 2 MiB |

import { HypercraftError } from '../isa/error.js';
import { type AddressRange, alignDown, alignUp, findOverlap, GIB, hex, KIB, MIB } from './address.js';
import { type BootFile, isBootFile } from './boot-file.js';
import { type HtifPlace, htifPlace, type SignatureRange, signatureRange } from './htif.js';
import type { LoadedImage } from './kernel.js';
import type { RegisterWindow } from './machine-description.js';
import type { SymbolTable } from './symbols.js';

/** Bytes to lie at a guest-physical address when the guest starts. All other memory is zero. */
export interface BootSegment {
  /** What it is, for messages: `kernel`, `initrd`, `device tree`. */
  readonly what: string;
  /** Guest-physical address of its first byte. */
  readonly gpa: bigint;
  /** Its content, if that is not a file's. */
  readonly bytes: Uint8Array;
  /** A file that has its content. */
  readonly file?: BootFile;
}

/** All a machine needs to start: what lies in memory, and the registers of the first hart (a0 is its id). */
export interface BootPlan {
  /** What lies in memory; no two overlap. */
  readonly segments: readonly BootSegment[];
  /** The first instruction. */
  readonly entry: bigint;
  /** Where the device tree lies; a1 at entry. */
  readonly dtbAddress: bigint;
  /** The flattened device tree as the guest finds it. */
  readonly dtb: Uint8Array;
  /** a2 at entry: OpenSBI's fw_dynamic information where there is firmware, else 0. */
  readonly a2: bigint;
  /** Guest-physical addresses of the initrd; `end` is the first byte after it. */
  readonly initrd?: { readonly start: bigint; readonly end: bigint };
  /** Of the kernel, or of the firmware where there is no kernel. Virtual addresses. */
  readonly symbols?: SymbolTable;
  /** Of the program, where its ELF file names one. */
  readonly htif?: HtifPlace;
  /** Where a test program leaves its signature, if it names one. */
  readonly signature?: SignatureRange;
}

/** What is to be placed, and where there is room. */
export interface PlaceRequest {
  /** The machine's RAM. */
  readonly memory: RegisterWindow;
  /** Runs first, in M mode, and starts the kernel. */
  readonly firmware?: LoadedImage;
  /** The kernel; without firmware it is what runs first. */
  readonly kernel?: LoadedImage;
  /** Passed to the kernel as it is. */
  readonly initrd?: Uint8Array | BootFile;
  /** Instead of just below the device tree. */
  readonly initrdAddress?: bigint;
  /** Where a raw kernel goes; 2 MiB into memory if not said. */
  readonly rawKernelAddress?: bigint;
  /** Makes the device tree, once it is known where the initrd lies. */
  readonly deviceTree: (chosen: { readonly initrd?: { readonly start: bigint; readonly end: bigint } }) => Uint8Array;
}

const KERNEL_ALIGNMENT = 2n * MIB;
const PAGE = 4n * KIB;
/** Linux maps no more than this of a device tree before its memory is set up. */
const DTB_ROOM = 2n * MIB;
const SMALL_MEMORY = 16n * MIB;
const SMALL_DTB_ROOM = 64n * KIB;
const LOW_LIMIT = 3n * GIB;
const FW_DYNAMIC_MAGIC = 0x4942534fn; // "OSBI"
const FW_DYNAMIC_VERSION = 2n;
const FW_DYNAMIC_BYTES = 48n;
const NEXT_MODE_SUPERVISOR = 1n;

interface Placed {
  readonly entry: bigint;
  readonly segments: readonly BootSegment[];
  /** What the image occupies in memory, zeros at its end included. */
  readonly ranges: readonly AddressRange[];
  readonly symbols?: SymbolTable;
  readonly htif?: HtifPlace;
  readonly signature?: SignatureRange;
}

/**
 * Lays out memory for a boot.
 *
 * @throws HypercraftError `MEMORY_TOO_SMALL`, `KERNEL_TOO_LARGE`, `INITRD_TOO_LARGE`, `DTB_TOO_LARGE`,
 * `SEGMENT_OUTSIDE_MEMORY` (an ELF linked for another address), `ENTRY_OUTSIDE_MEMORY`, `BOOT_OVERLAP`, `NOTHING_TO_BOOT`.
 */
export function placeBoot(request: PlaceRequest): BootPlan {
  const { memory } = request;
  const end = memory.base + memory.size;
  const room = memory.size >= SMALL_MEMORY ? DTB_ROOM : SMALL_DTB_ROOM;
  if (memory.size <= room) {
    throw new HypercraftError('MEMORY_TOO_SMALL', `${memory.size} bytes of memory leave no room for a guest`);
  }
  const top = memory.base < LOW_LIMIT && end > LOW_LIMIT ? LOW_LIMIT : end;
  const dtbAddress = alignDown(top - room, room);

  const firmware = request.firmware && placeImage('firmware', request.firmware, memory, memory.base);
  let firmwareEnd = 0n;
  for (const range of firmware?.ranges ?? []) if (range.end > firmwareEnd) firmwareEnd = range.end;
  const kernel = request.kernel && placeKernel(request, firmwareEnd);
  const first = firmware ?? kernel;
  if (!first) throw new HypercraftError('NOTHING_TO_BOOT', 'neither a kernel nor firmware to start');
  if (first.entry < memory.base || first.entry >= end) {
    throw new HypercraftError('ENTRY_OUTSIDE_MEMORY', `entry point ${hex(first.entry)} is not in ${inWords(memory)}`);
  }

  const initrd = placeInitrd(request, dtbAddress);
  const dtb = request.deviceTree(initrd ? { initrd } : {});
  const information = firmware ? FW_DYNAMIC_BYTES : 0n;
  if (BigInt(dtb.length) + information > room) {
    throw new HypercraftError('DTB_TOO_LARGE', `device tree of ${dtb.length} bytes; at most ${room} can be passed`);
  }
  const dtbEnd = dtbAddress + BigInt(dtb.length);

  const segments: BootSegment[] = [...(firmware?.segments ?? []), ...(kernel?.segments ?? [])];
  if (initrd) segments.push({ what: 'initrd', gpa: initrd.start, ...contentOf(request.initrd!) });
  segments.push({ what: 'device tree', gpa: dtbAddress, bytes: dtb });
  let a2 = 0n;
  if (firmware) {
    // As QEMU does: without a kernel the firmware is told to start what lies at 0, and comes up as far as that.
    a2 = dtbAddress + room - FW_DYNAMIC_BYTES;
    segments.push({ what: 'fw_dynamic information', gpa: a2, bytes: fwDynamicInformation(kernel?.entry ?? 0n) });
  }

  const overlap = findOverlap([
    ...(firmware?.ranges ?? []),
    ...(kernel?.ranges ?? []),
    ...(initrd ? [{ what: 'initrd', ...initrd }] : []),
    { what: 'device tree', start: dtbAddress, end: dtbEnd },
  ]);
  if (overlap) {
    const [a, b] = overlap.map((range) => `${range.what} (${hex(range.start)} to ${hex(range.end)})`);
    throw new HypercraftError('BOOT_OVERLAP', `${a} and ${b} overlap; more memory may help`);
  }
  const symbols = kernel?.symbols ?? firmware?.symbols;
  const htif = kernel?.htif ?? firmware?.htif;
  const signature = kernel?.signature ?? firmware?.signature;
  return {
    segments,
    entry: first.entry,
    dtbAddress,
    dtb,
    a2,
    ...(initrd && { initrd }),
    ...(symbols && { symbols }),
    ...(htif && { htif }),
    ...(signature && { signature }),
  };
}

function placeKernel(request: PlaceRequest, firmwareEnd: bigint): Placed {
  const { memory } = request;
  const kernel = request.kernel!;
  const after = alignUp(firmwareEnd, KERNEL_ALIGNMENT);
  const usual = memory.base + KERNEL_ALIGNMENT;
  let address = request.rawKernelAddress ?? usual;
  if (kernel.kind === 'linux') address = memory.base + kernel.header.textOffset;
  if (firmwareEnd > address) address = after;
  return placeImage('kernel', kernel, memory, address);
}

function placeImage(what: string, image: LoadedImage, memory: RegisterWindow, address: bigint): Placed {
  const end = memory.base + memory.size;
  if (image.kind === 'elf') {
    for (const segment of image.elf.segments) {
      const start = segment.physicalAddress;
      if (start >= memory.base && start + segment.memorySize <= end) continue;
      const range = `${hex(start)} to ${hex(start + segment.memorySize)}`;
      throw new HypercraftError('SEGMENT_OUTSIDE_MEMORY', `${what} needs ${range}, which is not in ${inWords(memory)}`);
    }
    const segments = image.elf.segments.map((segment) => ({
      what,
      gpa: segment.physicalAddress,
      bytes: segment.bytes,
    }));
    const ranges = image.elf.segments.map((segment) => ({
      what,
      start: segment.physicalAddress,
      end: segment.physicalAddress + segment.memorySize,
    }));
    const htif = htifPlace(image.elf);
    const signature = signatureRange(image.elf);
    return {
      entry: image.elf.entry,
      segments,
      ranges,
      symbols: image.symbols,
      ...(htif && { htif }),
      ...(signature && { signature }),
    };
  }
  const { bytes, file } = image;
  const size = image.kind === 'linux' ? image.header.imageSize : BigInt(file?.size ?? bytes.length);
  if (address < memory.base || address + size > end) {
    const need = `${what} needs ${size} bytes at ${hex(address)}`;
    throw new HypercraftError('KERNEL_TOO_LARGE', `${need}, which do not fit in ${inWords(memory)}`);
  }
  return {
    entry: address,
    segments: [{ what, gpa: address, ...contentOf(file ?? bytes) }],
    ranges: [{ what, start: address, end: address + size }],
  };
}

function placeInitrd(request: PlaceRequest, dtbAddress: bigint): { start: bigint; end: bigint } | undefined {
  const { memory, initrd } = request;
  if (!initrd) return undefined;
  const size = BigInt(isBootFile(initrd) ? initrd.size : initrd.length);
  if (size === 0n) return undefined;
  const start = request.initrdAddress ?? alignDown(dtbAddress - size, PAGE);
  if (start < memory.base || start + size > memory.base + memory.size) {
    throw new HypercraftError('INITRD_TOO_LARGE', `initrd of ${size} bytes does not fit in ${inWords(memory)}`);
  }
  return { start, end: start + size };
}

function contentOf(what: Uint8Array | BootFile): Pick<BootSegment, 'bytes' | 'file'> {
  return isBootFile(what) ? { bytes: new Uint8Array(0), file: what } : { bytes: what };
}

function fwDynamicInformation(next: bigint): Uint8Array {
  const view = new DataView(new ArrayBuffer(Number(FW_DYNAMIC_BYTES)));
  const fields = [FW_DYNAMIC_MAGIC, FW_DYNAMIC_VERSION, next, NEXT_MODE_SUPERVISOR, 0n, 0n];
  fields.forEach((field, i) => {
    view.setBigUint64(i * 8, field, true);
  });
  return new Uint8Array(view.buffer);
}

function inWords(memory: RegisterWindow): string {
  const size = memory.size % MIB === 0n ? `${memory.size / MIB} MiB` : `${memory.size} bytes`;
  return `the ${size} of memory at ${hex(memory.base)}`;
}
