// Sequences about privilege: CSR accesses and privileged instructions from every mode, with random delegation of counters,
// environment and state enables. M mode sets the CSRs of a block, drops to the sequence's mode, writes down every trap and
// goes on behind its instruction, and at the end writes down all CSRs. Translation and delegation stay off.

import { insert } from '../../dist/isa/fields.js';
import { assemble, csrByName, csrTable, decode, encode, gprNames, instructions } from '../../dist/isa/index.js';
import { cfiItem, MLPE, MPELP, SPELP, SSE, staleLandingPads } from './cfi.mjs';
import { BASE, BLOCK_BYTES, BLOCKS, layOut, TABLE } from './image.mjs';
import {
  CBIE,
  isInstruction,
  isMischosen,
  isRefusal,
  MASKS,
  partsWays,
  SSTATUS,
  TRAP_FIELDS,
} from './privilege-quirks.mjs';
import { integer } from './random.mjs';

const named = (pattern) => csrTable.filter(({ name }) => pattern.test(name)).map(({ number }) => number);
const numbers = (...names) => names.map((name) => csrByName[name]);

/**
 * Extensions that are off: the clocks of two machines are not the same (Sstc), and QEMU 10 moves the addresses of HLV and HSV
 * instead of masking them (Ssnpm).
 */
export const WITHOUT = ['sstc', 'ssnpm'];

/** They count, or say who made the hart: read into x0 only. */
const UNSTEADY = new Set([
  ...named(/^(m?cycle|time|m?instret|m?hpmcounter\d+|mvendorid|marchid|mimpid|mconfigptr|scountovf|v?stimecmp)$/),
]);
/**
 * Read and never written, other than with zero: writing them would take the harness away, or QEMU keeps other values than
 * ours of those that are undefined.
 */
const KEPT = new Set(
  numbers('satp', 'vsatp', 'hgatp', 'misa', 'stvec', 'vstvec', 'mepc', 'sepc', 'vsepc', 'htinst', 'ssp'),
);
/**
 * Written with a few low bits only: QEMU 10 also takes VSEIP and VSTIP from a write to mip, interrupts of its own from one to
 * hvip, and lets hideleg delegate more than there is, which vsip then sets.
 */
const NARROW = new Set(numbers('mip', 'hvip', 'hideleg', 'vsip'));
/** Not for sequences at all. */
const LEFT_OUT = new Set([
  ...named(
    /^(mtvec|pmp.*|tselect|tdata.|tinfo|tcontrol|[ms]?s?context|hcontext|d.*|mhpmevent\d+|seed|[msv]*ctr(?!en).*|mnscratch|mne?pc|mncause|mnstatus)$/,
  ),
  ...named(/^(v.*s.*|vl|vtype|vlenb)$/).filter((number) => number < 0x100 || (number >= 0xc20 && number < 0xc30)),
  ...numbers('mseccfg'),
  // Upper halves for 32 bits, which QEMU also has with 64: those of mstateen and hstateen.
  ...Array.from({ length: 4 }, (_, i) => [0x31c + i, 0x61c + i]).flat(),
]);
const DRAWN = csrTable.map(({ number }) => number).filter((number) => !LEFT_OUT.has(number));

/** Set before a sequence, from the last to the first: all that decides what is allowed. Others start from zero. */
const BEFORE_NAMES = [
  ...['mstatus', 'vsstatus', 'hstatus', 'senvcfg', 'henvcfg', 'menvcfg', 'scounteren', 'hcounteren', 'mcounteren'],
  ...['sstateen0', 'hstateen0', 'mstateen0', 'ssp', 'mseccfg', 'fcsr'],
];
/** Written down afterwards, and zeroed for the next sequence. */
const AFTER_CSRS = DRAWN.filter((number) => !UNSTEADY.has(number) && number < 0xc00 && !KEPT.has(number));

const WINDOW = 256;
const X = WINDOW;
const CSRS = X + 256;
const AFTER_X = CSRS + 16 * 8;
const TRAPS = AFTER_X + 256;
const TRAPS_LOGGED = 6;
const TRAP_BYTES = TRAP_FIELDS.length * 8;
const AFTER = TRAPS + 8 + TRAPS_LOGGED * TRAP_BYTES;
const SAVED = AFTER + AFTER_CSRS.length * 8;
if (SAVED + 16 > BLOCK_BYTES) throw new Error('the blocks have no room for all CSRs');

const integers = [1, 2, ...Array.from({ length: 28 }, (_, i) => i + 4)];
const csr = (number) => `0x${number.toString(16)}`;

const SOURCE = `
  la t0, trap
  csrw mtvec, t0
  li gp, ${BASE + BigInt(BLOCKS)}
  li t0, -1
  csrw pmpaddr0, t0
  li t0, 0x1f
  csrw pmpcfg0, t0
  li t0, -1
  li t1, 0x2004000
  sd t0, 0(t1)
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
  ld s0, 0(t0)
  slli t1, t1, 11
  li gp, ${BASE + BigInt(BLOCKS)}
  add gp, gp, t1
  li t0, 0x6000
  csrs mstatus, t0
  ${Array.from({ length: 32 }, (_, n) => `fmv.d.x f${n}, zero`).join('\n')}
  li t0, -1
  csrw menvcfg, t0
  csrw henvcfg, t0
  ${AFTER_CSRS.map((number) => `csrw ${csr(number)}, zero`).join('\n')}
  ${BEFORE_NAMES.map((name, i) => `ld t0, ${CSRS + i * 8}(gp)\ncsrw ${name}, t0`)
    .reverse()
    .join('\n')}
  la t0, save
  csrw stvec, t0
  csrw vstvec, t0
  csrw mepc, s0
  ${integers.map((n) => `ld x${n}, ${X + n * 8}(gp)`).join('\n')}
  mret
save:
  ecall
done:
  li t0, 0x100000
  li t1, 0x5555
  sw t1, 0(t0)
stay:
  j stay

finish:
  ld t0, ${SAVED}(gp)
  ld t1, ${SAVED + 8}(gp)
  ${integers.map((n) => `sd x${n}, ${AFTER_X + n * 8}(gp)`).join('\n')}
  csrw mie, zero
  li t0, 0x6000
  csrs mstatus, t0
  ${AFTER_CSRS.map((number, i) => `li t0, 0x5ea1\ncsrr t0, ${csr(number)}\nsd t0, ${AFTER + i * 8}(gp)`).join('\n')}
  j next

  .align 2
trap:
  sd t0, ${SAVED}(gp)
  sd t1, ${SAVED + 8}(gp)
  csrr t0, mepc
  la t1, save
  beq t0, t1, finish
  li t1, ${BASE}
  bltu t0, t1, finish
  li t1, ${BASE + 0x2000n}
  bltu t0, t1, skip
  lwu t0, ${TRAPS}(gp)
  addi t1, t0, 1
  sw t1, ${TRAPS}(gp)
  li t1, ${TRAPS_LOGGED}
  bgeu t0, t1, logged
  li t1, ${TRAP_BYTES}
  mul t0, t0, t1
  add t0, t0, gp
  ${TRAP_FIELDS.map((name, i) => `csrr t1, ${name}\nsd t1, ${TRAPS + 8 + i * 8}(t0)`).join('\n')}
logged:
  csrr t0, mcause
  bgez t0, skip
  csrw mie, zero
  j back
skip:
  csrr t0, mcause
  csrr t1, mtval
  addi t0, t0, -18
  addi t1, t1, -2
  or t0, t0, t1
  beqz t0, back
  csrr t0, mepc
  lhu t1, 0(t0)
  andi t1, t1, 3
  addi t1, t1, -3
  addi t0, t0, 2
  bnez t1, short
  addi t0, t0, 2
short:
  csrw mepc, t0
back:
  li t0, ${SPELP | MPELP}
  csrc mstatus, t0
  ld t0, ${SAVED}(gp)
  ld t1, ${SAVED + 8}(gp)
  mret

  .align 3
index: .word 0
count: .word 0
`;

const program = assemble(SOURCE, { base: BASE });

/** MPP and MPV. */
const MODES = { M: 0x1800n, S: 0x800n, U: 0n, VS: (1n << 39n) | 0x800n, VU: 1n << 39n };
const ONES = (1n << 64n) - 1n;
const MPP_MPV = (1n << 39n) | 0x1800n;
/** MPRV would make the handler's own accesses somebody else's; interrupts are for the sequence to allow. */
const MSTATUS_OFF = MPP_MPV | (1n << 17n) | 0xan;

const FS = 3n << 13n;
/** SXL, UXL and VSXL stay 64 bits: QEMU lets them be 32, and more than is defined. The upper bit of each field. */
const XLEN_64 = { mstatus: (1n << 35n) | (1n << 33n), vsstatus: 1n << 33n, hstatus: 1n << 33n };

function setting(random) {
  const dice = random.below(10);
  if (dice < 2) return 0n;
  if (dice < 6) return ONES;
  return dice < 8 ? random.u64() : random.u64() | random.u64();
}

function makeState(random, cfi) {
  const mode = random.pick(Object.keys(MODES));
  const csrs = BEFORE_NAMES.map(() => setting(random));
  csrs[0] = (csrs[0] & ~MSTATUS_OFF) | MODES[mode];
  for (const [name, xlen] of Object.entries(XLEN_64)) {
    const at = BEFORE_NAMES.indexOf(name);
    csrs[at] = (csrs[at] & ~(xlen | (xlen >> 1n))) | xlen;
  }
  // Clean is no state to start from: what only reads registers makes it dirty here.
  for (const name of ['mstatus', 'vsstatus'])
    if (csrs[BEFORE_NAMES.indexOf(name)] & FS) csrs[BEFORE_NAMES.indexOf(name)] |= FS;
  csrs[BEFORE_NAMES.indexOf('vsstatus')] &= SSTATUS | XLEN_64.vsstatus;
  // In a guest, QEMU asks TVM before it asks whose satp is meant.
  if (mode.startsWith('V')) csrs[0] &= ~(1n << 20n);
  for (const name of ['menvcfg', 'henvcfg', 'senvcfg']) {
    const at = BEFORE_NAMES.indexOf(name);
    if ((csrs[at] & CBIE) === 2n << 4n) csrs[at] |= CBIE;
  }
  csrs[BEFORE_NAMES.indexOf('ssp')] &= ~7n;
  // Without henvcfg.SSE there is no senvcfg.SSE in a guest; QEMU looks at the one of the two alone.
  if (mode === 'VU') csrs[BEFORE_NAMES.indexOf('henvcfg')] |= csrs[BEFORE_NAMES.indexOf('senvcfg')] & SSE;
  csrs[BEFORE_NAMES.indexOf('mseccfg')] &= cfi ? MLPE : 0n;
  csrs[BEFORE_NAMES.length - 1] &= 0x9fn;
  const x = Array.from({ length: 32 }, () => integer(random));
  x[2] = { window: 64 };
  return { mode, x, csrs };
}

const PRIVILEGED = [
  ...'ecall sfence.vma hfence.vvma hfence.gvma sinval.vma sfence.w.inval sfence.inval.ir hinval.vvma'.split(' '),
  ...'hinval.gvma fence.i cbo.inval cbo.clean cbo.flush cbo.zero pause hlv.b hlv.wu hlv.d hlvx.hu hlvx.wu'.split(' '),
  ...'hsv.b hsv.d fadd.d fmv.x.d fld fsd ld sd add xor mnret'.split(' '),
];
const SUPERVISOR_FENCES = new Set(['sfence.w.inval', 'sfence.inval.ir']);
const CSR_INSTRUCTIONS = ['csrrw', 'csrrs', 'csrrc', 'csrrwi', 'csrrsi', 'csrrci'];
const byName = new Map(instructions.map((instruction) => [instruction.name, instruction]));
const WRITABLE = Array.from({ length: 32 }, (_, n) => n).filter((n) => n !== 2 && n !== 3);

function single(word, name) {
  return { name, length: (word & 3) === 3 ? 4 : 2, words: () => [{ word, length: (word & 3) === 3 ? 4 : 2 }] };
}

function makeItem(random, { has, mode, cfi }) {
  const item = cfi ? cfiItem(random, (name) => instructionItem(random, { has, mode, names: [name] })) : undefined;
  if (item) return item;
  return random.chance(0.75) ? csrItem(random, cfi) : instructionItem(random, { has, mode, names: PRIVILEGED });
}

function instructionItem(random, { has, mode, names }) {
  for (;;) {
    const instruction = byName.get(random.pick(names));
    // QEMU 10 lets user mode have them; Svinval makes them illegal there.
    if (mode.endsWith('U') && SUPERVISOR_FENCES.has(instruction.name)) continue;
    if (!has(instruction.feature)) continue;
    let word = instruction.match;
    for (const { field } of instruction.operands) {
      if (field)
        word |= insert(
          field,
          field.role === 'rd' ? random.pick(WRITABLE) : field.role === 'imm' ? 0 : random.below(32),
        );
    }
    // Whatever has an address has the window's.
    if (instruction.operands.some(({ text }) => text === '(')) word = (word & ~(0x1f << 15)) | (2 << 15);
    if (decode(word)?.name === instruction.name) return single(word >>> 0, instruction.name);
  }
}

function csrItem(random, cfi) {
  const number = random.chance(0.97) ? random.pick(DRAWN) : random.below(4096);
  if (LEFT_OUT.has(number)) return csrItem(random, cfi);
  const small = NARROW.has(number);
  const name = random.pick(small ? CSR_INSTRUCTIONS.slice(3) : CSR_INSTRUCTIONS);
  const known = csrTable.find((entry) => entry.number === number)?.name;
  // QEMU gives no address where SSAMOSWAP is refused to M mode, and an instruction for that.
  const isMasked = known in MASKS || (cfi && ['mtval', 'mtinst'].includes(known));
  const rd = UNSTEADY.has(number) || isMasked ? 0 : random.pick(WRITABLE);
  const harmless = KEPT.has(number) || UNSTEADY.has(number);
  const source = harmless && random.chance(0.8) ? 0 : random.below(number === csrByName.vsip ? 4 : 32);
  const zero = harmless ? 0 : source;
  const word = encode(name, name.endsWith('i') ? { rd, csr: number, imm: zero } : { rd, csr: number, rs1: zero });
  return single(word, `${name} ${known ?? csr(number)}`);
}

const hex = (value) => `0x${value.toString(16)}`;
const long = (value) => `0x${value.toString(16).padStart(16, '0')}`;

/** Where the mcause of each trap is. */
const TRAPS_AT = Array.from({ length: TRAPS_LOGGED }, (_, i) => TRAPS + 8 + i * TRAP_BYTES);
const FIELDS = [
  ...integers.map((n) => [gprNames[n], AFTER_X + n * 8]),
  ...AFTER_CSRS.map((number, i) => [csrTable.find((entry) => entry.number === number).name, AFTER + i * 8]),
  ['traps', TRAPS],
  ...Array.from({ length: TRAPS_LOGGED }, (_, i) =>
    TRAP_FIELDS.map((name, n) => [`trap ${i + 1} ${name}`, TRAPS + 8 + i * TRAP_BYTES + n * 8]),
  ).flat(),
  ...Array.from({ length: WINDOW / 8 }, (_, i) => [`memory +${i * 8}`, i * 8]),
];

/** The world of privilege, with `cfi` that of landing pads and shadow stacks, too. */
export function privileged({ extensions }, { cfi = false } = {}) {
  const masks = { ...MASKS };
  if (cfi) {
    masks.mstatus &= ~(SPELP | MPELP);
    masks.sstatus &= ~SPELP;
    // It reads as zero while the levels above have none; QEMU remembers it.
    masks.senvcfg |= SSE;
  }
  const has = (feature) =>
    feature
      .split('&')
      .every((all) => all.split('|').some((one) => one === 'Machine' || extensions.includes(one.toLowerCase())));
  const differences = (ours, theirs) => {
    const views = [ours, theirs].map((block) => new DataView(block.buffer, block.byteOffset, block.byteLength));
    const found = [];
    const trapsOf = (view) => view.getBigUint64(TRAPS, true);
    const isUnlogged = views.some((view) => trapsOf(view) > TRAPS_LOGGED) && trapsOf(views[0]) !== trapsOf(views[1]);
    if (cfi && (isUnlogged || TRAPS_AT.some((at) => partsWays(...views, at)))) return found;
    for (const [what, at] of FIELDS) {
      const [a, b] = views.map((view) => view.getBigUint64(at, true));
      const mask = masks[what.replace(/^trap \d+ /, '')] ?? 0n;
      // QEMU gives no instruction where one of its helpers refuses it.
      if (/^trap \d+ mtval$/.test(what) && b === 0n && isInstruction(views[0], at)) continue;
      const [, field] = /^trap \d+ (.*)$/.exec(what) ?? [];
      if (cfi && field && isRefusal(views[0], at - 8 * TRAP_FIELDS.indexOf(field), field)) continue;
      if (/^trap \d+ mcause$/.test(what) && isMischosen(...views, at)) continue;
      const stale =
        cfi && /(^| )[ms]status$/.test(what)
          ? staleLandingPads((views[0].getBigUint64(CSRS, true) & MODES.VU) !== 0n, a, b)
          : 0n;
      if ((a & ~(mask | stale)) !== (b & ~(mask | stale))) found.push({ what, ours: long(a), theirs: long(b) });
    }
    return found;
  };
  return {
    makeSequence: (random, length) => {
      const state = makeState(random, cfi);
      const items = Array.from({ length: 1 + random.below(length) }, () =>
        makeItem(random, { has, mode: state.mode, cfi }),
      );
      return { items, window: new Uint8Array(WINDOW).map(() => random.u32()), state };
    },
    buildImage: (sequences) =>
      layOut(program, sequences, (view, block, { state }, address) => {
        state.x.forEach((value, n) => {
          view.setBigUint64(
            block + X + n * 8,
            typeof value === 'bigint' ? value : address + BigInt(value.window),
            true,
          );
        });
        state.csrs.forEach((value, i) => {
          view.setBigUint64(block + CSRS + i * 8, value, true);
        });
      }),
    differing: (ours, theirs) => {
      const indexes = [];
      for (let at = 0; at < ours.length; at += BLOCK_BYTES) {
        const part = (blocks) => blocks.subarray(at, at + BLOCK_BYTES);
        if (differences(part(ours), part(theirs)).length > 0) indexes.push(at / BLOCK_BYTES);
      }
      return indexes;
    },
    differences,
    arrays: ['x', 'csrs'],
    plain: [],
    stateWords: ({ mode, x, csrs }) => [
      `mode ${mode}`,
      ...csrs.flatMap((value, i) => (value === 0n ? [] : `${BEFORE_NAMES[i]}=${hex(value)}`)),
      ...x.flatMap((value, n) =>
        value === 0n || n === 0 || n === 3
          ? []
          : `${gprNames[n]}=${typeof value === 'bigint' ? hex(value) : `window+${value.window}`}`,
      ),
    ],
  };
}
