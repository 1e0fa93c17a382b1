// Kernel modules for an initramfs: which ones a chosen few depend on, from modules.dep where the package has one, else
// from each module's own `.modinfo` section. Linux, scripts/depmod.sh; kmod, modules.dep(5).

import { HypercraftError } from '../isa/error.js';
import { decompressBytes, detectCompression } from './decompress.js';

const MAX_MODULE_BYTES = 256 * 1024 * 1024;
const ELF_HEADER_BYTES = 64;

/** A module as it lies in a kernel package. */
export interface ModuleFile {
  /** Below `lib/modules/<version>/`, e.g. `kernel/fs/ext4/ext4.ko.xz`. */
  readonly path: string;
  /** The file, perhaps compressed. */
  readonly bytes: Uint8Array;
}

/** A module ready to load: unpacked, with the modules it needs. */
export interface KernelModule {
  /** As `lsmod` says. */
  readonly name: string;
  /** As in the package, without the suffix of its compression. */
  readonly path: string;
  /** The ELF object. */
  readonly bytes: Uint8Array;
  /** Names of the modules it needs. */
  readonly depends: readonly string[];
}

/** `kernel/fs/9p/9p.ko.xz` is module `9p`; `-` and `_` are the same in module names. */
export function moduleName(path: string): string {
  const file = path.slice(path.lastIndexOf('/') + 1);
  return file.replace(/\.ko(\.\w+)?$/, '').replaceAll('-', '_');
}

export function isModulePath(path: string): boolean {
  return /\.ko(\.(xz|zst|gz))?$/.test(path);
}

/**
 * The modules called `names` and all they depend on, dependencies first.
 *
 * @param files every module of the kernel.
 * @param modulesDep the text of modules.dep, where the package has one.
 * @throws HypercraftError `MODULE_NOT_FOUND`, `MODULE_CORRUPT`.
 */
export async function selectModules(
  names: readonly string[],
  files: readonly ModuleFile[],
  modulesDep?: string,
): Promise<KernelModule[]> {
  const byName = new Map(files.map((file) => [moduleName(file.path), file]));
  const known = modulesDep === undefined ? undefined : parseModulesDep(modulesDep);
  const selected = new Map<string, KernelModule>();
  const visiting = new Set<string>();
  const visit = async (name: string, wantedBy: string): Promise<void> => {
    if (selected.has(name) || visiting.has(name)) return;
    const file = byName.get(name);
    if (!file) throw new HypercraftError('MODULE_NOT_FOUND', `no kernel module '${name}' (${wantedBy})`);
    visiting.add(name);
    const format = detectCompression(file.bytes);
    const bytes = format ? await decompressBytes(format, file.bytes, MAX_MODULE_BYTES) : file.bytes;
    const depends = known?.get(name) ?? modinfoDepends(bytes, name);
    for (const dependency of depends) await visit(dependency, `needed by ${name}`);
    selected.set(name, { name, path: file.path.replace(/\.ko\.\w+$/, '.ko'), bytes, depends });
  };
  for (const name of names) await visit(name.replaceAll('-', '_'), 'chosen');
  return [...selected.values()];
}

/** The lines `path: path path ...` of modules.dep, as names. */
export function parseModulesDep(text: string): Map<string, string[]> {
  const dependencies = new Map<string, string[]>();
  for (const line of text.split('\n')) {
    const colon = line.indexOf(':');
    if (colon < 0) continue;
    const needs = line
      .slice(colon + 1)
      .split(' ')
      .filter(Boolean);
    dependencies.set(moduleName(line.slice(0, colon)), needs.map(moduleName));
  }
  return dependencies;
}

/** modules.dep for what {@link selectModules} chose, so that `modprobe` works in the guest. */
export function formatModulesDep(modules: readonly KernelModule[]): string {
  const byName = new Map(modules.map((module) => [module.name, module]));
  const all = (module: KernelModule, seen: Set<KernelModule>): Set<KernelModule> => {
    for (const name of module.depends) {
      const needed = byName.get(name);
      if (!needed || seen.has(needed)) continue;
      seen.add(needed);
      all(needed, seen);
    }
    return seen;
  };
  return modules
    .map((module) => `${module.path}:${[...all(module, new Set())].map((needed) => ` ${needed.path}`).join('')}\n`)
    .join('');
}

/** The `depends=` entry of a module's `.modinfo` section. */
export function modinfoDepends(bytes: Uint8Array, name: string): string[] {
  const info = sectionNamed(bytes, '.modinfo');
  if (!info) throw new HypercraftError('MODULE_CORRUPT', `kernel module '${name}' is not an ELF file with .modinfo`);
  for (const entry of new TextDecoder().decode(info).split('\0')) {
    if (!entry.startsWith('depends=')) continue;
    const list = entry.slice('depends='.length);
    return list === '' ? [] : list.split(',').map((needed) => needed.replaceAll('-', '_'));
  }
  return [];
}

/** The section called `wanted` of a 64-bit little-endian ELF file; undefined where the file is broken or has none. */
function sectionNamed(bytes: Uint8Array, wanted: string): Uint8Array | undefined {
  if (bytes.length < ELF_HEADER_BYTES) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (view.getUint32(0) !== 0x7f454c46 || bytes[4] !== 2 || bytes[5] !== 1) return undefined;
  const tableAt = Number(view.getBigUint64(40, true));
  const entryBytes = view.getUint16(58, true);
  const count = view.getUint16(60, true);
  const namesIndex = view.getUint16(62, true);
  if (entryBytes < 64 || namesIndex >= count || tableAt + count * entryBytes > bytes.length) return undefined;
  const contents = (index: number): Uint8Array | undefined => {
    const at = tableAt + index * entryBytes;
    const offset = Number(view.getBigUint64(at + 24, true));
    const size = Number(view.getBigUint64(at + 32, true));
    return offset + size > bytes.length ? undefined : bytes.subarray(offset, offset + size);
  };
  const names = contents(namesIndex);
  if (!names) return undefined;
  const sought = new TextEncoder().encode(`${wanted}\0`);
  for (let index = 0; index < count; index++) {
    const start = view.getUint32(tableAt + index * entryBytes, true);
    if (sought.every((byte, i) => names[start + i] === byte)) return contents(index);
  }
  return undefined;
}
