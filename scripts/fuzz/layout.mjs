// The program around sequences that compute: it loads all registers from a sequence's block, runs the sequence in M mode, and
// puts all registers back. A trap is written down and its instruction stepped over. Both machines run the same image, so a
// mistake in here cannot look like a difference.
import { assemble } from '../../dist/isa/index.js';
import { BASE, BLOCKS, layOut, TABLE } from './image.mjs';

/** A block: the memory the sequence works on, its registers before, its registers after, and its traps. */
export const WINDOW_BYTES = 768;
export const BEFORE = WINDOW_BYTES;
export const REGISTERS = { x: 0, f: 256, fcsr: 512, mstatus: 520, sscratch: 528, vsscratch: 536, bytes: 544 };
export const AFTER = BEFORE + REGISTERS.bytes;
export const TRAPS = AFTER + REGISTERS.bytes;
export const TRAPS_LOGGED = 4;
const SAVED = TRAPS + 8 + TRAPS_LOGGED * 24;

/** x3 holds the block's address throughout and is never written by a sequence. */
const registers = (line, from) => Array.from({ length: 32 - from }, (_, i) => line(i + from)).join('\n');
const integers = [1, 2, ...Array.from({ length: 28 }, (_, i) => i + 4)];

const SOURCE = `
  la t0, trap
  csrw mtvec, t0
  li t0, -1
  csrw pmpaddr0, t0
  li t0, 0x1f
  csrw pmpcfg0, t0
  li t0, 0x6000
  csrs mstatus, t0
next:
  la t0, index
  lwu t1, 0(t0)
  lwu t2, 4(t0)
  bgeu t1, t2, done
  addi t3, t1, 1
  sw t3, 0(t0)
  li t0, ${BASE + BigInt(TABLE)}
  slli t2, t1, 3
  add t0, t0, t2
  ld t0, 0(t0)
  csrw mepc, t0
  slli t1, t1, 11
  li gp, ${BASE + BigInt(BLOCKS)}
  add gp, gp, t1
  sc.w zero, zero, (gp)
  ld t0, ${BEFORE + REGISTERS.fcsr}(gp)
  csrw fcsr, t0
  ld t0, ${BEFORE + REGISTERS.sscratch}(gp)
  csrw sscratch, t0
  ld t0, ${BEFORE + REGISTERS.vsscratch}(gp)
  csrw vsscratch, t0
  ${registers((n) => `fld f${n}, ${BEFORE + REGISTERS.f + n * 8}(gp)`, 0)}
  ld t0, ${BEFORE + REGISTERS.mstatus}(gp)
  csrw mstatus, t0
  ${integers.map((n) => `ld x${n}, ${BEFORE + REGISTERS.x + n * 8}(gp)`).join('\n')}
  mret
save:
  ${integers.map((n) => `sd x${n}, ${AFTER + REGISTERS.x + n * 8}(gp)`).join('\n')}
  csrr t0, mstatus
  sd t0, ${AFTER + REGISTERS.mstatus}(gp)
  li t0, 0x6000
  csrs mstatus, t0
  csrr t0, fcsr
  sd t0, ${AFTER + REGISTERS.fcsr}(gp)
  csrr t0, sscratch
  sd t0, ${AFTER + REGISTERS.sscratch}(gp)
  csrr t0, vsscratch
  sd t0, ${AFTER + REGISTERS.vsscratch}(gp)
  ${registers((n) => `fsd f${n}, ${AFTER + REGISTERS.f + n * 8}(gp)`, 0)}
  j next
done:
  li t0, 0x100000
  li t1, 0x5555
  sw t1, 0(t0)
stay:
  j stay

  .align 2
trap:
  sd t0, ${SAVED}(gp)
  sd t1, ${SAVED + 8}(gp)
  lwu t0, ${TRAPS}(gp)
  addi t1, t0, 1
  sw t1, ${TRAPS}(gp)
  li t1, ${TRAPS_LOGGED}
  bgeu t0, t1, skip
  li t1, 24
  mul t0, t0, t1
  add t0, t0, gp
  csrr t1, mcause
  sd t1, ${TRAPS + 8}(t0)
  csrr t1, mtval
  sd t1, ${TRAPS + 16}(t0)
  csrr t1, mepc
  sd t1, ${TRAPS + 24}(t0)
skip:
  csrr t0, mepc
  lhu t1, 0(t0)
  andi t1, t1, 3
  addi t1, t1, -3
  addi t0, t0, 2
  bnez t1, short
  addi t0, t0, 2
short:
  csrw mepc, t0
  li t0, 0x1800
  csrs mstatus, t0
  ld t0, ${SAVED}(gp)
  ld t1, ${SAVED + 8}(gp)
  mret

  .align 3
index: .word 0
count: .word 0
`;

const program = assemble(SOURCE, { base: BASE });

/** The image of a batch: `sequences` are { items, window, state }. */
export function buildImage(sequences) {
  return layOut(program, sequences, (view, block, { state }, address) => {
    const put = (at, value) => view.setBigUint64(block + BEFORE + at, value, true);
    state.x.forEach((value, n) => {
      put(REGISTERS.x + n * 8, typeof value === 'bigint' ? value : address + BigInt(value.window));
    });
    state.f.forEach((value, n) => {
      put(REGISTERS.f + n * 8, value);
    });
    for (const name of ['fcsr', 'mstatus', 'sscratch', 'vsscratch']) put(REGISTERS[name], state[name]);
  });
}
