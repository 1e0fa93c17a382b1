// Translated code as text, for people: the instructions of WebAssembly's text format, one statement a line, locals by what they hold.
// WebAssembly Core Specification 2.0, "Binary Format: Instructions"; Threads, Tail Call and Relaxed SIMD proposals.

import * as L from '../engine/hart/layout.js';
import { gprNames } from '../isa/registers.js';
import * as locals from './locals.js';
import { IMPORT_NAMES } from './module.js';

const MEMORY = [
  'i32.load',
  'i64.load',
  'f32.load',
  'f64.load',
  'i32.load8_s',
  'i32.load8_u',
  'i32.load16_s',
  'i32.load16_u',
  'i64.load8_s',
  'i64.load8_u',
  'i64.load16_s',
  'i64.load16_u',
  'i64.load32_s',
  'i64.load32_u',
  'i32.store',
  'i64.store',
  'f32.store',
  'f64.store',
  'i32.store8',
  'i32.store16',
  'i64.store8',
  'i64.store16',
  'i64.store32',
]; // prettier-ignore
const compares = ['eqz', 'eq', 'ne', 'lt_s', 'lt_u', 'gt_s', 'gt_u', 'le_s', 'le_u', 'ge_s', 'ge_u'];
const floatCompares = ['eq', 'ne', 'lt', 'gt', 'le', 'ge'];
const integers = [
  'clz',
  'ctz',
  'popcnt',
  'add',
  'sub',
  'mul',
  'div_s',
  'div_u',
  'rem_s',
  'rem_u',
  'and',
  'or',
  'xor',
  'shl',
  'shr_s',
  'shr_u',
  'rotl',
  'rotr',
]; // prettier-ignore
const floats = [
  'abs',
  'neg',
  'ceil',
  'floor',
  'trunc',
  'nearest',
  'sqrt',
  'add',
  'sub',
  'mul',
  'div',
  'min',
  'max',
  'copysign',
];
const of = (type: string, names: readonly string[]): string[] => names.map((name) => `${type}.${name}`);
/** From 0x45 on. */
const NUMERIC = [
  ...of('i32', compares),
  ...of('i64', compares),
  ...of('f32', floatCompares),
  ...of('f64', floatCompares),
  ...of('i32', integers),
  ...of('i64', integers),
  ...of('f32', floats),
  ...of('f64', floats),
  'i32.wrap_i64',
  'i32.trunc_f32_s',
  'i32.trunc_f32_u',
  'i32.trunc_f64_s',
  'i32.trunc_f64_u',
  'i64.extend_i32_s',
  'i64.extend_i32_u',
  'i64.trunc_f32_s',
  'i64.trunc_f32_u',
  'i64.trunc_f64_s',
  'i64.trunc_f64_u',
  'f32.convert_i32_s',
  'f32.convert_i32_u',
  'f32.convert_i64_s',
  'f32.convert_i64_u',
  'f32.demote_f64',
  'f64.convert_i32_s',
  'f64.convert_i32_u',
  'f64.convert_i64_s',
  'f64.convert_i64_u',
  'f64.promote_f32',
  'i32.reinterpret_f32',
  'i64.reinterpret_f64',
  'f32.reinterpret_i32',
  'f64.reinterpret_i64',
  'i32.extend8_s',
  'i32.extend16_s',
  'i64.extend8_s',
  'i64.extend16_s',
  'i64.extend32_s',
]; // prettier-ignore
const ATOMIC: Readonly<Record<number, string>> = {
  16: 'load',
  30: 'rmw.add',
  37: 'rmw.sub',
  44: 'rmw.and',
  51: 'rmw.or',
  58: 'rmw.xor',
  65: 'rmw.xchg',
  72: 'rmw.cmpxchg',
}; // prettier-ignore
const TRUNCATING: Readonly<Record<number, string>> = { 2: 'i32.trunc_sat_f64_s', 6: 'i64.trunc_sat_f64_s' };
const VECTOR: Readonly<Record<number, string>> = {
  19: 'f32x4.splat',
  20: 'f64x2.splat',
  31: 'f32x4.extract_lane',
  33: 'f64x2.extract_lane',
  261: 'f32x4.relaxed_madd',
  263: 'f64x2.relaxed_madd',
};
const CONTROL: Readonly<Record<number, string>> = {
  0: 'unreachable',
  1: 'nop',
  2: 'block',
  3: 'loop',
  4: 'if',
  5: 'else',
  11: 'end',
  12: 'br',
  13: 'br_if',
  14: 'br_table',
  15: 'return',
  16: 'call',
  17: 'call_indirect',
  18: 'return_call',
  19: 'return_call_indirect',
  26: 'drop',
  27: 'select',
  32: 'local.get',
  33: 'local.set',
  34: 'local.tee',
}; // prettier-ignore

/** Instructions after which a line ends. */
const ENDS_LINE = /^(block|loop|if|else|end|br|br_if|br_table.*|return\b|return_call|local\.set|drop|.*\.store)/;

/** Fields of the vCPU area by offset. */
const FIELDS = new Map<number, string>([
  [L.PC, 'pc'],
  [L.FFLAGS, 'fflags'],
  [L.FRM, 'frm'],
  [L.FP_STATE, 'fp_state'],
  [L.BANK_LS, 'bank_ls'],
  [L.BANK_X, 'bank_x'],
  [L.JIT_NEEDS, 'jit_needs'],
]);

const LOCALS = new Map<number, string>();
for (const [name, value] of Object.entries(locals)) {
  if (
    /^(X|PAGE|N|BACK|DEPTH|BANK|ENTRY|OFFSET|CHOICE|FP_READY|FP_NATIVE|FP_NX|HOST|LEFT|VA|TAG|T\d|TARGET)$/.test(name)
  )
    LOCALS.set(value, name.toLowerCase());
}

/** A line of text, and the byte offset in the body at which it begins. */
export interface TextLine {
  readonly position: number;
  readonly text: string;
}

/**
 * Prints a function body (its declarations of locals first). Breaks a line at each of `breaks`, byte offsets of instructions; `names` are those of
 * locals.
 */
export function textOf(
  body: Uint8Array,
  breaks: ReadonlySet<number> = new Set(),
  names: ReadonlyMap<number, string> = new Map(),
): TextLine[] {
  const reader = new Reader(body, names);
  for (let groups = reader.unsigned(); groups > 0; groups--) {
    reader.unsigned();
    reader.unsigned();
  }
  const lines: TextLine[] = [];
  let line: string[] = [];
  let began = reader.at;
  let depth = 1;
  const flush = () => {
    if (line.length > 0) lines.push({ position: began, text: `${'  '.repeat(depth)}${line.join(' ')}` });
    line = [];
  };
  while (reader.at < body.length) {
    if (breaks.has(reader.at)) flush();
    const start = reader.at;
    const text = reader.instruction();
    if (text === 'end' || text === 'else') {
      flush();
      depth--;
      if (depth === 0) break;
    }
    if (line.length === 0) began = start;
    line.push(text);
    if (!ENDS_LINE.test(text)) continue;
    flush();
    if (/^(block|loop|if|else)$/.test(text)) depth++;
  }
  return lines;
}

class Reader {
  at = 0;
  readonly #bytes: Uint8Array;
  readonly #names: ReadonlyMap<number, string>;

  constructor(bytes: Uint8Array, names: ReadonlyMap<number, string>) {
    this.#bytes = bytes;
    this.#names = new Map([...LOCALS, ...names]);
  }

  #byte(): number {
    return this.#bytes[this.at++]!;
  }

  unsigned(): number {
    return Number(BigInt.asUintN(32, this.#leb(false)));
  }

  #leb(signed: boolean): bigint {
    let value = 0n;
    let shift = 0n;
    for (;;) {
      const byte = this.#byte();
      value |= BigInt(byte & 0x7f) << shift;
      shift += 7n;
      if ((byte & 0x80) === 0) return signed && (byte & 0x40) !== 0 ? value - (1n << shift) : value;
    }
  }

  instruction(): string {
    const code = this.#byte();
    if (code === 0xfe) return this.#atomic();
    if (code === 0xfc) return TRUNCATING[this.#byte()] ?? 'unknown';
    if (code === 0xfd) return this.#vector();
    if (code === 0x43 || code === 0x44) return this.#float(code === 0x44);
    if (code >= 0x45) return NUMERIC[code - 0x45] ?? `unknown 0x${code.toString(16)}`;
    if (code === 0x41 || code === 0x42) return `${code === 0x41 ? 'i32' : 'i64'}.const ${constant(this.#leb(true))}`;
    if (code >= 0x28 && code <= 0x3e) return this.#memory(MEMORY[code - 0x28]!);
    const name = CONTROL[code] ?? `unknown 0x${code.toString(16)}`;
    if (code >= 2 && code <= 4) this.at++; // no block has a result
    if (code === 12 || code === 13) return `${name} ${this.unsigned()}`;
    if (code === 14) return `${name}${this.#labels()}`;
    if (code === 16 || code === 18) return `${name} $${IMPORT_NAMES[this.unsigned()] ?? 'region'}`;
    if (code === 17 || code === 19) {
      this.unsigned();
      this.unsigned();
    }
    if (code < 32 || code > 34) return name;
    const local = this.unsigned();
    return `${name} $${this.#names.get(local) ?? local}`;
  }

  /** The labels of a table, a run of equal ones as one with their number. */
  #labels(): string {
    let text = '';
    let last = -1;
    let run = 0;
    const put = () => {
      if (run > 0) text += ` ${last}${run > 1 ? `x${run}` : ''}`;
    };
    for (let left = this.unsigned() + 1; left > 0; left--) {
      const label = this.unsigned();
      if (label !== last) {
        put();
        last = label;
        run = 0;
      }
      run++;
    }
    put();
    return text;
  }

  #memory(name: string): string {
    this.unsigned();
    const offset = this.unsigned();
    return name + place(name, offset);
  }

  #float(double: boolean): string {
    const view = new DataView(this.#bytes.buffer, this.#bytes.byteOffset + this.at);
    this.at += double ? 8 : 4;
    return double ? `f64.const ${view.getFloat64(0, true)}` : `f32.const ${view.getFloat32(0, true)}`;
  }

  #vector(): string {
    const name = VECTOR[this.unsigned()] ?? 'unknown';
    return name.endsWith('.extract_lane') ? `${name} ${this.#byte()}` : name;
  }

  #atomic(): string {
    const code = this.#byte();
    if (code === 3) {
      this.at++;
      return 'atomic.fence';
    }
    this.unsigned();
    const offset = this.unsigned();
    // The 32-bit form, and behind it those of 64, 8 and 16 bits.
    const form = [0, 1, 2, 3].find((each) => ATOMIC[code - each] !== undefined) ?? 0;
    const name = `${form === 1 ? 'i64' : 'i32'}.atomic.${ATOMIC[code - form] ?? `0x${code.toString(16)}`}`;
    return `${form < 2 ? name : name.replace('rmw', form === 2 ? 'rmw8' : 'rmw16')}${offset === 0 ? '' : ` offset=${offset}`}`;
  }
}

function constant(value: bigint): string {
  return value > 4095n || value < -4096n
    ? `${value < 0n ? '-' : ''}0x${(value < 0n ? -value : value).toString(16)}`
    : String(value);
}

function place(name: string, offset: number): string {
  if (offset === 0) return '';
  const field = FIELDS.get(offset);
  if (field !== undefined) return ` offset=${field}`;
  if (name.startsWith('i64') && offset < 8 * 32 && offset % 8 === 0) return ` offset=${gprNames[offset / 8]}`;
  if (offset >= L.F && offset < L.F + 8 * 32) {
    const within = (offset - L.F) % 8;
    return ` offset=f${(offset - L.F - within) / 8}${within > 0 ? `+${within}` : ''}`;
  }
  return ` offset=${offset}`;
}
