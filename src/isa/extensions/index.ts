// Every instruction of every extension, the operation numbers the engine's decoder gives them, and the features by which
// a hart switches extensions on and off.

import type { Instruction } from '../instruction.js';
import { allInstructions } from './tables.js';

export { closeExtensions, featureBits, featureSet, features, instructionFeatures } from './features.js';

/** All instructions, base sets first. Overlapping encodings are allowed where one is a special case of the other. */
export const instructions: readonly Instruction[] = allInstructions();

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
