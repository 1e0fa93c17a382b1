// The features by which a hart switches extensions on and off. Apart from the instructions that ask for them: a program that runs guests needs none of
// their tables, and starts the sooner without.

/**
 * What instructions ask for, in bit order: a hart has instruction `op` when bit `opExtension(op)` of its feature set is on. Each is
 * an expression over extension names, see {@link Instruction.feature}. They fill the first word of the set, in
 * the order in which the tables come to them.
 */
export const instructionFeatures: readonly string[] = [
  ...['I', 'M', 'Zalrsc', 'Zaamo', 'F', 'D', 'C', 'Zicsr', 'Zifencei', 'Machine', 'S', 'H'],
  ...['Svinval', 'Svinval&H', 'Smrnmi', 'Zba', 'Zbb', 'Zbb|Zbkb', 'Zbs', 'Zicond', 'Zicbom'],
  ...['Zicboz', 'Zawrs', 'Zihintpause', 'Zbc|Zbkc', 'Zbc', 'Zbkb', 'Zbkx', 'Zknd', 'Zkne'],
  ...['Zknd|Zkne', 'Zknh', 'Zksed', 'Zksh', 'Zfhmin', 'Zfhmin&D', 'Zfh', 'F&Zfa', 'D&Zfa', 'Zfh&Zfa'],
  ...['Zacas', 'Zabha', 'Zabha&Zacas', 'Zcb', 'Zimop', 'Zcmop', 'Zicfilp', 'Zicfiss'],
];

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
