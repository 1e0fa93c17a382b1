// The program around sequences about paging. M mode writes a sequence's page tables into a pool of pages, sets the CSRs of
// translation and protection, and makes its accesses one after the other: as another mode through MPRV, by HLV and HSV, or by
// going to that mode, where a page of small routines may be mapped. Every access leaves how it ended; at the end the entries are
// read back (A and D bits) and the data pages are summed up and restored.
import { assemble } from '../../dist/isa/index.js';
import { BASE } from './image.mjs';

/** Blocks lie below the pool. */
export const BLOCKS = 0x20_0000;
export const BLOCK_BYTES = 4096;
/** 2 MiB-aligned, so that leaves of every size can reach it: pages for tables, then pages with data. */
export const POOL = BASE + 0x100_0000n;
export const TABLE_PAGES = 96;
export const DATA = POOL + 0x8_0000n;
export const DATA_PAGES = 16;
/** What data pages hold at the start of each sequence. */
const PRISTINE = BASE + 0x110_0000n;
export const IMAGE_END = Number(PRISTINE - BASE) + DATA_PAGES * 4096;
export const MAX_SEQUENCES = Math.floor((Number(POOL - BASE) - BLOCKS) / BLOCK_BYTES);

/** The last data page has the routines that run in other modes. */
export const ROUTINES = DATA + BigInt(DATA_PAGES - 1) * 4096n;

/** CSRs of a sequence, in the order in which they lie in its block. */
export const SEQUENCE_CSRS = ['satp', 'vsatp', 'hgatp', 'menvcfg', 'henvcfg', 'senvcfg', 'pmpcfg0'].concat(
  Array.from({ length: 8 }, (_, i) => `pmpaddr${i}`),
);
export const COUNTS = 128;
export const ACTIONS = 160;
export const MOST_ACTIONS = 6;
/** One access: what is poked and fenced before, the status registers, where to go, and its operands. */
export const ACTION = {
  enters: 0,
  target: 8,
  mstatus: 16,
  hstatus: 24,
  vsstatus: 32,
  address: 40,
  operand: 48,
  pokeAt: 56,
  pokeValue: 64,
  fence: 72,
  fenceAddress: 80,
  fenceSpace: 88,
  bytes: 96,
};
export const RESULTS = ACTIONS + MOST_ACTIONS * ACTION.bytes + 32;
export const RESULT_FIELDS = ['mcause', 'mtval', 'mepc', 'mtval2', 'mtinst', 'mstatus', 'result', 'ssp'];
export const RESULT_BYTES = 64;
export const SUM = RESULTS + MOST_ACTIONS * RESULT_BYTES;
export const POKES = SUM + 16;
export const MOST_POKES = Math.floor((BLOCK_BYTES - POKES) / 16);
/** In place of a cause: the access was made. */
export const DONE = 0x5ea1n;

/** The accesses: eight bytes of code each, the instruction and the way back. */
export const ACCESSES = [
  ...['lb', 'lbu', 'lh', 'lhu', 'lw', 'lwu', 'ld'].map((name) => ({ name, text: `${name} a1, 0(a0)`, kind: 'load' })),
  ...['sb', 'sh', 'sw', 'sd'].map((name) => ({ name, text: `${name} a1, 0(a0)`, kind: 'store' })),
  ...['amoswap.w', 'amoswap.d', 'amoor.w', 'amoand.d'].map((name) => ({
    name,
    text: `${name} a1, a1, (a0)`,
    kind: 'atomic',
  })),
  ...['lr.w', 'lr.d'].map((name) => ({ name, text: `${name} a1, (a0)`, kind: 'reserve' })),
  ...['hlv.b', 'hlv.bu', 'hlv.h', 'hlv.hu', 'hlv.w', 'hlv.wu', 'hlv.d', 'hlvx.hu', 'hlvx.wu'].map((name) => ({
    name,
    text: `${name} a1, (a0)`,
    kind: 'guest load',
  })),
  ...['hsv.b', 'hsv.h', 'hsv.w', 'hsv.d'].map((name) => ({ name, text: `${name} a1, (a0)`, kind: 'guest store' })),
  ...['cbo.zero', 'cbo.clean', 'cbo.flush', 'cbo.inval'].map((name) => ({ name, text: `${name} (a0)`, kind: 'block' })),
  { name: 'prefetch.w', text: 'prefetch.w 0(a0)', kind: 'block' },
  // ssp is the address (QEMU lets it be one that is not aligned), ra the operand.
  ...['sspush ra', 'sspopchk ra', 'c.sspush ra\nc.nop', 'ssamoswap.w a1, a1, (a0)', 'ssamoswap.d a1, a1, (a0)'].map(
    (text) => ({ name: /^\S+/.exec(text)[0], text, kind: 'shadow' }),
  ),
];
export const FENCES = ['sfence.vma', 'hfence.vvma', 'hfence.gvma', 'sinval.vma', 'hinval.vvma', 'hinval.gvma'];

/** All operand forms of a fence; the program takes the address and the space from a0 and a1. */
const fenceForms = FENCES.flatMap((name) =>
  ['zero, zero', 'a0, zero', 'zero, a1', 'a0, a1'].map((operands) => `${name} ${operands}\njr ra`),
);

const SOURCE = `
  la t0, trap
  csrw mtvec, t0
  li t0, -1
  csrw mstateen0, t0
  csrw mcounteren, t0
next:
  li t0, 0x1800
  csrw mstatus, t0
  la t0, index
  lwu t1, 0(t0)
  lwu t2, 4(t0)
  bgeu t1, t2, finished
  addi t3, t1, 1
  sw t3, 0(t0)
  slli t1, t1, 12
  li gp, ${BASE + BigInt(BLOCKS)}
  add gp, gp, t1
  la t0, block
  sd gp, 0(t0)

  li t0, ${POOL}
  li t1, ${POOL + BigInt(TABLE_PAGES) * 4096n}
clear:
  ${Array.from({ length: 16 }, (_, i) => `sd zero, ${i * 8}(t0)`).join('\n')}
  addi t0, t0, 128
  bltu t0, t1, clear

  ld t0, ${COUNTS}(gp)
  addi t1, gp, ${POKES}
poke:
  beqz t0, poked
  ld t2, 0(t1)
  ld t3, 8(t1)
  sd t3, 0(t2)
  addi t1, t1, 16
  addi t0, t0, -1
  j poke
poked:
  ${SEQUENCE_CSRS.map((name, i) => `ld t0, ${i * 8}(gp)\ncsrw ${name}, t0`).join('\n')}
  sfence.vma
  hfence.vvma
  hfence.gvma
  la t0, action
  addi t1, gp, ${ACTIONS}
  sd t1, 0(t0)
  addi t1, gp, ${RESULTS}
  sd t1, 8(t0)
  ld t1, ${COUNTS + 8}(gp)
  sd t1, 16(t0)

act:
  la t0, action
  ld s2, 0(t0)
  ld s4, 16(t0)
  beqz s4, acted
  ld t0, ${ACTION.pokeAt}(s2)
  beqz t0, unpoked
  ld t1, ${ACTION.pokeValue}(s2)
  sd t1, 0(t0)
unpoked:
  ld t0, ${ACTION.fence}(s2)
  beqz t0, unfenced
  ld a0, ${ACTION.fenceAddress}(s2)
  ld a1, ${ACTION.fenceSpace}(s2)
  jalr t0
unfenced:
  ld t0, ${ACTION.hstatus}(s2)
  csrw hstatus, t0
  ld t0, ${ACTION.vsstatus}(s2)
  csrw vsstatus, t0
  ld t0, ${ACTION.enters}(s2)
  ld t1, ${ACTION.target}(s2)
  ld t2, ${ACTION.mstatus}(s2)
  ld a0, ${ACTION.address}(s2)
  ld a1, ${ACTION.operand}(s2)
  andi ra, a0, -8
  csrw ssp, ra
  mv ra, a1
  csrw mepc, t1
  csrw mstatus, t2
  bnez t0, enter
  jr t1
enter:
  mret

  .align 3
accesses:
  ${ACCESSES.map(({ text }) => `${text}\n.word 0x0000006f`).join('\n')}
done:
  csrr t4, mstatus
  li t0, 0x1800
  csrw mstatus, t0
  li t0, ${DONE}
  li t1, 0
  csrr t2, mepc
  li t3, 0
  li t6, 0
  j record

  .align 2
trap:
  csrr t4, mstatus
  li t0, 0x1800
  csrw mstatus, t0
  csrr t0, mcause
  csrr t1, mtval
  csrr t2, mepc
  csrr t3, mtval2
  csrr t6, mtinst
record:
  la t5, transformed
  sd t6, 0(t5)
  la t5, action
  ld t6, 8(t5)
  sd t0, 0(t6)
  sd t1, 8(t6)
  sd t2, 16(t6)
  sd t3, 24(t6)
  ld t0, 24(t5)
  sd t0, 32(t6)
  sd t4, 40(t6)
  sd a1, 48(t6)
  csrr t0, ssp
  sd t0, 56(t6)
  addi t6, t6, ${RESULT_BYTES}
  sd t6, 8(t5)
  ld t6, 0(t5)
  addi t6, t6, ${ACTION.bytes}
  sd t6, 0(t5)
  ld t6, 16(t5)
  addi t6, t6, -1
  sd t6, 16(t5)
  j act

acted:
  csrw senvcfg, zero
  li t0, 0x1f
  slli t0, t0, 56
  csrw pmpcfg0, t0
  la t0, block
  ld gp, 0(t0)
  ld t0, ${COUNTS}(gp)
  addi t1, gp, ${POKES}
read:
  beqz t0, readback
  ld t2, 0(t1)
  ld t3, 0(t2)
  sd t3, 8(t1)
  addi t1, t1, 16
  addi t0, t0, -1
  j read
readback:
  li t0, ${DATA}
  li t1, ${PRISTINE}
  li t2, ${DATA + BigInt(DATA_PAGES) * 4096n}
  li t3, 0
  li t4, 0
sum:
  ld t5, 0(t0)
  ld t6, 0(t1)
  beq t5, t6, same
  xor t3, t3, t5
  add t4, t4, t0
  slli t5, t3, 13
  xor t3, t3, t5
  srli t5, t3, 7
  xor t3, t3, t5
  sd t6, 0(t0)
same:
  addi t0, t0, 8
  addi t1, t1, 8
  bltu t0, t2, sum
  sd t3, ${SUM}(gp)
  sd t4, ${SUM + 8}(gp)
  j next

finished:
  li t0, 0x100000
  li t1, 0x5555
  sw t1, 0(t0)
stay:
  j stay

fences:
  ${fenceForms.join('\n')}

  .align 3
index: .word 0
count: .word 0
block: .dword 0
action: .dword 0
  .dword 0
  .dword 0
transformed: .dword 0
`;

const program = assemble(SOURCE, { base: BASE });
const offset = (label) => Number(program.symbols.get(label) - BASE);
// The ways back from the accesses.
{
  const view = new DataView(program.bytes.buffer, program.bytes.byteOffset);
  ACCESSES.forEach((_, i) => {
    const at = offset('accesses') + i * 8 + 4;
    const to = offset('done') - at;
    view.setUint32(
      at,
      0x6f | (((to >> 1) & 0x3ff) << 21) | (((to >> 11) & 1) << 20) | (((to >> 12) & 0xff) << 12),
      true,
    );
  });
}
if (program.bytes.length > BLOCKS) throw new Error('the program has grown into its blocks');

/** Where the code of an access is for M mode, and in the page of routines. */
export const accessAddress = (index) => program.symbols.get('accesses') + BigInt(index * 8);
export const routineOffset = (index) => BigInt(index * 8);
/** Where a fence of a form is: 0 everything, 1 an address, 2 a space, 3 both. */
export const fenceAddress = (name, form) =>
  program.symbols.get('fences') + BigInt((FENCES.indexOf(name) * 4 + form) * fenceBytes);
const fenceBytes = 8;

/** Every byte is one of two, so that every halfword of data is an instruction that does not exist: a fetch ends at once. */
function pristine() {
  const bytes = new Uint8Array(DATA_PAGES * 4096);
  let state = 0x2545_f491;
  for (let i = 0; i < bytes.length; i++) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    bytes[i] = state & 1 ? 0x7b : 0xfb;
  }
  const routines = assemble(ACCESSES.map(({ text }) => `${text}\necall`).join('\n'), { base: ROUTINES }).bytes;
  bytes.set(routines, Number(ROUTINES - DATA));
  return bytes;
}
const data = pristine();

/** The image of a batch of { state: { csrs, pokes }, items: actions }. */
export function buildImage(sequences) {
  const bytes = new Uint8Array(IMAGE_END);
  const view = new DataView(bytes.buffer);
  bytes.set(program.bytes);
  bytes.set(data, Number(DATA - BASE));
  bytes.set(data, Number(PRISTINE - BASE));
  view.setUint32(offset('count'), sequences.length, true);
  sequences.forEach(({ state, items }, i) => {
    const block = BLOCKS + i * BLOCK_BYTES;
    SEQUENCE_CSRS.forEach((name, n) => {
      view.setBigUint64(block + n * 8, state.csrs[name], true);
    });
    view.setBigUint64(block + COUNTS, BigInt(state.pokes.length), true);
    view.setBigUint64(block + COUNTS + 8, BigInt(items.length), true);
    state.pokes.forEach(({ at, value }, n) => {
      view.setBigUint64(block + POKES + n * 16, at, true);
      view.setBigUint64(block + POKES + n * 16 + 8, value, true);
    });
    items.forEach(({ action }, n) => {
      for (const [field, value] of Object.entries(action)) {
        view.setBigUint64(block + ACTIONS + n * ACTION.bytes + ACTION[field], value, true);
      }
    });
  });
  return bytes;
}
