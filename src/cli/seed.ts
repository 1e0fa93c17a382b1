// Bytes from a seed, where a run is to be alike every time and would otherwise take randomness from the system.
import { type ParsedOptions, parseSeed, usage } from './options.js';

/** The seed of a deterministic run; undefined if it is none. Throws `USAGE`. */
export function seedFrom({ values }: ParsedOptions): bigint | undefined {
  const text = values.get('--seed');
  if (values.has('--deterministic')) return text === undefined ? 0n : parseSeed('--seed', text);
  if (text !== undefined) throw usage('--seed is for --deterministic runs');
  return undefined;
}

/** The same bytes for the same seed: SplitMix64 (Steele, Lea, Flood 2014), for a guest's own generator to start from. */
export function seededBytes(seed: bigint, count: number): Uint8Array {
  const bytes = new Uint8Array(count);
  let state = seed;
  for (let at = 0; at < count; at++) {
    state = BigInt.asUintN(64, state + 0x9e37_79b9_7f4a_7c15n);
    let z = state;
    z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58_476d_1ce4_e5b9n);
    z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d0_49bb_1331_11ebn);
    bytes[at] = Number(z >> 56n);
  }
  return bytes;
}
