// What sequences about control-flow integrity have besides those about privilege: indirect jumps with and without a landing pad
// where they arrive, and shadow stacks. First stages are off, so the latter fault where they are active; --paging has them in memory.
import { encode } from '../../dist/isa/index.js';

/** Extensions that are on besides the others. */
export const WITH = ['zicfilp', 'zicfiss'];

/** MLPE: landing pads in M mode. */
export const MLPE = 1n << 10n;
/** SSE of every xenvcfg. */
export const SSE = 8n;
/** What the landing pad of an interrupted jump is kept in. */
export const SPELP = 1n << 23n;
export const MPELP = 1n << 41n;

const LABELS = [0, 1, 0x12345, 0xfffff];
/** Two say that a jump is a return, one that it is guarded otherwise; the rest ask for a landing pad. */
const THROUGH = [1, 5, 7, 6, 10, 11, 12, 28];
const LINKS = [0, 1, 5, 6, 10];

const SHADOW = ['sspush', 'sspopchk', 'ssrdp', 'ssamoswap.w', 'ssamoswap.d', 'c.sspush', 'c.sspopchk'];

/** A step about control flow; undefined for one of the others. `byName` makes one of an instruction. */
export function cfiItem(random, byName) {
  const dice = random.below(100);
  if (dice < 25) return indirectJump(random);
  if (dice < 45) return landingPad(random);
  if (dice < 60) return byName(random.pick(SHADOW));
  return undefined;
}

function landingPad(random) {
  const word = (0x17 | (random.pick(LABELS) << 12)) >>> 0;
  return { name: 'lpad', length: 4, words: () => [{ word, length: 4 }] };
}

/** x7 with a label, an address, and the jump to a later step. */
function indirectJump(random) {
  const through = random.pick(THROUGH);
  const link = random.pick(LINKS);
  const label = { word: encode('lui', { rd: 7, imm: random.pick(LABELS) }), length: 4 };
  const skip = random.pick([0, 0, 0, 1, 2]);
  const here = { word: encode('auipc', { rd: through, imm: 0 }), length: 4 };
  if (random.chance(0.6)) {
    const words = (distance) => [
      label,
      here,
      { word: encode('jalr', { rd: link, rs1: through, imm: distance - 4 }), length: 4 },
    ];
    return { name: 'jalr', length: 12, skip, words };
  }
  const name = random.pick(['c.jr', 'c.jalr']);
  const words = (distance) => [
    label,
    here,
    { word: encode('addi', { rd: through, rs1: through, imm: distance - 4 }), length: 4 },
    { word: encode(name, { rd: through }), length: 2 },
  ];
  return { name, length: 14, skip, words };
}

/** Where landing pads are off a trap leaves the old ones in QEMU; and a guest's write to sstatus is one to the host's SPELP. */
export function staleLandingPads(inGuest, ours, theirs) {
  return (theirs & ~ours & (SPELP | MPELP)) | (inGuest ? SPELP : 0n);
}
