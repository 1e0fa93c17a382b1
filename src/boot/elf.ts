// ELF64 for RISC-V: what a boot loader needs of it, which is the loadable segments at their physical addresses, the
// entry point and the symbols. System V ABI, "Object Files" and "Program Loading"; RISC-V ELF psABI, "ELF Object Files".

import { HypercraftError } from '../isa/error.js';
import { type AddressRange, findOverlap, hex } from './address.js';
import { type GuestSymbol, SymbolTable } from './symbols.js';

const MAGIC = 0x7f454c46;
const CLASS_64 = 2;
const DATA_LITTLE_ENDIAN = 1;
const MACHINE_RISCV = 243;
const TYPE_EXECUTABLE = 2;
const TYPE_SHARED = 3; // position-independent executables: loaded where they were linked
const HEADER_BYTES = 64;
const PROGRAM_HEADER_BYTES = 56;
const SECTION_HEADER_BYTES = 64;
const SYMBOL_BYTES = 24;
const PT_LOAD = 1;
const PF_X = 1;
const SHT_SYMTAB = 2;
const PN_XNUM = 0xffff; // "the real count is elsewhere": no boot image has so many segments
const MAX_SYMBOLS = 4_000_000;
const MAX_NAME_BYTES = 4096;
/** No guest has more physical address space than Sv57x4 translates. */
const ADDRESS_LIMIT = 1n << 59n;

/** One PT_LOAD segment: `bytes` from the file at `physicalAddress`, then zeros up to `memorySize`. */
export interface ElfSegment {
  /** Where it is linked. */
  readonly virtualAddress: bigint;
  /** Where it is loaded. */
  readonly physicalAddress: bigint;
  /** What the file holds of it. */
  readonly bytes: Uint8Array;
  /** Bytes in memory; what the file does not hold is zero. */
  readonly memorySize: bigint;
  /** Whether it holds instructions (PF_X). */
  readonly executable: boolean;
}

/** An ELF file for RV64: where its segments go, where it starts, its symbols. */
export interface ElfFile {
  /** The physical address of the first instruction. */
  readonly entry: bigint;
  /** What is to be loaded (PT_LOAD). */
  readonly segments: readonly ElfSegment[];
  /** Virtual addresses, as linked. */
  readonly symbols: SymbolTable;
}

/** Whether bytes begin as an ELF file does. */
export function isElf(bytes: Uint8Array): boolean {
  return bytes.length >= 4 && bytes[0] === 0x7f && bytes[1] === 0x45 && bytes[2] === 0x4c && bytes[3] === 0x46;
}

/**
 * Reads an ELF64 little-endian RISC-V executable.
 *
 * @throws HypercraftError `ELF_TRUNCATED`, `ELF_MAGIC`, `ELF_CLASS` (a 32-bit file), `ELF_ENDIAN`, `ELF_MACHINE`,
 * `ELF_TYPE` (an object file or a core), `ELF_HEADER` (inconsistent sizes), `ELF_SEGMENT` (file size above memory size,
 * or an impossible address), `ELF_OVERLAP`, `ELF_EMPTY` (nothing to load), `ELF_SYMBOLS` (broken symbol table).
 */
export function parseElf(bytes: Uint8Array): ElfFile {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (!isElf(bytes)) {
    if (bytes.length >= 4 && view.getUint32(0) !== MAGIC) throw new HypercraftError('ELF_MAGIC', 'not an ELF file');
    throw new HypercraftError('ELF_TRUNCATED', `ELF header cut short: the file has ${bytes.length} bytes`);
  }
  if (bytes.length < HEADER_BYTES) {
    throw new HypercraftError('ELF_TRUNCATED', `ELF header cut short: the file has ${bytes.length} bytes`);
  }
  if (bytes[4] !== CLASS_64) {
    throw new HypercraftError(
      'ELF_CLASS',
      bytes[4] === 1 ? 'a 32-bit ELF file; 64-bit is needed' : 'unknown ELF class',
    );
  }
  if (bytes[5] !== DATA_LITTLE_ENDIAN) throw new HypercraftError('ELF_ENDIAN', 'not a little-endian ELF file');
  const machine = view.getUint16(18, true);
  if (machine !== MACHINE_RISCV) {
    throw new HypercraftError('ELF_MACHINE', `ELF file for machine ${machine}; RISC-V (${MACHINE_RISCV}) is needed`);
  }
  const type = view.getUint16(16, true);
  if (type !== TYPE_EXECUTABLE && type !== TYPE_SHARED) {
    throw new HypercraftError('ELF_TYPE', `ELF file of type ${type} is not an executable`);
  }

  const segments = readSegments(bytes, view);
  return { entry: physicalAddress(segments, view.getBigUint64(24, true)), segments, symbols: readSymbols(bytes, view) };
}

function readSegments(bytes: Uint8Array, view: DataView): ElfSegment[] {
  const tableOffset = view.getBigUint64(32, true);
  const entryBytes = view.getUint16(54, true);
  const count = view.getUint16(56, true);
  if (count === PN_XNUM) throw new HypercraftError('ELF_HEADER', 'ELF file with more than 65534 program headers');
  if (count > 0 && entryBytes < PROGRAM_HEADER_BYTES) {
    throw new HypercraftError('ELF_HEADER', `ELF program headers of ${entryBytes} bytes; at least 56 are needed`);
  }
  if (tableOffset + BigInt(count * entryBytes) > BigInt(bytes.length)) {
    throw new HypercraftError('ELF_TRUNCATED', 'ELF program headers lie beyond the end of the file');
  }

  const segments: ElfSegment[] = [];
  const ranges: AddressRange[] = [];
  for (let index = 0; index < count; index++) {
    const at = Number(tableOffset) + index * entryBytes;
    if (view.getUint32(at, true) !== PT_LOAD) continue;
    const offset = view.getBigUint64(at + 8, true);
    const virtualAddress = view.getBigUint64(at + 16, true);
    const physicalAddress = view.getBigUint64(at + 24, true);
    const fileSize = view.getBigUint64(at + 32, true);
    const memorySize = view.getBigUint64(at + 40, true);
    const name = `ELF segment ${index}`;
    if (memorySize === 0n && fileSize === 0n) continue;
    if (fileSize > memorySize) {
      throw new HypercraftError('ELF_SEGMENT', `${name} has ${fileSize} bytes in the file, ${memorySize} in memory`);
    }
    if (physicalAddress + memorySize > ADDRESS_LIMIT) {
      const range = `${hex(physicalAddress)} and ${hex(memorySize)} bytes`;
      throw new HypercraftError('ELF_SEGMENT', `${name} lies beyond any physical address: ${range}`);
    }
    if (offset + fileSize > BigInt(bytes.length)) {
      throw new HypercraftError('ELF_TRUNCATED', `${name} lies beyond the end of the file`);
    }
    const data = bytes.subarray(Number(offset), Number(offset + fileSize));
    const executable = (view.getUint32(at + 4, true) & PF_X) !== 0;
    segments.push({ virtualAddress, physicalAddress, bytes: data, memorySize, executable });
    ranges.push({ what: name, start: physicalAddress, end: physicalAddress + memorySize });
  }
  if (segments.length === 0) throw new HypercraftError('ELF_EMPTY', 'ELF file with nothing to load');
  const overlap = findOverlap(ranges);
  if (overlap) {
    const where = hex(overlap[1].start);
    throw new HypercraftError('ELF_OVERLAP', `${overlap[0].what} and ${overlap[1].what} overlap at ${where}`);
  }
  return segments;
}

/**
 * Where an address lies before paging is on. e_entry and symbols are virtual addresses; one outside all segments is taken
 * as it is. The address just behind a segment belongs to it, unless another one begins there: it ends ranges.
 */
export function physicalAddress(segments: readonly ElfSegment[], address: bigint): bigint {
  let behind = address;
  for (const segment of segments) {
    const offset = address - segment.virtualAddress;
    if (offset >= 0n && offset < segment.memorySize) return segment.physicalAddress + offset;
    if (offset === segment.memorySize) behind = segment.physicalAddress + offset;
  }
  return behind;
}

function readSymbols(bytes: Uint8Array, view: DataView): SymbolTable {
  const tableOffset = view.getBigUint64(40, true);
  const entryBytes = view.getUint16(58, true);
  const count = view.getUint16(60, true);
  if (tableOffset === 0n || count === 0) return new SymbolTable();
  if (entryBytes < SECTION_HEADER_BYTES) {
    throw new HypercraftError('ELF_HEADER', `ELF section headers of ${entryBytes} bytes; at least 64 are needed`);
  }
  if (tableOffset + BigInt(count * entryBytes) > BigInt(bytes.length)) {
    throw new HypercraftError('ELF_TRUNCATED', 'ELF section headers lie beyond the end of the file');
  }
  const headerAt = (index: number) => Number(tableOffset) + index * entryBytes;
  const contents = (index: number): Uint8Array => {
    const offset = view.getBigUint64(headerAt(index) + 24, true);
    const size = view.getBigUint64(headerAt(index) + 32, true);
    if (offset + size > BigInt(bytes.length)) {
      throw new HypercraftError('ELF_TRUNCATED', `ELF section ${index} lies beyond the end of the file`);
    }
    return bytes.subarray(Number(offset), Number(offset + size));
  };

  for (let index = 0; index < count; index++) {
    if (view.getUint32(headerAt(index) + 4, true) !== SHT_SYMTAB) continue;
    const names = view.getUint32(headerAt(index) + 40, true);
    if (names >= count) throw new HypercraftError('ELF_SYMBOLS', `ELF symbol names are in section ${names}, not there`);
    return new SymbolTable(symbolsOf(contents(index), contents(names)));
  }
  return new SymbolTable();
}

function symbolsOf(table: Uint8Array, names: Uint8Array): GuestSymbol[] {
  const count = Math.floor(table.length / SYMBOL_BYTES);
  if (count > MAX_SYMBOLS) throw new HypercraftError('ELF_SYMBOLS', `ELF file with ${count} symbols`);
  const view = new DataView(table.buffer, table.byteOffset, table.byteLength);
  const text = new TextDecoder();
  const symbols: GuestSymbol[] = [];
  for (let index = 1; index < count; index++) {
    const at = index * SYMBOL_BYTES;
    const kind = view.getUint8(at + 4) & 0xf;
    const section = view.getUint16(at + 6, true);
    if (section === 0 || kind > 2) continue; // undefined, or a section or file name
    const start = view.getUint32(at, true);
    if (start === 0 || start >= names.length) continue;
    const limit = Math.min(names.length, start + MAX_NAME_BYTES);
    let end = start;
    while (end < limit && names[end] !== 0) end++;
    const name = text.decode(names.subarray(start, end));
    // Mapping symbols ($x, $d) and the assembler's local labels name no place a person knows.
    if (name === '' || name.startsWith('$') || name.startsWith('.L')) continue;
    symbols.push({ name, address: view.getBigUint64(at + 8, true), size: view.getBigUint64(at + 16, true) });
  }
  return symbols;
}
