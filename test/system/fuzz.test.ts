// A short run of `npm run fuzz:cpu` with fixed seeds: our hart against QEMU and Spike, interpreted and translated.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const qemu = process.env.HYPERCRAFT_QEMU ?? 'qemu-system-riscv64';
const version = spawnSync(qemu, ['--version'], { encoding: 'utf8' }).stdout;
const missing = !version;
const old = Number(/version (\d+)/.exec(version ?? '')?.[1] ?? 0) < 10;
if (missing) console.log('fuzz:cpu skipped: there is no qemu-system-riscv64 to compare with');

if (!missing && old)
  console.log('fuzz:cpu --privileged, --cfi and --paging skipped: they are compared with QEMU 10 or later');

const spike = process.env.HYPERCRAFT_SPIKE ?? 'spike';
const noSpike = spawnSync(spike, ['--help']).status === null;
if (noSpike) console.log('fuzz:cpu --spike skipped: there is no spike to compare with');

describe.skipIf(noSpike)('fuzz:cpu --spike', () => {
  it.each(['off', 'always'])('masked pointers with the jit %s_compared with Spike_are the same', (jit) => {
    const options = ['--seed', '20240411', '--sequences', '3000', '--minutes', '6', '--batch', '600', '--jit', jit];
    const outcome = spawnSync(process.execPath, ['scripts/fuzz/fuzz.mjs', '--paging', '--spike', ...options], {
      cwd: root,
      encoding: 'utf8',
    });
    expect(outcome.stdout + outcome.stderr).toMatch(/3000 sequences, \d+ instructions, 0 differences/);
    expect(outcome.status).toBe(0);
  });
});

describe.skipIf(missing)('fuzz:cpu', () => {
  it.each(['off', 'always'])('six thousand sequences with the jit %s_compared with QEMU_are the same', (jit) => {
    const options = ['--seed', '20240411', '--sequences', '6000', '--minutes', '12', '--jit', jit];
    const outcome = spawnSync(process.execPath, ['scripts/fuzz/fuzz.mjs', ...options], { cwd: root, encoding: 'utf8' });
    expect(outcome.stdout + outcome.stderr).toMatch(/6000 sequences, \d+ instructions, 0 differences/);
    expect(outcome.status).toBe(0);
  });

  it.skipIf(old).each(['--privileged', '--cfi'])(
    'four thousand sequences of %s_compared with QEMU_are the same',
    (flavour) => {
      const options = [flavour, '--seed', '20240411', '--sequences', '4000', '--minutes', '6', '--jit', 'always'];
      const outcome = spawnSync(process.execPath, ['scripts/fuzz/fuzz.mjs', ...options], {
        cwd: root,
        encoding: 'utf8',
      });
      expect(outcome.stdout + outcome.stderr).toMatch(/4000 sequences, \d+ instructions, 0 differences/);
      expect(outcome.status).toBe(0);
    },
  );

  it.skipIf(old).each(['off', 'always'])(
    'six thousand page tables with the jit %s_compared with QEMU_are the same',
    (jit) => {
      const options = ['--seed', '20240411', '--sequences', '6000', '--minutes', '6', '--jit', jit];
      const outcome = spawnSync(process.execPath, ['scripts/fuzz/fuzz.mjs', '--paging', ...options], {
        cwd: root,
        encoding: 'utf8',
      });
      expect(outcome.stdout + outcome.stderr).toMatch(/6000 sequences, \d+ instructions, 0 differences/);
      expect(outcome.status).toBe(0);
    },
  );
});
