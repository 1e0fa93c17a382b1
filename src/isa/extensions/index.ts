// Every instruction of every extension, the operation numbers the engine's decoder gives them, and the features by which
// a hart switches extensions on and off.

import type { Instruction } from '../instruction.js';
import { zaamo, zalrsc } from './a.js';
import { c } from './c.js';
import { d } from './d.js';
import { f } from './f.js';
import { h } from './h.js';
import { m } from './m.js';
import { machine, smrnmi, supervisor } from './privileged.js';
import { rv64i } from './rv64i.js';
import { svinval, svinvalH } from './svinval.js';
import { zabha, zabhaZacas } from './zabha.js';
import { zacas } from './zacas.js';
import { zawrs } from './zawrs.js';
import { zba } from './zba.js';
import { zbb, zbbZbkb } from './zbb.js';
import { zbc, zbcZbkc } from './zbc.js';
import { zbkb, zbkx } from './zbk.js';
import { zbs } from './zbs.js';
import { zcb } from './zcb.js';
import { zfa, zfaD, zfaZfh } from './zfa.js';
import { zfh, zfhmin, zfhminD } from './zfh.js';
import { zicbom, zicbop, zicboz } from './zicbo.js';
import { zicfilp, zicfiss, zicfissZcmop } from './zicfi.js';
import { zicond } from './zicond.js';
import { zicsr } from './zicsr.js';
import { zifencei } from './zifencei.js';
import { zihintntl, zihintpause } from './zihint.js';
import { zcmop, zimop } from './zimop.js';
import { zknd, zkndZkne, zkne, zknh, zksed, zksh } from './zk.js';

/** All instructions, base sets first. Overlapping encodings are allowed where one is a special case of the other. */
export const instructions: readonly Instruction[] = [
  ...[rv64i, m, zalrsc, zaamo, f, d, c, zicsr, zifencei].flat(),
  ...[machine, supervisor, h, svinval, svinvalH, smrnmi].flat(),
  ...[zba, zbb, zbbZbkb, zbs, zicond, zicbom, zicboz, zicbop, zawrs, zihintpause, zihintntl].flat(),
  ...[zbcZbkc, zbc, zbkb, zbkx, zknd, zkne, zkndZkne, zknh, zksed, zksh].flat(),
  ...[zfhmin, zfhminD, zfh, zfa, zfaD, zfaZfh, zacas, zabha, zabhaZacas].flat(),
  ...[zcb, zimop, zcmop, zicfilp, zicfiss, zicfissZcmop].flat(),
];

/**
 * What instructions ask for, in bit order: a hart has instruction `op` when bit `opExtension(op)` of its feature set is on. Each is
 * an expression over extension names, see {@link Instruction.feature}. They fill the first word of the set.
 */
const instructionFeatures = [...new Set(instructions.filter((i) => !i.hint).map((i) => i.feature))];

/** Extensions without instructions of their own, which show in CSRs and behaviour: the second word, in bit order. */
const behaviours = ['U', 'Zicntr', 'Zihpm', 'Zkr', 'Zama16b', 'Sstc', 'Svnapot', 'Svpbmt', 'Svadu', 'Smstateen'].concat(
  [
    'Sscofpmf',
    'Smcntrpmf',
    'Smepmp',
    'Smdbltrp',
    'Ssdbltrp',
    'Smnpm',
    'Ssnpm',
    'Smmpm',
    'Sv48',
    'Sv57',
    'Shlcofideleg',
  ],
);

/** The features by which a hart is configured. */
export const features: readonly string[] = [...instructionFeatures, ...behaviours];

/** Bit number of each feature in the set: 0 to 63 of the first word, 64 to 127 of the second. */
export const featureBits: ReadonlyMap<string, number> = new Map([
  ...instructionFeatures.map((feature, n) => [feature, n] as const),
  ...behaviours.map((feature, n) => [feature, 64 + n] as const),
]);

/** Extensions that bring others with them, one step at a time. */
const implied: Readonly<Record<string, readonly string[]>> = {
  G: ['I', 'M', 'A', 'F', 'D', 'Zicsr', 'Zifencei'],
  A: ['Zalrsc', 'Zaamo'],
  B: ['Zba', 'Zbb', 'Zbs'],
  C: ['Zca'],
  Zcd: ['Zca', 'D'],
  D: ['F'],
  F: ['Zicsr'],
  H: ['S'],
  S: ['U', 'Machine', 'Zicsr'],
  U: ['Machine'],
  Machine: ['Zicsr'],
  Zk: ['Zkn', 'Zkr', 'Zkt'],
  Zkn: ['Zbkb', 'Zbkc', 'Zbkx', 'Zkne', 'Zknd', 'Zknh'],
  Zks: ['Zbkb', 'Zbkc', 'Zbkx', 'Zksed', 'Zksh'],
  Zfh: ['Zfhmin'],
  Zfhmin: ['F'],
  Zfa: ['F'],
  Zacas: ['Zaamo'],
  Zabha: ['Zaamo'],
  Zcb: ['Zca'],
  Zcmop: ['Zca'],
  Zkr: ['Zicsr'],
  Zicntr: ['Zicsr'],
  Zihpm: ['Zicsr'],
  Zicfilp: ['Zicsr'],
  Zicfiss: ['Zicsr', 'Zimop', 'Zaamo'],
  Za64rs: ['Za128rs'],
  Zicbom: ['Zicsr'],
  Zicboz: ['Zicsr'],
  Ssstateen: ['Smstateen'],
  Smstateen: ['Ssstateen'],
  Sscofpmf: ['Zihpm'],
  Sscounterenw: ['Zihpm'],
  Supm: ['Ssnpm'],
  Sspm: ['Smnpm'],
  Sv57: ['Sv48'],
  Sv48: ['Sv39'],
  Svnapot: ['Sv39'],
  Svpbmt: ['Sv39'],
  Sha: ['H', 'Ssstateen', 'Shcounterenw', 'Shgatpa', 'Shtvala', 'Shvsatpa', 'Shvstvala', 'Shvstvecd'],
  Shcounterenw: ['H', 'Zihpm'],
  Shgatpa: ['H'],
  Shlcofideleg: ['H', 'Sscofpmf'],
  Shtvala: ['H'],
  Shvsatpa: ['H'],
  Shvstvala: ['H'],
  Shvstvecd: ['H'],
};

/** Adds to a set of extensions those that they bring with them. */
export function closeExtensions(names: Iterable<string>): Set<string> {
  const all = new Set<string>();
  const add = (name: string): void => {
    if (all.has(name)) return;
    all.add(name);
    for (const other of implied[name] ?? []) add(other);
  };
  for (const name of names) add(name);
  return all;
}

/**
 * The feature set of a hart with the given extensions (`['G', 'C', 'H', 'Zba']`): bit n stands for feature n, see {@link featureBits}.
 * Extensions that the engine knows nothing of are accepted and add nothing.
 */
export function featureSet(names: Iterable<string>): bigint {
  const on = closeExtensions(names);
  let set = 0n;
  for (const [feature, bit] of featureBits) {
    const holds = feature.split('&').every((all) => all.split('|').some((any) => on.has(any)));
    if (holds) set |= 1n << BigInt(bit);
  }
  return set;
}

/** `amoadd.w` -> `AMOADD_W`. */
export function operationName(instruction: Instruction): string {
  return instruction.name.toUpperCase().replaceAll('.', '_');
}

function numberOperations(): Map<string, number> {
  const numbers = new Map<string, number>();
  for (const i of instructions) {
    if (i.length === 4 && !i.hint && !numbers.has(i.name)) numbers.set(i.name, numbers.size + 1);
  }
  return numbers;
}

/** Operation number of each mnemonic of a 32-bit instruction that the engine tells apart: 1 and upwards, without gaps. */
export const operations: ReadonlyMap<string, number> = numberOperations();
