// What fuzz:cpu does without options: instructions that compute, in M mode.
import { gprNames } from '../../dist/isa/index.js';
import { differences, differing } from './compare.mjs';
import { makeSequence, repertoire } from './generate.mjs';
import { buildImage } from './layout.mjs';
import { wrongCsrsIn, wrongIn } from './quirks.mjs';

const hex = (value) => `0x${value.toString(16)}`;

/** The world of a QEMU's extensions, or of those in `only` (extensions or instructions by name). */
export function computing({ extensions, version }, only) {
  const drawn = repertoire(extensions, { only, wrong: wrongIn(version), wrongCsrs: wrongCsrsIn(version) });
  if (drawn.weighted.length === 0) throw new Error(`no instruction is called ${only.join(' or ')}`);
  return {
    makeSequence: (random, length) => makeSequence(random, drawn, length),
    buildImage,
    differing,
    differences,
    arrays: ['x', 'f'],
    plain: [{ fcsr: 0n }, { mstatus: 0x7800n }],
    stateWords: (state) => [
      ...state.x.flatMap((value, n) => {
        if (value === 0n || n === 0) return [];
        return `${gprNames[n]}=${typeof value === 'bigint' ? hex(value) : `window+${value.window}`}`;
      }),
      ...state.f.flatMap((value, n) => (value === 0n ? [] : `f${n}=${hex(value)}`)),
      `fcsr=${hex(state.fcsr)}`,
      `mstatus=${hex(state.mstatus)}`,
    ],
  };
}
