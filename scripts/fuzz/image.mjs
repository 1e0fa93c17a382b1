// The memory of a batch: a program, the code of the sequences, the addresses of the sequences, and a block for each with
// what it starts from and what it has become.
import { encode } from '../../dist/isa/index.js';

export const BASE = 0x8000_0000n;
export const MEMORY = 32 << 20;
/** The sequences' code, in reach of a `j` from and to the program. */
export const CODE = 0x2000;
export const CODE_LIMIT = 0xf_0000;
/** Addresses of the sequences, then their blocks. */
export const TABLE = 0x10_0000;
export const BLOCKS = 0x20_0000;
export const BLOCK_BYTES = 2048;
export const MAX_SEQUENCES = Math.floor((MEMORY - BLOCKS) / BLOCK_BYTES) - 64;

/**
 * The image of a batch. `program` is assembled code with labels `count` (a word) and `save`, where sequences jump when they
 * are done; `fill(view, block, sequence, address)` writes a block.
 */
export function layOut(program, sequences, fill) {
  if (program.bytes.length > CODE) throw new Error('the program has grown into its sequences');
  const bytes = new Uint8Array(BLOCKS + sequences.length * BLOCK_BYTES);
  const view = new DataView(bytes.buffer);
  bytes.set(program.bytes);
  const offset = (label) => Number(program.symbols.get(label) - BASE);
  view.setUint32(offset('count'), sequences.length, true);
  let at = CODE;
  sequences.forEach((sequence, i) => {
    view.setBigUint64(TABLE + i * 8, BASE + BigInt(at), true);
    at = placeCode(view, at, sequence.items, offset('save'));
    const block = BLOCKS + i * BLOCK_BYTES;
    bytes.set(sequence.window, block);
    fill(view, block, sequence, BASE + BigInt(block));
  });
  return bytes;
}

/** Bytes of a sequence's code, its last jump included. */
export function codeBytes(items) {
  return Math.ceil((items.reduce((sum, item) => sum + item.length, 0) + 4) / 4) * 4;
}

/** Writes the words of a sequence; branches learn here how far they go. Returns where the next one begins. */
function placeCode(view, start, items, save) {
  const starts = [];
  let at = start;
  for (const item of items) {
    starts.push(at);
    at += item.length;
  }
  starts.push(at);
  items.forEach((item, i) => {
    const target = starts[Math.min(i + 1 + (item.skip ?? 0), items.length)];
    let to = starts[i];
    for (const { word, length } of item.words(target - starts[i])) {
      if (length === 2) view.setUint16(to, word, true);
      else {
        view.setUint16(to, word & 0xffff, true);
        view.setUint16(to + 2, word >>> 16, true);
      }
      to += length;
    }
  });
  const jump = encode('jal', { rd: 0, imm: save - at });
  view.setUint16(at, jump & 0xffff, true);
  view.setUint16(at + 2, jump >>> 16, true);
  return start + codeBytes(items);
}
