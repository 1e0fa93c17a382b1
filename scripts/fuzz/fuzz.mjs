// `npm run fuzz:cpu [-- --minutes N] [--seed S] [--sequences N] [--only EXT|NAME[,...]] [--without EXT[,...]]
// [--jit off|on|always] [--privileged|--cfi|--paging [--spike]] [--qemu PROGRAM] [--keep-going] [--survey]`: random sequences of instructions on our
// hart and on qemu-system-riscv64 ($HYPERCRAFT_QEMU), whole state compared. Without --privileged they compute, in M mode; with
// it they touch CSRs and privileged instructions from all modes, with --cfi landing pads and shadow stacks as well, with --paging they make accesses through random page tables, with --spike those are compared with Spike ($HYPERCRAFT_SPIKE) and pointers are masked. A difference is shrunk to its shortest form and printed with
// its disassembly; the seed of a batch brings it back. --survey says instead in which registers and bits batches differ.
import { parseArgs } from 'node:util';
import { WITH as CFI } from './cfi.mjs';
import { computing } from './computing.mjs';
import { Fuzzer } from './fuzzer.mjs';
import { findQemu } from './machines.mjs';
import { WITH as PAGING, paging } from './paging.mjs';
import { privileged, WITHOUT } from './privileged.mjs';
import { findSpike } from './spike.mjs';

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    sequences: { type: 'string' },
    batch: { type: 'string', default: '2000' },
    jit: { type: 'string', default: 'off' },
    length: { type: 'string', default: '16' },
    survey: { type: 'boolean', default: false },
    privileged: { type: 'boolean', default: false },
    cfi: { type: 'boolean', default: false },
    paging: { type: 'boolean', default: false },
    qemu: { type: 'string' },
    spike: { type: 'boolean', default: false },
    only: { type: 'string', default: '' },
    without: { type: 'string', default: '' },
    'keep-going': { type: 'boolean', default: false },
  },
});

const words = (text) => text.split(',').filter((word) => word !== '');

const isPrivileged = options.privileged || options.cfi;
if (options.spike && !options.paging) {
  console.error('fuzz: --spike goes with --paging');
  process.exit(2);
}
const model = options.spike
  ? findSpike()
  : findQemu({
      program: options.qemu,
      without: [...words(options.without), ...(isPrivileged ? WITHOUT : [])],
      with: options.paging ? PAGING : options.cfi ? CFI : [],
    });
if (model === undefined) {
  console.error(`fuzz: needs ${options.spike ? 'spike' : 'qemu-system-riscv64'}`);
  process.exit(2);
}
console.log(`fuzz: ${model.name} ${model.version}, ${model.extensions.join(' ')}`);
if (model.lacks.length > 0) console.log(`fuzz: not in this ${model.name}: ${model.lacks.join(' ')}`);
if (!options.spike && (isPrivileged || options.paging) && Number.parseInt(model.version, 10) < 10) {
  console.error('fuzz: --privileged, --cfi and --paging need QEMU 10 (give it with --qemu or HYPERCRAFT_QEMU)');
  process.exit(2);
}

const only = words(options.only);
const world = options.paging ? paging(model) : isPrivileged ? privileged(model, options) : computing(model, only);
const fuzzer = new Fuzzer(model, world, { length: Number(options.length), jit: options.jit, survey: options.survey });
const until = performance.now() + Number(options.minutes) * 60_000;
const most = options.sequences === undefined ? Number.POSITIVE_INFINITY : Number(options.sequences);
const seen = new Set();
let seed = Number(options.seed);
let told = performance.now();

while (performance.now() < until && fuzzer.sequences < most) {
  const failures = await fuzzer.batch(seed, Math.min(Number(options.batch), most - fuzzer.sequences));
  for (const failure of failures) {
    if (seen.has(failure.kind)) continue;
    seen.add(failure.kind);
    console.log(`\nfuzz: difference ${seen.size} (--seed ${seed})\n${failure.text}`);
    if (!options['keep-going'] && !options.survey) break;
  }
  if (seen.size > 0 && !options['keep-going'] && !options.survey) break;
  seed = (seed + 1) >>> 0;
  if (performance.now() - told > 30_000) {
    console.log(`fuzz: ${fuzzer.sequences} sequences, ${fuzzer.instructions} instructions, ${seen.size} differences`);
    told = performance.now();
  }
}
console.log(
  `fuzz: ${fuzzer.sequences} sequences, ${fuzzer.instructions} instructions, ${seen.size} differences; next seed ${seed}`,
);
process.exit(seen.size === 0 ? 0 : 1);
