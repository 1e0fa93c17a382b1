// The RISC-V architecture tests: programs that leave a signature, which is to be the same as a reference model's. Built as
// the suite's own Spike plugin builds them, one ELF file a test; the model is asked when the suite runs.
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { signature } from '../reference.mjs';

export const name = 'riscv-arch-test';
export const about =
  '`riscv-non-isa/riscv-arch-test` 3.10, compiled to `build` in its folder by `node scripts/conformance/build-arch-test.mjs SUITE OUT`, once for `rv64i_m` and once with `--set rv32i_m` (programs that both widths share), with GCC 12, and what it does not know (Zfa, Zacas, Zcmop, Zicond, Zimop, some of C, F and D) by the assembler of LLVM 22; signatures compared with those of both reference models: where these disagree with each other, agreeing with one is enough';

export function tests(folder) {
  const build = join(folder, 'build');
  const files = existsSync(build) ? readdirSync(build).filter((file) => file.endsWith('.elf')) : [];
  return files.sort().map((file) => {
    const [set, extension] = file.split('-');
    return { group: `${extension} (${set})`, name: file.slice(0, -4), path: join(build, file) };
  });
}

const words = (bytes) => {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: bytes.length >> 2 }, (_, i) =>
    view
      .getUint32(i * 4, true)
      .toString(16)
      .padStart(8, '0'),
  );
};

/** What the models leave, by model and file: the same for every way in which we run a test. */
const asked = new Map();

async function askedSignature(model, path) {
  const key = `${model} ${path}`;
  if (!asked.has(key)) asked.set(key, await signature(model, path));
  return asked.get(key);
}

export async function run(test, { runGuest, endText, models }) {
  const result = await runGuest(test.path, { seconds: 60 });
  if (result.kind !== 'power-off' || !result.signature) return { passed: false, detail: endText(result) };
  const ours = words(result.signature);
  const others = {};
  let detail = 'no reference model';
  for (const model of models) {
    const theirs = await askedSignature(model, test.path);
    if (theirs.length === 0) continue;
    const at = ours.findIndex((word, i) => word !== theirs[i]);
    others[model] = at < 0 && theirs.length === ours.length;
    if (!others[model]) detail = `word ${at}: ${ours[at]}, ${theirs[at]} in ${model}`;
  }
  const said = Object.values(others);
  // Where the models disagree with each other, agreeing with one is enough.
  return { passed: said.includes(true), detail: said.length > 0 ? detail : 'no reference signature' };
}
