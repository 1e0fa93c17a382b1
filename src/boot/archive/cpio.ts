// The cpio archive in its "newc" form, which is what Linux unpacks as its initramfs. Linux,
// Documentation/driver-api/early-userspace/buffer-format.rst.

import { HypercraftError } from '../../isa/error.js';

const MAGIC = '070701';
const MAGIC_CRC = '070702';
const HEADER_BYTES = 110;
const TRAILER = 'TRAILER!!!';
const MAX_PATH = 4096;
const BLOCK = 512;

/** File types in a mode, as stat(2) has them. */
export const S_IFMT = 0o170000;
/** A directory. */
export const S_IFDIR = 0o040000;
/** A character device. */
export const S_IFCHR = 0o020000;
/** A block device. */
export const S_IFBLK = 0o060000;
/** A regular file. */
export const S_IFREG = 0o100000;
/** A symbolic link. */
export const S_IFLNK = 0o120000;

/** A file of a cpio archive. */
export interface CpioEntry {
  /** Relative to the root, without a leading slash. */
  readonly path: string;
  /** File type and permissions, e.g. `S_IFREG | 0o644`. */
  readonly mode: number;
  /** A file's content, or where a symbolic link points. */
  readonly data?: Uint8Array;
  /** Of a device node. */
  readonly device?: { readonly major: number; readonly minor: number };
  /** Owner; 0 if not said. */
  readonly uid?: number;
  /** Group; 0 if not said. */
  readonly gid?: number;
  /** Seconds since 1970. */
  readonly mtime?: number;
}

/**
 * Writes an archive; entries come out in the order given, so a directory must come before what is in it.
 *
 * @throws HypercraftError `CPIO_PATH` for a path that is empty, absolute, climbs, or is too long.
 */
export function writeCpio(entries: Iterable<CpioEntry>): Uint8Array {
  const parts: Uint8Array[] = [];
  let length = 0;
  const add = (bytes: Uint8Array, alignment: number) => {
    parts.push(bytes);
    length += bytes.length;
    const padding = (alignment - (length % alignment)) % alignment;
    if (padding) parts.push(new Uint8Array(padding));
    length += padding;
  };
  let inode = 1;
  for (const entry of entries) {
    checkPath(entry.path);
    const data = entry.data ?? new Uint8Array(0);
    add(header(entry, inode++, data.length), 4);
    add(data, 4);
  }
  add(header({ path: TRAILER, mode: 0 }, 0, 0), BLOCK);
  const archive = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    archive.set(part, at);
    at += part.length;
  }
  return archive;
}

function header(entry: CpioEntry, inode: number, size: number): Uint8Array {
  const name = new TextEncoder().encode(`${entry.path}\0`);
  const links = (entry.mode & S_IFMT) === S_IFDIR ? 2 : 1;
  const { major, minor } = entry.device ?? { major: 0, minor: 0 };
  const fields = [inode, entry.mode, entry.uid ?? 0, entry.gid ?? 0, links, entry.mtime ?? 0, size];
  const numbers = [...fields, 0, 0, major, minor, name.length, 0];
  const text = MAGIC + numbers.map((value) => value.toString(16).padStart(8, '0')).join('');
  const bytes = new Uint8Array(HEADER_BYTES + name.length);
  bytes.set(new TextEncoder().encode(text));
  bytes.set(name, HEADER_BYTES);
  return bytes;
}

/**
 * The entries of an archive up to its trailer. Their data are views into `archive`.
 *
 * @throws HypercraftError `CPIO_MAGIC`, `CPIO_TRUNCATED`, `CPIO_CORRUPT`.
 */
export function readCpio(archive: Uint8Array): CpioEntry[] {
  const entries: CpioEntry[] = [];
  const text = new TextDecoder();
  let at = 0;
  for (;;) {
    if (at + HEADER_BYTES > archive.length) throw new HypercraftError('CPIO_TRUNCATED', 'cpio archive has no end');
    const head = text.decode(archive.subarray(at, at + HEADER_BYTES));
    const magic = head.slice(0, 6);
    if (magic !== MAGIC && magic !== MAGIC_CRC) {
      throw new HypercraftError('CPIO_MAGIC', `not a newc cpio header at byte ${at}`);
    }
    const digits = head.slice(6);
    if (!/^[0-9a-fA-F]{104}$/.test(digits))
      throw new HypercraftError('CPIO_CORRUPT', `broken cpio header at byte ${at}`);
    const field = (index: number) => Number.parseInt(digits.slice(index * 8, index * 8 + 8), 16);
    const size = field(6);
    const nameSize = field(11);
    if (nameSize < 2 || nameSize > MAX_PATH)
      throw new HypercraftError('CPIO_CORRUPT', `cpio name of ${nameSize} bytes`);
    const nameAt = at + HEADER_BYTES;
    const dataAt = (nameAt + nameSize + 3) & ~3;
    if (dataAt + size > archive.length) throw new HypercraftError('CPIO_TRUNCATED', 'cpio archive cut short');
    const path = text.decode(archive.subarray(nameAt, nameAt + nameSize - 1));
    if (path === TRAILER) return entries;
    entries.push({
      path,
      mode: field(1),
      uid: field(2),
      gid: field(3),
      mtime: field(5),
      data: archive.subarray(dataAt, dataAt + size),
      device: { major: field(9), minor: field(10) },
    });
    at = dataAt + Math.ceil(size / 4) * 4;
  }
}

function checkPath(path: string): void {
  const parts = path.split('/');
  const climbs = parts.some((part) => part === '..' || part === '');
  if (climbs || path.includes('\0') || path === TRAILER || path.length >= MAX_PATH) {
    throw new HypercraftError('CPIO_PATH', `'${path.slice(0, 80)}' cannot be a path in an initramfs`);
  }
}
