// ISA strings: the names of a hart's extensions in one word, written in canonical order and read in any. Unpriv. ISA, "ISA Extension
// Naming Conventions".
import { HypercraftError } from '../error.js';
import { cpuNames, majorVersion } from './names.js';
import { profiles } from './profiles.js';

/** One-letter extensions in canonical order, the base first. */
const LETTERS = 'iemafdqcbvph';
/** Categories of Z names, in order. */
const CATEGORIES = 'imafdqlcbkjtvph';
const PREFIXES = ['z', 'su', 'ss', 'sv', 'sh', 'sm', 'x'];

/** One name of an ISA string, with its version if it has one. */
interface Named {
  readonly name: string;
  readonly major: number | undefined;
  readonly minor: number;
}

/** Extensions without repetition, in canonical order: single letters, then the others. */
export function canonicalExtensions(extensions: Iterable<string>): { letters: string[]; words: string[] } {
  const all = [...new Set([...extensions].map((name) => name.toLowerCase()))];
  const place = (order: string, letter: string): string => {
    const at = order.indexOf(letter);
    return String.fromCharCode(0x41 + (at < 0 ? order.length : at));
  };
  const key = (word: string): string => {
    const prefix = PREFIXES.findIndex((start) => word.startsWith(start));
    return `${prefix < 0 ? 9 : prefix}${prefix === 0 ? place(CATEGORIES, word[1]!) : ''}${word}`;
  };
  const sorted = (names: readonly string[], rank: (name: string) => string): string[] => {
    const ranked = names.map((name) => [rank(name), name] as const);
    return ranked.sort(([a], [b]) => (a < b ? -1 : 1)).map(([, name]) => name);
  };
  return {
    letters: sorted(
      all.filter((name) => name.length === 1),
      (letter) => place(LETTERS, letter),
    ),
    words: sorted(
      all.filter((name) => name.length > 1),
      key,
    ),
  };
}

/** The ISA string in canonical order: `rv64imafdch_zicsr_sstc`. */
export function isaString(extensions: Iterable<string>): string {
  const { letters, words } = canonicalExtensions(extensions);
  return `rv64${letters.join('')}${words.map((word) => `_${word}`).join('')}`;
}

/**
 * The names in an ISA string or after a profile's name, in lower case, as they stand there: nothing implied is added, but that the base
 * `i` of version 2.0, the default, still contains Zicsr, Zifencei, Zicntr and Zihpm, as in `riscv,isa` of device trees.
 * @throws HypercraftError `CPU_NAME` for what is no such string, unknown, in a version unknown here, or said twice
 */
export function readIsaString(text: string): readonly string[] {
  const [first = '', ...rest] = text.toLowerCase().split('_');
  const profile = profiles.get(first);
  const named = profile !== undefined ? [] : readBase(text, first);
  for (const word of rest) {
    if (word === '') throw bad(text, 'two underscores, or one at the end');
    named.push(...readWord(text, word));
  }
  for (const [index, { name }] of named.entries()) {
    if (named.findIndex((other) => other.name === name) !== index) throw bad(text, `'${name}' is named twice`);
  }
  const names = named.map((one) => known(text, one));
  if (profile !== undefined) return [...profile, ...names];
  const [base] = named;
  if (base!.name === 'g') return [...names, 'i', 'zicntr', 'zihpm'];
  return base!.minor > 0 ? names : [...names, 'zicsr', 'zifencei', 'zicntr', 'zihpm'];
}

function readBase(text: string, word: string): Named[] {
  if (!/^rv\d/.test(word)) throw bad(text, "neither a profile nor an ISA string, which begins with 'rv64i' or 'rv64g'");
  if (!word.startsWith('rv64')) throw bad(text, 'harts here are of 64 bits: rv64');
  const named = readWord(text, word.slice(4));
  const base = named[0]?.name;
  if (base === 'e') throw bad(text, "the base 'e' has half of the registers; only 'i' is there");
  if (base !== 'i' && base !== 'g') throw bad(text, "after rv64 comes the base: 'i', or 'g' for imafd_zicsr_zifencei");
  return named;
}

/** What stands between two underscores: single letters, then at most one longer name, which takes all that is left. */
function readWord(text: string, word: string): Named[] {
  const named: Named[] = [];
  for (let at = 0; at < word.length; ) {
    const left = word.slice(at);
    if (/^[zsx]/.test(left)) {
      named.push(readName(left));
      break;
    }
    const [whole, name, major, minor] = /^([a-z])(?:(\d+)(?:p(\d+))?)?/.exec(left) ?? [];
    if (whole === undefined) throw bad(text, `'${left}' is no extension`);
    named.push({ name: name!, major: major === undefined ? undefined : Number(major), minor: Number(minor ?? 0) });
    at += whole.length;
  }
  return named;
}

/** A longer name: itself if it is known, for some end in digits, else what stands before a version. */
function readName(word: string): Named {
  const [, name, major, minor] = /^(.*?[a-z])(\d+)(?:p(\d+))?$/.exec(word) ?? [];
  if (cpuNames.has(word) || name === undefined) return { name: word, major: undefined, minor: 0 };
  return { name, major: Number(major), minor: Number(minor ?? 0) };
}

function known(text: string, { name, major }: Named): string {
  if (name === 'v') throw bad(text, "'v': there is no vector unit yet");
  if (name.startsWith('z') && name.endsWith('inx'))
    throw bad(text, `'${name}' contradicts f: it has no registers of its own`);
  if (!cpuNames.has(name)) throw bad(text, `there is no extension '${name}' here`);
  const own = majorVersion(name);
  if (major !== undefined && major !== own) throw bad(text, `'${name}' is there in version ${own}, not ${major}`);
  return name;
}

function bad(text: string, why: string): HypercraftError {
  return new HypercraftError('CPU_NAME', `cpu '${text}': ${why}`);
}
