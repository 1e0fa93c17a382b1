// A script with what V8 has compiled of it before, for versions of Node.js that do not keep that by themselves (before 22.1): without it a restored
// guest answers an eighth later. V8 takes whatever it is given for what belongs to the script, so that is checked here: what is damaged, or another
// script's, is not there.
import { readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import type { Script } from 'node:vm';

/** Before the code, as words: bytes and CRC-32 of the script, and of the code. */
const FIELDS = 4;
const HEAD = FIELDS * 4;
const MAX_BYTES = 32 << 20;

/** Runs a CommonJS script, and keeps in `directory` what V8 has compiled of it by the end of the process; returns what it exports. */
export function runKept(path: string, directory: string): unknown {
  const { constants, Script } = process.getBuiltinModule('node:vm');
  const source = readFileSync(path);
  const place = checksum(path).toString(16);
  const file = join(directory, `${basename(path)}-${process.version}-${process.arch}-${place}`);
  const cachedData = read(file, source);
  const script = new Script(`(function (exports, require, module, __filename, __dirname) {${source}\n})`, {
    filename: path,
    importModuleDynamically: constants.USE_MAIN_CONTEXT_DEFAULT_LOADER,
    ...(cachedData && { cachedData }),
  });
  // Of what runs later more is compiled than is now.
  if (cachedData === undefined || script.cachedDataRejected) process.once('exit', () => write(file, source, script));
  const module = { exports: {} };
  script.runInThisContext()(module.exports, createRequire(path), module, path, dirname(path));
  return module.exports;
}

/** Loaded only where something is kept here: with it comes most of what reads and writes streams. */
function checksum(bytes: string | Uint8Array): number {
  return process.getBuiltinModule('node:zlib').crc32(bytes);
}

function headOf(source: Uint8Array, code: Uint8Array): Uint32Array<ArrayBuffer> {
  return Uint32Array.of(source.length, checksum(source), code.length, checksum(code));
}

/** What was kept; undefined if there is nothing, or nothing of use. */
function read(file: string, source: Uint8Array): Buffer | undefined {
  try {
    const { size, uid, mode } = statSync(file);
    const mine = process.getuid === undefined || (uid === process.getuid() && (mode & 0o022) === 0);
    if (!mine || size <= HEAD || size > MAX_BYTES) return undefined;
    const bytes = readFileSync(file);
    const code = bytes.subarray(HEAD);
    const head = new Uint32Array(bytes.buffer, bytes.byteOffset, FIELDS);
    return headOf(source, code).every((field, index) => field === head[index]) ? code : undefined;
  } catch {
    return undefined;
  }
}

/** It appears by rename, so a reader never sees half of it. */
function write(file: string, source: Uint8Array, script: Script): void {
  const temporary = `${file}.${process.pid}.new`;
  try {
    const code = script.createCachedData();
    writeFileSync(temporary, Buffer.concat([Buffer.from(headOf(source, code).buffer), code]), { mode: 0o600 });
    renameSync(temporary, file);
  } catch {
    rmSync(temporary, { force: true });
  }
}
