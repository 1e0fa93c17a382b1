// What V8 has compiled is kept from one process to the next, and used only where it is whole and the script's own.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';

let folder: string;
let kept: string;
let script: string;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'hypercraft-test-'));
  const entryPoints = [new URL('./kept-script.ts', import.meta.url).pathname];
  await build({ entryPoints, outfile: join(folder, 'kept.cjs'), bundle: true, format: 'cjs', platform: 'node' });
  script = join(folder, 'script.cjs');
  writeFileSync(
    join(folder, 'main.cjs'),
    `const kept = require('./kept.cjs').runKept(...process.argv.slice(2));
process.stdout.write(kept.exports.say());
kept.keep();`,
  );
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

beforeEach(() => {
  kept = mkdtempSync(join(folder, 'kept-'));
  says('one');
});

function says(word: string): void {
  writeFileSync(
    script,
    `const { sep } = require('node:path');\nfunction say() { return '${word}' + sep.length; }\nmodule.exports = { say };`,
  );
}

function run(): string {
  return execFileSync(process.execPath, [join(folder, 'main.cjs'), script, kept], { encoding: 'utf8' });
}

const file = () => join(kept, readdirSync(kept)[0]!);

describe('compiled code of a script', () => {
  it('that runs again_is used', () => {
    expect(run()).toBe('one1');
    const { ino } = statSync(file());
    expect(run()).toBe('one1');
    expect(statSync(file()).ino).toBe(ino);
    expect(readdirSync(kept)).toHaveLength(1);
  });

  it('that was kept by a version long gone_goes when something is kept, and nothing else does', () => {
    for (const name of ['script.cjs-v18.0.0-x64-1', 'script.cjs-v20.0.0-x64-1', 'notes'])
      writeFileSync(join(kept, name), '');
    const long = new Date(Date.now() - 61 * 24 * 3600 * 1000);
    for (const name of ['script.cjs-v18.0.0-x64-1', 'notes']) utimesSync(join(kept, name), long, long);
    run();
    expect(
      readdirSync(kept)
        .filter((name) => !name.includes(process.version))
        .sort(),
    ).toEqual(['notes', 'script.cjs-v20.0.0-x64-1']);
  });

  it('that has changed, as long as before_is made anew', () => {
    run();
    const { ino } = statSync(file());
    says('two');
    expect(run()).toBe('two1');
    expect(statSync(file()).ino).not.toBe(ino);
  });

  it.each([
    ['damaged', (bytes: Buffer) => bytes.fill(0xff, bytes.length >> 1, (bytes.length >> 1) + 4)],
    ['cut short', (bytes: Buffer) => bytes.subarray(0, bytes.length - 8)],
    ['empty', () => Buffer.alloc(0)],
  ])('%s_is made anew', (_, spoil) => {
    run();
    writeFileSync(file(), spoil(readFileSync(file())));
    const spoilt = readFileSync(file());
    expect(run()).toBe('one1');
    expect(readFileSync(file()).equals(spoilt)).toBe(false);
  });

  it('that cannot be kept_is done without', () => {
    kept = join(folder, 'nowhere');
    expect(run()).toBe('one1');
  });
});
