// A kernel or firmware file of any kind, recognised by its content: ELF, Linux Image, or raw bytes; compressed or not.

import { HypercraftError } from '../isa/error.js';
import { type BootFile, headOf, isBootFile } from './boot-file.js';
import { type ElfFile, isElf, parseElf } from './elf.js';
import { type LinuxImageHeader, readLinuxImageHeader } from './image.js';
import type { SymbolTable } from './symbols.js';
import { isWrapped, unwrap } from './unwrap.js';

/** Of a file by the piece, what its kind can be told by. */
const HEAD = 1 << 16;

/** A boot file as its content shows it. Where it is a `file`, that is what has its content, and `bytes` are none. */
export type LoadedImage =
  | { readonly kind: 'elf'; readonly elf: ElfFile; readonly symbols: SymbolTable }
  | { readonly kind: 'linux'; readonly header: LinuxImageHeader; readonly bytes: Uint8Array; readonly file?: BootFile }
  | { readonly kind: 'raw'; readonly bytes: Uint8Array; readonly file?: BootFile };

/**
 * Reads a boot file: takes off compression and tells what is inside. Anything unknown is a raw binary.
 *
 * @throws HypercraftError `IMAGE_EMPTY`, or what {@link unwrap}, {@link parseElf} and {@link readLinuxImageHeader} throw.
 */
export async function loadImage(file: Uint8Array | BootFile): Promise<LoadedImage> {
  if (isBootFile(file)) return loadFile(file);
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

/** What is an ELF file, or wrapped, is read as a whole. */
async function loadFile(file: BootFile): Promise<LoadedImage> {
  const head = headOf(file, HEAD);
  if (head.length === 0) throw new HypercraftError('IMAGE_EMPTY', 'the file is empty');
  if (isElf(head) || isWrapped(head)) return loadImage(headOf(file, file.size));
  const header = readLinuxImageHeader(head, file.size);
  const bytes = new Uint8Array(0);
  return header ? { kind: 'linux', header, bytes, file } : { kind: 'raw', bytes, file };
}
