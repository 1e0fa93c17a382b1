// A script with what V8 has compiled of it before. Node.js can keep that by itself from 22.1 on, but only what is compiled when a script is loaded, and no
// function that is called later: with all of them a guest is there 8 ms sooner, of 75. V8 takes whatever it is given for what belongs to the script, so that is checked here: what is damaged, or another
// script's, is not there. A file is two words, bytes of the code and of the script; the code; the script; the code again: comparing takes less than loading
// what could compute a checksum, with node:zlib, for it brings most of what reads and writes streams.
import { readdirSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import type { Script } from 'node:vm';

const HEAD = 8;
const MAX_BYTES = 32 << 20;
/** Milliseconds after which what was kept goes: that of a version that is gone would stay for ever, and what is in use is made again in one run. */
const OLD = 60 * 24 * 3600 * 1000;

/** What came of a script. */
export interface Kept {
  readonly exports: unknown;
  /** Keeps what V8 has compiled of it by now, if that is not kept yet. */
  keep(): void;
}

/**
 * Runs a CommonJS script, which may require but not import, with what is kept in `directory` of it.
 * @param way keeps apart what runs of different kinds need of it
 */
export function runKept(path: string, directory: string, way = ''): Kept {
  const { Script } = process.getBuiltinModule('node:vm');
  let source: Buffer | undefined = readFileSync(path);
  const file = join(directory, `${basename(path)}-${process.version}-${process.arch}-${hashOf(path)}${way}`);
  const cachedData = read(file, source);
  const script = new Script(`(function (exports, require, module, __filename, __dirname) {${source}\n})`, {
    filename: path,
    ...(cachedData && { cachedData }),
  });
  // Only to be kept: as a string V8 has it as well.
  if (cachedData !== undefined && !script.cachedDataRejected) source = undefined;
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(path), module, path, dirname(path));
  return {
    exports: module.exports,
    keep: () => {
      if (source !== undefined) write(file, source, script);
      source = undefined;
    },
  };
}

/** Tells the scripts of one cache directory apart. FNV-1a. */
function hashOf(path: string): string {
  let hash = 0x811c9dc5;
  for (let i = 0; i < path.length; i++) hash = Math.imul(hash ^ path.charCodeAt(i), 0x01000193);
  return (hash >>> 0).toString(16);
}

/** What was kept; undefined if there is nothing, or nothing of use. */
function read(file: string, source: Buffer): Buffer | undefined {
  try {
    const { size, uid, mode } = statSync(file);
    const mine = process.getuid === undefined || (uid === process.getuid() && (mode & 0o022) === 0);
    if (!mine || size <= HEAD || size > MAX_BYTES) return undefined;
    const bytes = readFileSync(file);
    const length = bytes.readUInt32LE(0);
    const end = HEAD + length + source.length;
    if (bytes.readUInt32LE(4) !== source.length || bytes.length !== end + length) return undefined;
    const code = bytes.subarray(HEAD, HEAD + length);
    return bytes.subarray(HEAD + length, end).equals(source) && bytes.subarray(end).equals(code) ? code : undefined;
  } catch {
    return undefined;
  }
}

/** It appears by rename, so a reader never sees half of it. */
function write(file: string, source: Buffer, script: Script): void {
  // A thread that ends in the middle leaves it to the next one.
  const temporary = `${file}.new`;
  try {
    const code = script.createCachedData();
    const head = Buffer.alloc(HEAD);
    head.writeUInt32LE(code.length, 0);
    head.writeUInt32LE(source.length, 4);
    writeFileSync(temporary, Buffer.concat([head, code, source, code]), { mode: 0o600 });
    renameSync(temporary, file);
    forgetOld(dirname(file));
  } catch {
    rmSync(temporary, { force: true });
  }
}

function forgetOld(directory: string): void {
  const now = Date.now();
  for (const name of readdirSync(directory)) {
    const path = join(directory, name);
    if (/\.cjs-v/.test(name) && now - statSync(path).mtimeMs > OLD) rmSync(path, { force: true });
  }
}
