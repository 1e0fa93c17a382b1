// A reader of tar archives as a stream: ustar, GNU long names and pax headers. POSIX.1-2017, pax, "ustar Interchange
// Format" and "pax Header Block"; GNU tar manual, "Basic Tar Format".

import { HypercraftError } from '../../isa/error.js';
import type { ByteSource } from '../decompress.js';
import { ByteReader } from './byte-reader.js';

const BLOCK = 512;
const MAX_META_BYTES = 1024 * 1024;

export type TarType = 'file' | 'hardlink' | 'symlink' | 'character' | 'block' | 'directory' | 'fifo' | 'other';

/** What a tar archive says of a file. */
export interface TarHeader {
  /** Without a leading `./` or `/`. */
  readonly path: string;
  /** What kind of file it is. */
  readonly type: TarType;
  /** Permissions. */
  readonly mode: number;
  /** Bytes of content. */
  readonly size: number;
  /** What a link points to. */
  readonly target: string;
}

/** A file of a tar archive with its content. */
export interface TarEntry extends TarHeader {
  /** The content; empty for what is no regular file. */
  readonly bytes: Uint8Array;
}

const TYPES: Record<string, TarType> = {
  '\0': 'file',
  '0': 'file',
  '7': 'file',
  '1': 'hardlink',
  '2': 'symlink',
  '3': 'character',
  '4': 'block',
  '5': 'directory',
  '6': 'fifo',
};

/**
 * The entries of a tar archive for which `want` says yes; the bodies of all others are passed over.
 *
 * @param limit the most bytes one wanted entry may have.
 * @throws HypercraftError `TAR_TRUNCATED`, `TAR_CORRUPT`, `TAR_TOO_LARGE`.
 */
export async function* readTar(
  source: ByteSource,
  want: (header: TarHeader) => boolean = () => true,
  limit: number = 512 * 1024 * 1024,
): AsyncGenerator<TarEntry, void, void> {
  const reader = new ByteReader(source);
  let extended: Record<string, string> = {};
  try {
    for (;;) {
      const block = await reader.read(BLOCK);
      if (block.length === 0 || block.every((byte) => byte === 0)) return;
      if (block.length < BLOCK) throw new HypercraftError('TAR_TRUNCATED', 'tar archive cut short in a header');
      const kind = String.fromCharCode(block[156]!);
      const size = extended.size === undefined ? checkedNumber(block) : Number(extended.size);
      if (!Number.isSafeInteger(size) || size < 0) throw corrupt('an impossible size');

      if (kind === 'L' || kind === 'K' || kind === 'x' || kind === 'g') {
        const meta = await body(reader, size, MAX_META_BYTES);
        if (kind === 'L') extended.path = text(meta);
        else if (kind === 'K') extended.linkpath = text(meta);
        else if (kind === 'x') extended = { ...extended, ...paxRecords(meta) };
        continue;
      }
      const header = readHeader(block, kind, size, extended);
      extended = {};
      const hasBody = header.type === 'file' || header.type === 'other';
      const length = hasBody ? size : 0;
      if (want(header)) yield { ...header, bytes: await body(reader, length, limit) };
      else if ((await reader.skip(padded(length))) < length) throw truncated(header.path);
    }
  } finally {
    await reader.close();
  }
}

function readHeader(block: Uint8Array, kind: string, size: number, extended: Record<string, string>): TarHeader {
  let path = text(block.subarray(0, 100));
  const ustar = text(block.subarray(257, 262)) === 'ustar';
  const gnu = block[262] === 0x20; // "ustar  ": the prefix field means something else there
  const prefix = ustar && !gnu ? text(block.subarray(345, 500)) : '';
  if (prefix) path = `${prefix}/${path}`;
  path = (extended.path ?? path).replace(/^(\.?\/)+/, '');
  const target = extended.linkpath ?? text(block.subarray(157, 257));
  return { path, type: TYPES[kind] ?? 'other', mode: octal(block.subarray(100, 108)) & 0o7777, size, target };
}

async function body(reader: ByteReader, size: number, limit: number): Promise<Uint8Array> {
  if (size > limit) throw new HypercraftError('TAR_TOO_LARGE', `tar entry of ${size} bytes; at most ${limit} are read`);
  const bytes = await reader.read(size);
  if (bytes.length < size) throw truncated('');
  await reader.skip(padded(size) - size);
  return bytes;
}

function padded(size: number): number {
  return Math.ceil(size / BLOCK) * BLOCK;
}

function checkedNumber(block: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < BLOCK; i++) sum += i >= 148 && i < 156 ? 0x20 : block[i]!;
  if (octal(block.subarray(148, 156)) !== sum) throw corrupt('a header checksum is wrong');
  return octal(block.subarray(124, 136));
}

/** Octal text, or GNU's base 256 where the top bit is set. */
function octal(field: Uint8Array): number {
  if (field[0]! & 0x80) {
    let value = field[0]! & 0x7f;
    for (const byte of field.subarray(1)) value = value * 256 + byte;
    return value;
  }
  const digits = text(field).trim();
  if (!/^[0-7]*$/.test(digits)) throw corrupt('a number is not octal');
  return digits === '' ? 0 : Number.parseInt(digits, 8);
}

/** Records are "length key=value\n", the length counting itself. */
function paxRecords(bytes: Uint8Array): Record<string, string> {
  const records: Record<string, string> = {};
  let at = 0;
  while (at < bytes.length && bytes[at] !== 0) {
    const space = bytes.indexOf(0x20, at);
    const length = space < 0 ? 0 : Number(text(bytes.subarray(at, space)));
    if (!Number.isInteger(length) || length <= space - at || at + length > bytes.length) throw corrupt('a pax record');
    const record = text(bytes.subarray(space + 1, at + length - 1));
    const equals = record.indexOf('=');
    const key = record.slice(0, Math.max(0, equals));
    if (key === 'path' || key === 'linkpath' || key === 'size') records[key] = record.slice(equals + 1);
    at += length;
  }
  return records;
}

/** The text of a field, up to its first null. */
function text(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}

function corrupt(what: string): HypercraftError {
  return new HypercraftError('TAR_CORRUPT', `broken tar archive: ${what}`);
}

function truncated(path: string): HypercraftError {
  return new HypercraftError('TAR_TRUNCATED', path ? `tar archive cut short in '${path}'` : 'tar archive cut short');
}
