// The names a hart can be described with: what each stands for here, and the version that is meant. Unpriv. ISA, "ISA Extension
// Naming Conventions"; RVA profiles for the names that only say how a hart behaves.
import { closeExtensions, features } from '../extensions/features.js';

/** Promises about memory and registers that every hart here keeps, whether they are said or not, and that no software needs to act upon. */
const PROMISES: readonly string[] = [
  ...['ziccif', 'ziccrse', 'ziccamoa', 'zicclsm', 'zic64b', 'za64rs', 'za128rs'],
  ...['svbare', 'ssccptr', 'sstvecd', 'sstvala', 'sscounterenw', 'ssu64xl', 'ssstrict'],
];

/**
 * What every hart here does, whether it is said or not: properties of memory and of address translation, and registers that keep
 * what they are given. Their names are accepted and shown.
 */
const PROPERTIES: readonly string[] = [...PROMISES, 'zicbop', 'zihintntl', 'sv39', 'svade', 'svvptc'];

/** The same for harts with the hypervisor extension; Sha stands for all of them. */
const HYPERVISOR_PROPERTIES = ['shcounterenw', 'shgatpa', 'shtvala', 'shvsatpa', 'shvstvala', 'shvstvecd'];

/** Names that stand for others, or for what another name switches on. Zkt is taken on trust: software has no constant time. */
const SHORTHANDS: readonly string[] = [
  ...['g', 'a', 'b', 'zca', 'zcd', 'zk', 'zkn', 'zks', 'zkt', 'ssstateen', 'supm', 'sspm', 'sha'],
  ...['ss1p11', 'ss1p12', 'ss1p13', 'sm1p11', 'sm1p12', 'sm1p13'],
];

/** What the engine does not have: named by features of the tables only. */
const ABSENT: ReadonlySet<string> = new Set(['Smrnmi', 'Machine', 'S', 'U']);

const switchable = new Set(features.flatMap((feature) => feature.split(/[|&]/)).filter((name) => !ABSENT.has(name)));

/** Is this a name that promises something and switches nothing? */
export function isPromise(name: string): boolean {
  return PROMISES.includes(name) || HYPERVISOR_PROPERTIES.includes(name);
}

/** Every name that is understood, in lower case. */
export const cpuNames: ReadonlySet<string> = new Set([
  ...[...switchable].map((name) => name.toLowerCase()),
  ...[...PROPERTIES, ...HYPERVISOR_PROPERTIES, ...SHORTHANDS],
]);

/** Names of which version 2 is meant where none is given; of all others it is version 1. */
const SECOND_VERSIONS: ReadonlySet<string> = new Set([
  ...['i', 'e', 'm', 'a', 'f', 'd', 'q', 'c', 'g', 'zicntr', 'zicsr', 'zifencei', 'zihintpause', 'zihpm'],
]);

/** The major version of what goes by a name here. */
export function majorVersion(name: string): number {
  return SECOND_VERSIONS.has(name) ? 2 : 1;
}

/** As the feature tables write it: `zba` -> `Zba`. */
function tableName(name: string): string {
  return name.charAt(0).toUpperCase() + name.slice(1);
}

/** The names that a set brings with it, in lower case: dependencies, what shorthands stand for, and shorthands that are complete. */
export function closeNames(names: Iterable<string>): Set<string> {
  const all = new Set([...closeExtensions([...names].map(tableName))].map((name) => name.toLowerCase()));
  const has = (...parts: string[]): boolean => parts.every((name) => all.has(name));
  for (const name of ['g', 's', 'u', 'machine']) all.delete(name);
  if (has('zalrsc', 'zaamo')) all.add('a');
  if (has('zba', 'zbb', 'zbs')) all.add('b');
  if (has('c', 'd')) all.add('zcd');
  if (has('zca') && (has('zcd') || !has('d'))) all.add('c');
  return all;
}

/** All that the engine has, and that software which does not know of it can leave alone; Zk is not there, for it promises Zkt. */
export function everything(): Set<string> {
  // The first trap of a hart with Smdbltrp is fatal to firmware that does not clear mstatus.MDT; with Shlcofideleg a hypervisor that delegates
  // all that it can finds an interrupt in vsip that it does not know.
  const unasked = ['smdbltrp', 'shlcofideleg'];
  const switched = [...switchable].map((name) => name.toLowerCase()).filter((name) => !unasked.includes(name));
  const shown = ['zkn', 'zks', 'sha', 'supm', 'sspm'];
  return closeNames([...switched, ...PROPERTIES, ...shown]);
}
