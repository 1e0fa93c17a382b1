// A kernel or firmware file of any kind, recognised by its content: ELF, Linux Image, or raw bytes; compressed or not.

import { HypercraftError } from '../isa/error.js';
import { type ElfFile, isElf, parseElf } from './elf.js';
import { type LinuxImageHeader, readLinuxImageHeader } from './image.js';
import type { SymbolTable } from './symbols.js';
import { unwrap } from './unwrap.js';

/** A boot file as its content shows it. */
export type LoadedImage =
  | { readonly kind: 'elf'; readonly elf: ElfFile; readonly symbols: SymbolTable }
  | { readonly kind: 'linux'; readonly header: LinuxImageHeader; readonly bytes: Uint8Array }
  | { readonly kind: 'raw'; readonly bytes: Uint8Array };

/**
 * Reads a boot file: takes off compression and tells what is inside. Anything unknown is a raw binary.
 *
 * @throws HypercraftError `IMAGE_EMPTY`, or what {@link unwrap}, {@link parseElf} and {@link readLinuxImageHeader} throw.
 */
export async function loadImage(file: Uint8Array): Promise<LoadedImage> {
  const { bytes } = await unwrap(file);
  if (bytes.length === 0) throw new HypercraftError('IMAGE_EMPTY', 'the file is empty');
  if (isElf(bytes)) {
    const elf = parseElf(bytes);
    return { kind: 'elf', elf, symbols: elf.symbols };
  }
  const header = readLinuxImageHeader(bytes);
  if (header) return { kind: 'linux', header, bytes };
  return { kind: 'raw', bytes };
}
