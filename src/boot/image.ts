// The header of a Linux RISC-V `Image`: where it wants to lie and how much memory it takes.
// Linux, Documentation/arch/riscv/boot-image-header.rst; EFI-stub images start with 'MZ' and are also PE files.

import { HypercraftError } from '../isa/error.js';

const HEADER_BYTES = 64;
const MAGIC = 0x5643534952n; // "RISCV\0\0\0", deprecated but still written
const MAGIC2 = 0x05435352; // "RSC\x05"
const FLAG_BIG_ENDIAN = 1n;
const PE_MAGIC = 0x4550; // "PE\0\0"
const PE_HEADER_BYTES = 24;
const SECTION_BYTES = 40;

/** What the header of a Linux Image says. */
export interface LinuxImageHeader {
  /** Offset of the image from the start of memory; 2 MiB on riscv64. */
  readonly textOffset: bigint;
  /** Memory the kernel occupies from its first byte, bss included; never less than the file. */
  readonly imageSize: bigint;
  /** Bit 0 says big-endian; no other is defined. */
  readonly flags: bigint;
  /** Header version, major and minor. */
  readonly version: readonly [number, number];
  /** Also a PE file that firmware with UEFI could start. */
  readonly efiStub: boolean;
}

/**
 * The header of `bytes`, or undefined where they are no Linux Image for RISC-V.
 *
 * @param size of the file, if `bytes` are only its beginning
 * @throws HypercraftError `IMAGE_ENDIAN` for a big-endian kernel, `IMAGE_HEADER` for an impossible size or offset,
 * `IMAGE_TRUNCATED` for an EFI-stub kernel whose end is missing.
 */
export function readLinuxImageHeader(bytes: Uint8Array, size: number = bytes.length): LinuxImageHeader | undefined {
  if (bytes.length < HEADER_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0x38, true) !== MAGIC2 && view.getBigUint64(0x30, true) !== MAGIC) return undefined;
  const flags = view.getBigUint64(0x18, true);
  if (flags & FLAG_BIG_ENDIAN) throw new HypercraftError('IMAGE_ENDIAN', 'a big-endian Linux kernel');
  const textOffset = view.getBigUint64(0x08, true);
  const declaredSize = view.getBigUint64(0x10, true);
  if (textOffset >= 1n << 40n || declaredSize >= 1n << 40n) {
    throw new HypercraftError('IMAGE_HEADER', 'Linux Image header with an impossible size or offset');
  }
  const efiStub = bytes[0] === 0x4d && bytes[1] === 0x5a;
  if (efiStub && sectionsEnd(view) > size) {
    throw new HypercraftError('IMAGE_TRUNCATED', `Linux Image cut short: the file has ${size} bytes`);
  }
  const version = view.getUint32(0x20, true);
  const fileSize = BigInt(size);
  return {
    textOffset,
    imageSize: declaredSize > fileSize ? declaredSize : fileSize,
    flags,
    version: [version >>> 16, version & 0xffff],
    efiStub,
  };
}

/**
 * Where the sections of the PE file end that an Image with EFI stub is, too: the header above does not tell how long the file
 * is. 0 where there is no PE header at all; whatever lies behind the end of the file is past it.
 */
function sectionsEnd(view: DataView): number {
  const pe = view.getUint32(0x3c, true);
  if (pe < HEADER_BYTES) return 0;
  if (pe + PE_HEADER_BYTES > view.byteLength) return pe + PE_HEADER_BYTES;
  if (view.getUint32(pe, true) !== PE_MAGIC) return 0;
  const count = view.getUint16(pe + 6, true);
  const table = pe + PE_HEADER_BYTES + view.getUint16(pe + 20, true);
  let end = table + count * SECTION_BYTES;
  if (end > view.byteLength) return end;
  for (let at = table; at < table + count * SECTION_BYTES; at += SECTION_BYTES) {
    end = Math.max(end, view.getUint32(at + 16, true) + view.getUint32(at + 20, true));
  }
  return end;
}
