// riscv-tests: hundreds of small assembly programs, an instruction or a privileged feature each, without (p) and with (v)
// virtual memory, and the benchmarks, which check their own results. Built by the suite's own Makefiles, in place or in
// a directory of its own; success is 1 in tohost.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { passes } from '../reference.mjs';

export const name = 'riscv-tests';
export const about =
  'riscv-software-src/riscv-tests, `make -C isa XLEN=64` and `make -C benchmarks`; the programs of hypervisor, hypervisor-svadu and rv64uzicond, whose instructions GCC 12 and binutils 2.40 do not know, by the assembler of LLVM 22';

const files = (folder) => (existsSync(folder) ? readdirSync(folder).sort() : []);

/** The tests of a built checkout: { group, name, path }. */
export function tests(folder) {
  const isa = files(join(folder, 'isa'))
    .map((file) => ({ match: /^(rv64\w+|hypervisor[\w-]*?)-([pv])-([\w-]+)$/.exec(file), file }))
    .filter(({ match }) => match)
    .map(({ match, file }) => ({ group: `${match[1]} (${match[2]})`, name: file, path: join(folder, 'isa', file) }));
  const benchmarks = files(join(folder, 'benchmarks'))
    .filter((file) => file.endsWith('.riscv') && !file.startsWith('vec-'))
    .map((file) => ({ group: 'benchmarks', name: file, path: join(folder, 'benchmarks', file) }));
  return [...isa, ...benchmarks];
}

export async function run(test, { runGuest, endText }) {
  const harts = test.name.startsWith('mt-') ? 2 : 1;
  const result = await runGuest(test.path, { seconds: 60, harts });
  return { passed: result.kind === 'power-off', detail: endText(result), instructions: result.instructions };
}

export function inReference(model, test) {
  return passes(model, test.path, { harts: test.name.startsWith('mt-') ? 2 : 1 });
}
