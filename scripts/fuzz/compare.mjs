// What differs between the two machines' blocks of one sequence, in words.
import { fprNames, gprNames } from '../../dist/isa/index.js';
import { BLOCK_BYTES } from './image.mjs';
import { AFTER, REGISTERS, TRAPS, TRAPS_LOGGED, WINDOW_BYTES } from './layout.mjs';
import { asDirty, asSpecified } from './quirks.mjs';

const hex = (value) => `0x${value.toString(16).padStart(16, '0')}`;

/** Makes QEMU's blocks what the specification says where they are known not to be. */
function forgive(ours, theirs) {
  const [a, b] = [ours, theirs].map((blocks) => new DataView(blocks.buffer, blocks.byteOffset, blocks.byteLength));
  for (let block = 0; block < ours.length; block += BLOCK_BYTES) {
    const status = block + AFTER + REGISTERS.mstatus;
    b.setBigUint64(status, asDirty(a.getBigUint64(status, true), b.getBigUint64(status, true)), true);
    for (let at = block + TRAPS + 8; at < block + TRAPS + 8 + TRAPS_LOGGED * 24; at += 24) {
      const [mine, other] = [a, b].map((view) => ({
        cause: view.getBigUint64(at, true),
        tval: view.getBigUint64(at + 8, true),
      }));
      const { cause, tval } = asSpecified(mine, other);
      b.setBigUint64(at, cause, true);
      b.setBigUint64(at + 8, tval, true);
    }
  }
}

/** Indexes of the sequences whose blocks differ. */
export function differing(ours, theirs) {
  forgive(ours, theirs);
  const indexes = [];
  for (let at = 0; at < ours.length; at += BLOCK_BYTES) {
    if (Buffer.compare(ours.subarray(at, at + BLOCK_BYTES), theirs.subarray(at, at + BLOCK_BYTES)) !== 0) {
      indexes.push(at / BLOCK_BYTES);
    }
  }
  return indexes;
}

/** The differences of one block: { what, ours, theirs }, one for each register, word of memory or trap. */
export function differences(ours, theirs) {
  forgive(ours, theirs);
  const views = [ours, theirs].map((block) => new DataView(block.buffer, block.byteOffset, block.byteLength));
  const found = [];
  const look = (what, at) => {
    const [a, b] = views.map((view) => view.getBigUint64(at, true));
    if (a !== b) found.push({ what, ours: hex(a), theirs: hex(b) });
  };
  gprNames.forEach((name, n) => {
    if (n !== 0) look(name, AFTER + REGISTERS.x + n * 8);
  });
  fprNames.forEach((name, n) => {
    look(name, AFTER + REGISTERS.f + n * 8);
  });
  for (const name of ['fcsr', 'mstatus', 'sscratch', 'vsscratch']) look(name, AFTER + REGISTERS[name]);
  for (let at = 0; at < WINDOW_BYTES; at += 8) look(`memory +${at}`, at);
  look('traps', TRAPS);
  for (let i = 0; i < TRAPS_LOGGED; i++) {
    ['mcause', 'mtval', 'mepc'].forEach((name, n) => {
      look(`trap ${i + 1} ${name}`, TRAPS + 8 + i * 24 + n * 8);
    });
  }
  return found;
}
