// `node scripts/conformance/build-arch-test.mjs SUITE OUT [--cc COMPILER] [--set rv64i_m]`: compiles the 64-bit programs of a
// checkout of riscv-arch-test, one ELF file each, for a machine with the host-target interface, as `npm run conformance` wants
// them. The compiler is GCC's or clang's driver for riscv64 ($RISCV_CC); a test that it does not know the instructions of is
// named and left out.
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { parseArgs } from 'node:util';

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    cc: { type: 'string', default: process.env.RISCV_CC ?? 'riscv64-unknown-elf-gcc' },
    set: { type: 'string', default: 'rv64i_m' },
  },
});
const [suite, out] = positionals;
const tests = join(suite ?? '', 'riscv-test-suite');

function fail(message) {
  console.error(`build-arch-test: ${message}`);
  process.exit(2);
}
if (out === undefined) fail('usage: build-arch-test.mjs SUITE OUT');
if (!existsSync(tests)) fail(`there is no checkout of riscv-arch-test in ${suite}`);
if (spawnSync(values.cc, ['--version']).status !== 0)
  fail(`there is no compiler ${values.cc} (--cc or RISCV_CC names another)`);

/** Where a program's parts go; each in pages of its own, for the tests that protect them. */
const LINKER_SCRIPT = `
OUTPUT_ARCH(riscv)
ENTRY(rvtest_entry_point)
SECTIONS {
  . = 0x80000000;
  .text.init : { *(.text.init) }
  .tohost ALIGN(4096) : { *(.tohost) }
  .text ALIGN(4096) : { *(.text) }
  .data ALIGN(4096) : { *(.data) *(.data.string) }
  .bss : { *(.bss) }
  _end = .;
}
`;
/** What the suite asks of a target: how a program ends, and where its signature lies. */
const TARGET = `
#define RVMODEL_BOOT
#define RVMODEL_HALT li x1, 1; 1: sd x1, tohost, t2; j 1b;
#define RVMODEL_DATA_BEGIN \\
  .pushsection .tohost, "aw", @progbits; \\
  .balign 64; .global tohost; .type tohost, @object; tohost: .dword 0; .size tohost, 8; \\
  .balign 64; .global fromhost; .type fromhost, @object; fromhost: .dword 0; .size fromhost, 8; \\
  .popsection; .balign 16; .global begin_signature; begin_signature:
#define RVMODEL_DATA_END .balign 16; .global end_signature; end_signature:
#define RVMODEL_IO_INIT
#define RVMODEL_IO_WRITE_STR(register, text)
#define RVMODEL_IO_CHECK()
#define RVMODEL_IO_ASSERT_GPR_EQ(s, register, value)
#define RVMODEL_IO_ASSERT_SFPR_EQ(s, register, value)
#define RVMODEL_IO_ASSERT_DFPR_EQ(s, register, value)
#define RVMODEL_SET_MSW_INT li t1, 1; li t2, 0x2000000; sw t1, 0(t2);
#define RVMODEL_CLEAR_MSW_INT li t2, 0x2000000; sw x0, 0(t2);
#define RVMODEL_CLEAR_MTIMER_INT
#define RVMODEL_CLEAR_MEXT_INT
`;
/** Folders of what we do not have, or of drafts. */
const LEFT_OUT = /Zfinx|Zhinx|Zdinx|P_unratified|Zvk|pmp32|\/V\//;

/** The compiler's -march for a test: the extensions that it names, without those that are no instructions. */
function march(isa, path) {
  const [base, ...more] = isa.toLowerCase().slice(4).split('_');
  let letters = /^[a-y]*/.exec(base)[0];
  const named = [base.slice(letters.length), ...more].filter((name) => name !== '');
  const extensions = named.filter((name) => name.length > 1 && !/^(s|pmp|zmmul)/.test(name));
  letters += named.filter((name) => name.length === 1).join('');
  if (letters.includes('b')) extensions.push('zba', 'zbb', 'zbc', 'zbs');
  if (path.includes('/K/')) extensions.push('zknd', 'zkne', 'zknh', 'zksed', 'zksh', 'zbkb', 'zbkx', 'zbkc');
  const known = [...'imafdc'].filter((letter) => letters.includes(letter) || (letter === 'f' && letters.includes('d')));
  return `rv64${known.join('')}_${[...new Set(['zicsr', ...extensions])].join('_')}`;
}

/** Macros that RVTEST_CASE asks for, of cases that are about 64 bits. */
function macros(text) {
  const cases = [...text.matchAll(/RVTEST_CASE\s*\(\s*[^,]+,\s*"([^"]*)"/g)].map(([, words]) => words);
  const ours = cases.filter((words) => !/regex\([^)]*\b32\b|RV32/.test(words));
  return [
    ...new Set(ours.flatMap((words) => [...words.matchAll(/def\s+(\w+)=(\w+)/g)].map(([, k, v]) => `-D${k}=${v}`))),
  ];
}

const scratch = mkdtempSync(join(tmpdir(), 'hypercraft-arch-'));
writeFileSync(join(scratch, 'link.ld'), LINKER_SCRIPT);
writeFileSync(join(scratch, 'model_test.h'), TARGET);
mkdirSync(out, { recursive: true });
let built = 0;
const refused = [];
const sources = readdirSync(join(tests, values.set), { recursive: true }).filter((file) => file.endsWith('.S'));
for (const file of sources.sort()) {
  const path = join(tests, values.set, file);
  if (LEFT_OUT.test(path)) continue;
  const text = readFileSync(path, 'utf8');
  const isa = /RVTEST_ISA\("([^"]*)"\)/
    .exec(text)?.[1]
    .split(',')
    .find((each) => each.startsWith('RV64'));
  if (isa === undefined) continue;
  const name = relative(tests, path).replace('/src/', '/').replaceAll('/', '-').slice(0, -2);
  const double = /D/.test(isa.split('_')[0]) || path.includes('/D');
  const float = double ? ['-DFLEN=64'] : /F|_?Zf/.test(isa) ? ['-DFLEN=32'] : [];
  const flags = ['-mabi=lp64', '-mcmodel=medany', '-static', '-nostdlib', '-nostartfiles', '-DXLEN=64', ...float];
  const folders = ['-I', scratch, '-I', join(tests, 'env'), '-T', join(scratch, 'link.ld')];
  const args = [
    `-march=${march(isa, path)}`,
    ...flags,
    ...folders,
    ...macros(text),
    path,
    '-o',
    join(out, `${name}.elf`),
  ];
  const { status, stderr } = spawnSync(values.cc, args, { encoding: 'utf8' });
  if (status === 0) built++;
  else refused.push(`${name}: ${stderr.split('\n').find((line) => /error/i.test(line)) ?? stderr.slice(0, 200)}`);
}
rmSync(scratch, { recursive: true, force: true });
for (const line of refused) console.log(line);
console.log(`${built} programs in ${out}${refused.length > 0 ? `, ${refused.length} refused by ${values.cc}` : ''}`);
