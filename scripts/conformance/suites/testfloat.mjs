// Berkeley TestFloat 3: its generator writes operands, results and exception flags; a small program of ours runs the
// instruction on each and both are compared. The generator must be built for RISC-V's NaNs (SoftFloat's SPECIALIZE_TYPE=RISCV).
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

export const name = 'berkeley-testfloat-3';
export const about =
  'ucb-bar/berkeley-testfloat-3, `testfloat_gen` over ucb-bar/berkeley-softfloat-3 with `SPECIALIZE_TYPE=RISCV`; level 1, of the fused multiply-adds every 16th case (six minutes)';

const MODES = { rne: 'near_even', rtz: 'minMag', rdn: 'min', rup: 'max', rmm: 'near_maxMag' };
const FLOATS = { f16: 'h', f32: 's', f64: 'd' };
const INTEGERS = { i32: 'w', ui32: 'wu', i64: 'l', ui64: 'lu' };

/** { group, name, source: instruction text, operands and result by type, generator arguments }. */
function* functions() {
  for (const [type, suffix] of Object.entries(FLOATS)) {
    const rounded = { add: 2, sub: 2, mul: 2, div: 2, sqrt: 1, mulAdd: 3 };
    for (const [operation, count] of Object.entries(rounded)) {
      const mnemonic = operation === 'mulAdd' ? 'fmadd' : `f${operation}`;
      const operands = ['f1', 'f2', 'f3'].slice(0, count).join(', ');
      for (const rm of Object.keys(MODES)) {
        yield make(
          `${type}_${operation}`,
          `${mnemonic}.${suffix} f0, ${operands}, ${rm}`,
          Array(count).fill(type),
          type,
          rm,
        );
      }
    }
    for (const [operation, mnemonic] of Object.entries({
      eq: 'feq',
      le: 'fle',
      lt: 'flt',
      le_quiet: 'fleq',
      lt_quiet: 'fltq',
    })) {
      yield make(`${type}_${operation}`, `${mnemonic}.${suffix} a0, f1, f2`, [type, type], 'bool');
    }
    for (const rm of Object.keys(MODES)) {
      yield make(`${type}_roundToInt`, `fround.${suffix} f0, f1, ${rm}`, [type], type, rm);
      yield make(`${type}_roundToInt`, `froundnx.${suffix} f0, f1, ${rm}`, [type], type, rm, ['-exact']);
      for (const [integer, letters] of Object.entries(INTEGERS)) {
        yield make(`${type}_to_${integer}`, `fcvt.${letters}.${suffix} a0, f1, ${rm}`, [type], integer, rm, ['-exact']);
        const exact = type === 'f64' && integer.endsWith('32');
        if (exact && rm !== 'rne') continue;
        yield make(
          `${integer}_to_${type}`,
          `fcvt.${suffix}.${letters} f0, a1${exact ? '' : `, ${rm}`}`,
          [integer],
          type,
          rm,
        );
      }
      for (const [other, letter] of Object.entries(FLOATS)) {
        if (other === type) continue;
        const widens = Number(other.slice(1)) > Number(type.slice(1));
        if (widens && rm !== 'rne') continue;
        yield make(
          `${type}_to_${other}`,
          `fcvt.${letter}.${suffix} f0, f1${widens ? '' : `, ${rm}`}`,
          [type],
          other,
          rm,
        );
      }
    }
  }
}

function make(operation, source, operands, result, rm = 'rne', more = []) {
  return {
    group: operation.replace(/^(u?i)\d+_/, '$1N_').replace(/_(u?i)\d+$/, '_$1N'),
    name: source.split(/[ ]/)[0] + (MODES[rm] && source.includes(rm) ? ` ${rm}` : ''),
    source,
    operands,
    result,
    every: operation.endsWith('mulAdd') ? 16 : 1,
    args: [`-r${MODES[rm]}`, ...more, operation],
  };
}

export function tests(folder) {
  const builds = join(folder, 'build');
  const found = (existsSync(builds) ? readdirSync(builds) : []).map((name) => join(builds, name, 'testfloat_gen'));
  const path = found.find(existsSync);
  return path === undefined ? [] : [...functions()].map((test) => ({ ...test, path }));
}

const VECTOR = 40;
const CHUNK = 50_000;
const DATA = 0x1_0000;

/** Runs the instruction over an array of { three operands, result, flags }. */
function program({ source, operands }, count, { assemble, base }) {
  const loads = operands.map((type, i) =>
    type.startsWith('f') ? `fld f${i + 1}, ${i * 8}(s0)` : `ld a${i + 1}, ${i * 8}(s0)`,
  );
  const store = source.includes(' f0,') ? 'fsd f0, 24(s0)' : 'sd a0, 24(s0)';
  const text = `
    li t0, 0x6000
    csrs mstatus, t0
    li s0, ${base + BigInt(DATA)}
    li s1, ${count}
  again:
    ${loads.join('\n')}
    csrw fflags, zero
    ${source}
    csrr t0, fflags
    ${store}
    sd t0, 32(s0)
    addi s0, s0, ${VECTOR}
    addi s1, s1, -1
    bnez s1, again
    li t0, 0x100000
    li t1, 0x5555
    sw t1, 0(t0)
  stay:
    j stay
  `;
  return assemble(text, { base }).bytes;
}

const ONES = (1n << 64n) - 1n;
const bitsOf = (type) => Number(/\d+/.exec(type)?.[0] ?? 64);

/** As the instruction wants it in a register: boxed, or sign-extended. */
function inRegister(type, value) {
  const bits = bitsOf(type);
  if (type === 'bool') return value;
  if (type.startsWith('f')) return BigInt.asUintN(64, (ONES << BigInt(bits)) | value);
  return BigInt.asUintN(64, BigInt.asIntN(bits, value));
}

export async function run(test, { runImage, assemble }) {
  let wrong = 0;
  let count = 0;
  let first;
  for await (const lines of chunks(test)) {
    const vectors = lines.map((line) => line.split(' ').map((word) => BigInt(`0x${word}`)));
    const image = imageOf(test, vectors, assemble);
    const length = vectors.length * VECTOR;
    const { end, memory } = await runImage(image, { offset: DATA, length });
    if (end.kind !== 'power-off') return { passed: false, detail: `ended with ${end.kind}`, instructions: 0n };
    const after = new DataView(memory.buffer, memory.byteOffset, memory.byteLength);
    vectors.forEach((words, i) => {
      const [value, flags] = words.slice(-2);
      const got = after.getBigUint64(i * VECTOR + 24, true);
      const gotFlags = after.getBigUint64(i * VECTOR + 32, true);
      count++;
      if (got === inRegister(test.result, value) && gotFlags === flags) return;
      wrong++;
      first ??= `${lines[i]}: 0x${got.toString(16)} flags 0x${gotFlags.toString(16)}`;
    });
  }
  const detail = count === 0 ? 'the generator wrote nothing' : `${wrong} of ${count} cases wrong; first ${first}`;
  return { passed: wrong === 0 && count > 0, detail, cases: count };
}

function imageOf(test, vectors, assemble) {
  const base = 0x8000_0000n;
  const image = new Uint8Array(DATA + vectors.length * VECTOR);
  image.set(program(test, vectors.length, { assemble, base }));
  const view = new DataView(image.buffer);
  vectors.forEach((words, i) => {
    test.operands.forEach((type, n) => {
      view.setBigUint64(DATA + i * VECTOR + n * 8, inRegister(type, words[n]), true);
    });
  });
  return image;
}

async function* chunks({ path, args, every }) {
  const child = spawn(path, args, { stdio: ['ignore', 'pipe', 'ignore'] });
  let lines = [];
  let n = 0;
  for await (const line of createInterface({ input: child.stdout })) {
    if (n++ % every !== 0) continue;
    lines.push(line);
    if (lines.length === CHUNK) {
      yield lines;
      lines = [];
    }
  }
  if (lines.length > 0) yield lines;
}
