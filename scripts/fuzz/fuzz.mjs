// `npm run fuzz:cpu [-- --minutes N] [--seed S] [--sequences N] [--only EXT|NAME[,...]]
// [--without EXT[,...]] [--jit off|on|always] [--keep-going]`: random sequences
// of instructions on our hart and on qemu-system-riscv64 ($HYPERCRAFT_QEMU), whole state compared. A difference is shrunk
// to its shortest form and printed with its disassembly; the seed of a batch brings it back.
import { parseArgs } from 'node:util';
import { Fuzzer } from './fuzzer.mjs';
import { findQemu } from './machines.mjs';

const { values: options } = parseArgs({
  options: {
    minutes: { type: 'string', default: '1' },
    seed: { type: 'string', default: String(Date.now() % 2 ** 31) },
    sequences: { type: 'string' },
    jit: { type: 'string', default: 'off' },
    length: { type: 'string', default: '16' },
    only: { type: 'string', default: '' },
    without: { type: 'string', default: '' },
    'keep-going': { type: 'boolean', default: false },
  },
});

const words = (text) => text.split(',').filter((word) => word !== '');

const qemu = findQemu({ without: words(options.without) });
if (qemu === undefined) {
  console.error('fuzz: needs qemu-system-riscv64');
  process.exit(2);
}
console.log(`fuzz: QEMU ${qemu.version}, ${qemu.extensions.join(' ')}`);

const fuzzer = new Fuzzer(qemu, {
  only: words(options.only),
  length: Number(options.length),
  jit: options.jit,
});
const until = performance.now() + Number(options.minutes) * 60_000;
const most = options.sequences === undefined ? Number.POSITIVE_INFINITY : Number(options.sequences);
const seen = new Set();
let seed = Number(options.seed);
let told = performance.now();

while (performance.now() < until && fuzzer.sequences < most) {
  const failures = await fuzzer.batch(seed, Math.min(2000, most - fuzzer.sequences));
  for (const failure of failures) {
    if (seen.has(failure.kind)) continue;
    seen.add(failure.kind);
    console.log(`\nfuzz: difference ${seen.size} (--seed ${seed})\n${failure.text}`);
    if (!options['keep-going']) break;
  }
  if (seen.size > 0 && !options['keep-going']) break;
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
