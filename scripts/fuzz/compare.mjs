// What differs between the two machines' blocks of one sequence, in words.
import { fprNames, gprNames } from '../../dist/isa/index.js';
import { AFTER, BLOCK_BYTES, REGISTERS, TRAPS, TRAPS_LOGGED, WINDOW_BYTES } from './layout.mjs';

const hex = (value) => `0x${value.toString(16).padStart(16, '0')}`;

const FS = 3n << 13n;
const SD = 1n << 63n;
const LOAD_MISALIGNED = 4n;
const STORE_MISALIGNED = 6n;

/**
 * Makes the same what may differ. A hart may say of its floating-point state that it is dirty though it is not. QEMU says
 * of misaligned atomics that they load; the Priv. ISA says that AMOs raise store/AMO exceptions.
 */
function forgive(ours, theirs) {
  const [a, b] = [ours, theirs].map((blocks) => new DataView(blocks.buffer, blocks.byteOffset, blocks.byteLength));
  for (let block = 0; block < ours.length; block += BLOCK_BYTES) {
    const status = block + AFTER + REGISTERS.mstatus;
    if ((a.getBigUint64(status, true) & FS) === FS)
      b.setBigUint64(status, b.getBigUint64(status, true) | FS | SD, true);
    for (let i = 0; i < TRAPS_LOGGED; i++) {
      const cause = block + TRAPS + 8 + i * 24;
      if (a.getBigUint64(cause, true) === STORE_MISALIGNED && b.getBigUint64(cause, true) === LOAD_MISALIGNED) {
        b.setBigUint64(cause, STORE_MISALIGNED, true);
      }
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
