// Debian's kernel boots interpreted and translated, and its hart is in the same state at every exit; `npm run lockstep` goes further.
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, it } from 'vitest';
import { hypercraft } from './program.js';

const script = fileURLToPath(new URL('../../scripts/lockstep.mjs', import.meta.url));

it.each(['on', 'always'])(
  '20 M instructions of debian with --jit %s_are those of the interpreter',
  async (jit) => {
    await hypercraft(['images', 'pull', 'debian']);
    const { stdout } = await promisify(execFile)(process.execPath, [script, '--instructions', '20e6', '--jit', jit]);
    expect(stdout).toMatch(/^lockstep: 200\d{5} instructions and traps alike at \d+ points/);
  },
  600_000,
);
