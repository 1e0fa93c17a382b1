// kvm-unit-tests: guests of a KVM-like monitor that test its SBI. They run here under our own, in both modes that have one.
import { existsSync } from 'node:fs';
import { join } from 'node:path';

export const name = 'kvm-unit-tests';
export const about =
  '`kvm-unit-tests`, `./configure --arch=riscv64 --cross-prefix=riscv64-linux-gnu- && make`; with 4 harts, time from retired instructions, in both modes that have our SBI';

/** Why no model is asked. */
export const unasked = 'none has an SBI of its own';

export function tests(folder) {
  const list = [];
  for (const mode of ['hypervisor', 'firmware']) {
    for (const [file, bootargs] of [
      ['selftest', 'foo bar baz'],
      ['sbi', ''],
      ['isa-dbltrp', ''],
    ]) {
      const path = join(folder, 'riscv', `${file}.flat`);
      if (existsSync(path)) list.push({ group: `${file} (${mode})`, name: `${file} ${mode}`, path, mode, bootargs });
    }
  }
  return list;
}

export async function run(test, { runGuest, endText }) {
  const { mode, bootargs, group } = test;
  // Its limits of a few milliseconds are about the guest's time, not about how busy this machine is.
  const virtualTime = 4;
  const result = await runGuest(test.path, {
    ...{ mode, bootargs, virtualTime },
    ...{ harts: 4, seconds: 300, until: /^EXIT: STATUS=\d+/m },
  });
  const parts = [];
  for (const [, verdict, what] of result.output.matchAll(/^(PASS|FAIL|XFAIL|KFAIL): (.+?)\r?$/gm)) {
    parts.push({ group, name: `${mode}: ${what}`, passed: verdict !== 'FAIL', detail: 'assertion failed' });
  }
  const finished = /^SUMMARY: /m.test(result.output);
  return { passed: finished, detail: finished ? 'all skipped' : endText(result), parts };
}
