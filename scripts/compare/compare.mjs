// `npm run compare:qemu -- [--kernel F] [--bios F] [--append TEXT] [--initrd F] [--memory SIZE] [--steps N] [--csrs]
// [--follow N]`: runs the same machine in QEMU ($HYPERCRAFT_QEMU) and on our hart, instruction by instruction from the
// reset vector, and shows the first one after which they differ, with what led there. Our side has memory but no devices;
// device reads, clocks and interrupts are QEMU's. `--follow N` takes over QEMU's value and goes on to the Nth difference.
import { parseArgs } from 'node:util';
import { disassemble, gprNames } from '../../dist/isa/index.js';
import { findQemu } from '../fuzz/machines.mjs';
import { Follower } from './follower.mjs';
import { initialMemory, states } from './qemu-trace.mjs';

const { values: options } = parseArgs({
  options: {
    kernel: { type: 'string' },
    bios: { type: 'string', default: 'none' },
    append: { type: 'string' },
    initrd: { type: 'string' },
    memory: { type: 'string', default: '128' },
    steps: { type: 'string', default: '10000000' },
    csrs: { type: 'boolean', default: false },
    follow: { type: 'string', default: '1' },
  },
});

const qemu = findQemu();
if (qemu === undefined) {
  console.error('compare: needs qemu-system-riscv64');
  process.exit(2);
}
const files = ['kernel', 'append', 'initrd'].filter((name) => options[name] !== undefined);
const boot = ['-bios', options.bios, ...files.flatMap((name) => [`-${name}`, options[name]])];
const machine = { memory: Number.parseInt(options.memory, 10) << 20, boot };

/** CSRs that say the same in both where the harts do. */
const CSRS = [
  ...[
    'mstatus',
    'mie',
    'mideleg',
    'medeleg',
    'hideleg',
    'hedeleg',
    'mtvec',
    'stvec',
    'vstvec',
    'mepc',
    'sepc',
    'vsepc',
  ],
  ...[
    'mcause',
    'scause',
    'vscause',
    'mtval',
    'stval',
    'htval',
    'mtval2',
    'mscratch',
    'sscratch',
    'satp',
    'hstatus',
    'vsstatus',
  ],
];
const HISTORY = 12;
const hex = (value) => `0x${value.toString(16)}`;

const ours = await Follower.create({ ...initialMemory(qemu, machine), extensions: qemu.extensions });
const history = [];
const told = new Set();
let steps = 0;
let found = 0;
let from;

for await (const state of states(qemu, machine)) {
  if (from !== undefined) {
    remember();
    ours.step(state);
    steps++;
  }
  from = state;
  const different = differences(state);
  if (different.length > 0) {
    report(different);
    if (++found >= Number(options.follow) || ours.pc !== state.pc) process.exit(1);
    adopt(state);
  }
  if (steps >= Number(options.steps)) break;
}
console.log(`compare: ${steps} instructions, ${found} differences`);
process.exit(found === 0 ? 0 : 1);

function remember() {
  const { pc, level, instruction } = ours;
  const bits = instruction ?? 0;
  const width = (bits & 3) === 3 ? 8 : 4;
  const word = (width === 8 ? bits : bits & 0xffff).toString(16).padStart(width, '0');
  history.push(
    `  ${level.padEnd(2)} ${pc.toString(16).padStart(16, '0')}  ${word.padEnd(8)}  ${disassemble(bits, pc)}`,
  );
  if (history.length > HISTORY) history.shift();
}

function differences({ pc, x, csr }) {
  const list = [];
  if (ours.pc !== pc) list.push(['pc', ours.pc, pc]);
  for (let n = 1; n < 32; n++) if (ours.x(n) !== x[n]) list.push([gprNames[n], ours.x(n), x[n]]);
  if (options.csrs) for (const name of CSRS) if (csr.has(name)) lookAt(name, csr.get(name), list);
  return list;
}

/** A CSR that the harts have differently is told once for each way in which it differs. */
function lookAt(name, theirs, list) {
  const mine = ours.csr(name);
  const way = `${name} ${mine ^ theirs}`;
  if (mine === theirs || told.has(way)) return;
  told.add(way);
  list.push([name, mine, theirs]);
}

function report(different) {
  console.log(`compare: a difference after ${steps} instructions:`);
  console.log(history.join('\n'));
  for (const [what, mine, other] of different) console.log(`  ${what}: ours ${hex(mine)}, QEMU ${hex(other)}`);
}

function adopt({ x }) {
  for (let n = 1; n < 32; n++) ours.setX(n, x[n]);
}
