// riscv-hyp-tests: one program of assertions about the hypervisor extension, in groups. Built for Spike's platform, with
// every assertion named (LOG_LEVEL=LOG_DETAIL).
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { output } from '../reference.mjs';

export const name = 'riscv-hyp-tests';
export const about = 'josecm/riscv-hyp-tests, `PLAT=spike LOG_LEVEL=LOG_DETAIL make`';

export function tests(folder) {
  const path = join(folder, 'build', 'spike', 'rvh_test.elf');
  return existsSync(path) ? [{ group: 'all', name: 'rvh_test', path }] : [];
}

const ESCAPE = String.fromCharCode(27);
/** The text without its colours. */
const plain = (text) =>
  text
    .split(ESCAPE)
    .map((part, i) => (i === 0 ? part : part.replace(/^\[\d*m/, '')))
    .join('');

/** The assertions: { group, name, passed }. */
function assertions(text) {
  const list = [];
  let group = 'none';
  for (const line of plain(text).split('\n')) {
    const head = /^(PASSED|FAILED)?([a-z]\w+)\s*$/.exec(line);
    if (head) group = head[2];
    const assertion = /^\t(.+?)\s+(PASSED|FAILED)$/.exec(line);
    if (assertion) list.push({ group, name: assertion[1], passed: assertion[2] === 'PASSED' });
  }
  return list;
}

export async function run(test, { runGuest, endText }) {
  const result = await runGuest(test.path, { seconds: 60, memory: 512n << 20n });
  const parts = assertions(result.output).map((part) => ({ ...part, detail: 'assertion failed' }));
  const finished = result.kind === 'power-off' && /^end$/m.test(plain(result.output));
  return { passed: finished, detail: finished ? 'no assertions' : endText(result), parts };
}

const heard = new Map();

export async function inReference(model, test) {
  if (model !== 'spike') return undefined; // QEMU's HTIF does not take this program
  if (!heard.has(model)) heard.set(model, assertions(await output(model, test.path)));
  return heard.get(model).find(({ group, name }) => group === test.group && name === test.name)?.passed;
}
