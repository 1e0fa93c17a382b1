// Makes sequences: random instructions out of the instruction tables with operands that lead somewhere. A sequence runs
// forwards only and ends at its end. x2, x8 and x9 point into its memory, x3 at its block; none of the four is written.

import { insert } from '../../dist/isa/fields.js';
import { decode, encode, instructions } from '../../dist/isa/index.js';
import { WINDOW_BYTES } from './layout.mjs';
import { floatRegister, integer } from './random.mjs';

const BASES = [2, 8, 9];
const KEPT = new Set([2, 3, 8, 9]);
const WRITABLE = Array.from({ length: 32 }, (_, n) => n).filter((n) => !KEPT.has(n));
/** x10 to x15: what the short register fields can name and sequences may write. */
const WRITABLE_SHORT = [10, 11, 12, 13, 14, 15];

/** They end a sequence, wait for the world, or answer with what is not the same in two machines. */
const EXCLUDED = new Set([
  ...['mret', 'sret', 'mnret', 'wfi', 'wrs.nto', 'wrs.sto', 'jalr', 'c.jr', 'c.jalr', 'c.addi16sp'],
  ...['sc.w', 'sc.d'], // drawn together with their LR
  ...['sspush', 'sspopchk', 'ssrdp', 'ssamoswap.w', 'ssamoswap.d', 'c.sspush', 'c.sspopchk', 'lpad'],
]);

/** fflags, frm, fcsr, sscratch, vsscratch, mhartid, and one that does not exist. */
const CSRS = [0x001, 0x002, 0x003, 0x140, 0x240, 0xf14, 0x8ff];

/** Major opcodes whose words can be tried at random: their only effect is a register. */
const RANDOM_MAJORS = [
  0x13, 0x1b, 0x33, 0x3b, 0x53, 0x43, 0x47, 0x4b, 0x4f, 0x0b, 0x2b, 0x5b, 0x7b, 0x6b, 0x1f, 0x3f, 0x5f, 0x7f,
];

/** Whether an instruction's memory operand is a real access, whose address must lie in the window. */
const accesses = (instruction) => instruction.operands.some((piece) => piece.text === '(');

/** What can be drawn from, by extension; `wanted` are names of extensions in lower case, closed over what they need. */
export function repertoire(wanted, { only = [], wrong = [], wrongCsrs = [] } = {}) {
  const set = wanted.map((name) => name.toLowerCase());
  const has = (feature) =>
    feature
      .split('&')
      .every((all) => all.split('|').some((one) => one === 'Machine' || set.includes(one.toLowerCase())));
  const groups = new Map();
  for (const instruction of instructions) {
    if (EXCLUDED.has(instruction.name) || wrong.includes(instruction.name) || !has(instruction.feature)) continue;
    if (
      only.length > 0 &&
      !only.some(
        (o) => o === instruction.name || instruction.feature.toLowerCase().split(/[&|]/).includes(o.toLowerCase()),
      )
    )
      continue;
    groups.set(instruction.feature, [...(groups.get(instruction.feature) ?? []), instruction]);
  }
  const weighted = [...groups.values()].flatMap((list) =>
    Array.from({ length: Math.ceil(Math.sqrt(list.length) * 2) }, () => list),
  );
  const reserves = [...groups.keys()].includes('Zalrsc');
  const csrs = CSRS.filter((csr) => !wrongCsrs.includes(csr));
  return { has, weighted, csrs, reserves, undefinedWords: only.length === 0 };
}

/** Makes one sequence of up to `most` items. */
export function makeSequence(random, drawn, most) {
  const count = 1 + random.below(most);
  const items = Array.from({ length: count }, () => makeItem(random, drawn));
  return { items, window: makeWindow(random), state: makeState(random) };
}

function makeWindow(random) {
  const window = new Uint8Array(WINDOW_BYTES);
  const view = new DataView(window.buffer);
  for (let at = 0; at < WINDOW_BYTES; at += 8) {
    view.setBigUint64(at, random.chance(0.5) ? floatRegister(random) : integer(random), true);
  }
  return window;
}

function makeState(random) {
  const off = () => random.pick([0, 0, 0, 0, 8, 4, 2, 1, 7, random.below(16)]);
  const x = Array.from({ length: 32 }, () => integer(random));
  x[2] = { window: 128 };
  x[3] = { window: 0 };
  x[8] = { window: 256 + off() };
  x[9] = { window: 256 + 16 * random.below(8) + off() };
  return {
    x,
    f: Array.from({ length: 32 }, () => floatRegister(random)),
    fcsr: BigInt(random.below(32) | ((random.chance(0.9) ? random.below(5) : random.below(8)) << 5)),
    // FS off (rarely), initial, clean or dirty; back to M mode.
    mstatus: BigInt((random.chance(0.03) ? 0 : 1 + random.below(3)) << 13) | 0x1800n,
    sscratch: integer(random),
    vsscratch: integer(random),
  };
}

/** One step of a sequence: some words that belong together. `skip`: a branch goes over so many items. */
function makeItem(random, drawn) {
  const dice = random.below(100);
  if (drawn.undefinedWords && dice < 4) return single(undefinedWord(random, drawn.has), 4, 'a random word');
  if (drawn.undefinedWords && dice < 6) return single(undefinedHalf(random), 2, 'a random halfword');
  if (drawn.undefinedWords && dice < 8) return indirectJump(random);
  if (drawn.reserves && dice >= 98) return reservation(random);
  for (;;) {
    const instruction = random.pick(random.pick(drawn.weighted));
    const item = fill(random, instruction, drawn);
    if (item) return item;
  }
}

function single(word, length, name) {
  return { name, length, words: () => [{ word, length }] };
}

/** auipc and jalr (or their short forms) to a later item. */
function indirectJump(random) {
  const through = random.pick(WRITABLE.filter((n) => n !== 0));
  const link = random.pick(WRITABLE);
  const odd = random.below(2);
  const skip = random.below(4);
  if (random.chance(0.5)) {
    const words = (distance) => [
      { word: encode('auipc', { rd: through, imm: 0 }), length: 4 },
      { word: encode('jalr', { rd: link, rs1: through, imm: distance | odd }), length: 4 },
    ];
    return { name: 'jalr', length: 8, skip, words };
  }
  const name = random.pick(['c.jr', 'c.jalr']);
  const words = (distance) => [
    { word: encode('auipc', { rd: through, imm: 0 }), length: 4 },
    { word: encode('addi', { rd: through, rs1: through, imm: distance | odd }), length: 4 },
    { word: encode(name, { rd: through }), length: 2 },
  ];
  return { name, length: 10, skip, words };
}

/**
 * LR and SC of the same doubleword or word, and one more SC, which must fail. (An SC of another size or address than its LR
 * may fail or not, as a hart likes.)
 */
function reservation(random) {
  const size = random.pick(['w', 'd']);
  const order = () => ({ aqrl: random.below(4) });
  const store = () => encode(`sc.${size}`, { rd: random.pick(WRITABLE), rs1: 2, rs2: random.below(32), ...order() });
  const all = [encode(`lr.${size}`, { rd: random.pick(WRITABLE), rs1: 2, ...order() }), store(), store()];
  return { name: `lr.${size}`, length: 12, words: () => all.map((word) => ({ word, length: 4 })) };
}

/** An instruction with operands; undefined where these are not to be had. */
function fill(random, instruction, drawn) {
  const { operands, length, name } = instruction;
  const offset = operands.find((piece) => piece.field?.kind === 'offset')?.field;
  const values = operands
    .map((piece) => (piece.field ? [piece.field, operandFor(random, instruction, piece.field, drawn)] : undefined))
    .filter(Boolean);
  if (instruction.suffix) values.push([instruction.suffix, random.u32()]);
  const encodeWith = (distance) => {
    let word = instruction.match;
    for (const [field, value] of values) word |= insert(field, field === offset ? distance : value);
    return word >>> 0;
  };
  const word = encodeWith(8);
  const decoded = decode(word);
  if (decoded === undefined || (decoded.name !== name && !instruction.hint) || !isHarmless(instruction, decoded))
    return undefined;
  if (isRound(name)) return used(word, decoded.rd, name);
  if (!offset) return single(word, length, name);
  return { name, length, skip: random.below(4), words: (distance) => [{ word: encodeWith(distance), length }] };
}

const isRound = (name) => /^fround(nx)?\./.test(name);

/** QEMU forgets about the flags of FROUND and FROUNDNX where nothing reads their result: it is stored. */
function used(word, fd, name) {
  const store = encode('fsd', { rs1: 2, rs2: fd, imm: 8 });
  return { name, length: 8, words: () => [word, store].map((each) => ({ word: each, length: 4 })) };
}

/** Does it leave the kept registers alone? */
function isHarmless(instruction, { rd }) {
  const writes =
    instruction.operands.some(({ field }) => field?.role === 'rd' && field.kind === 'x') || instruction.length === 2;
  if (!writes) return true;
  const toFloat = instruction.operands.some(({ field }) => field?.role === 'rd' && field.kind === 'f');
  return toFloat || !KEPT.has(rd);
}

function operandFor(random, instruction, field, { csrs }) {
  const memory = accesses(instruction);
  switch (field.kind) {
    case 'x':
      return registerFor(random, instruction, field);
    case 'f':
      return field.bias + random.below(32);
    case 'csr':
      return random.pick(csrs);
    case 'rm':
      return random.chance(0.95) ? random.pick([0, 1, 2, 3, 4, 7]) : random.below(8);
    case 'offset':
      return 0;
    default:
      if (memory && field.role === 'imm') return displacement(random, field);
      return random.chance(0.3) ? random.pick([0, 1, -1, 31, 32, 63, 2047, -2048, 8]) : random.u32() | 0;
  }
}

function registerFor(random, instruction, field) {
  const short = field.bias === 8;
  const isBase = accesses(instruction) && field.role === 'rs1';
  if (isBase) return random.pick(short ? [8, 9] : BASES);
  if (instruction.name === 'amocas.q' && random.chance(0.9)) return random.pick([4, 6, 10, 12, 16, 20, 30]);
  // After an AMOCAS into x0 QEMU 10 reads x0 as what was loaded.
  if (instruction.name.startsWith('amocas.') && field.role === 'rd')
    return random.pick(WRITABLE.filter((n) => n !== 0));
  if (instruction.length === 2 && short && field.name !== 'cs2') return random.pick(WRITABLE_SHORT);
  if (field.role === 'rd') return random.pick(short ? WRITABLE_SHORT : WRITABLE);
  return field.bias + random.below(short ? 8 : 32);
}

/** Keeps an access through x2, x8 or x9 inside the window. */
function displacement(random, field) {
  if (!field.signed) return random.u32();
  return (random.below(240) - 120) & (random.chance(0.6) ? ~7 : ~0);
}

/** A word that is no instruction, or one that only writes a register. */
function undefinedWord(random, has) {
  for (;;) {
    const word = (((random.u32() & ~0x7f) | random.pick(RANDOM_MAJORS)) & ~(0x1f << 7)) >>> 0;
    const rd = random.pick(WRITABLE);
    const whole = (word | (rd << 7)) >>> 0;
    const decoded = decode(whole);
    if (decoded === undefined) return whole;
    if (has(decoded.feature) && !EXCLUDED.has(decoded.name) && !isRound(decoded.name)) return whole;
  }
}

function undefinedHalf(random) {
  for (;;) {
    const half = random.u32() & 0xffff;
    if ((half & 3) !== 3 && decode(half) === undefined) return half;
  }
}
