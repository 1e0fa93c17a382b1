// The translator's thread beside a hart's, and what it keeps for the next run.
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { HOST_CONTROL, HOST_JIT_SERVED } from '../../engine/hart/layout.js';
import { guest, later } from '../hart/guests.test-support.js';
import { Host } from '../host.js';
import type { VmStats } from './config.js';
import type { Platform } from './platform.js';
import { threadedPlatform } from './threaded-platform.test-support.js';
import type { Vm } from './vm.js';

const FLAG = 0x8010_0000n;

/** Waits to be told, and then has two hot loops, each in a page of its own. */
const LOOPS = `
  li s4, ${FLAG}
  wait: ld s5, 0(s4)
    beqz s5, wait
  again:
    call second
    call third
    j again
  .space 4096
  second: li s0, 300
  adding: addi s0, s0, -1
    add s2, s2, s0
    bnez s0, adding
    ret
  .space 4096
  third: li s0, 300
  multiplying: addi s0, s0, -1
    mul s3, s2, s0
    bnez s0, multiplying
    ret`;

let platform: Platform;
let remove = () => {};
let directory: string;
beforeAll(async () => {
  ({ platform, remove } = await threadedPlatform());
});
afterAll(() => remove());
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'hypercraft-jit-'));
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

async function until(vm: Vm, holds: (jit: VmStats['jit']) => boolean): Promise<VmStats['jit']> {
  for (let i = 0; i < 600 && !holds(vm.stats().jit); i++) await later(50);
  const { jit } = vm.stats();
  expect(holds(jit)).toBe(true);
  return jit;
}

/** Runs the loops, from when there is a translator, until the figures are as they should be. */
async function run(
  holds: (jit: VmStats['jit']) => boolean,
  jitCache: string | undefined,
  on: Platform = platform,
): Promise<VmStats['jit']> {
  const host = await Host.create({ platform: on, jitCache });
  await using vm = await host.createVm(guest(LOOPS, { threads: true }));
  vm.run().catch(() => {});
  for (let i = 0; i < 600 && !served(host); i++) await later(50);
  vm.memory.write(FLAG, Uint8Array.of(1));
  return await until(vm, holds);
}

const served = ({ engine }: Host) => engine.u32[(HOST_CONTROL + HOST_JIT_SERVED) >>> 2] === 1;

const file = () => join(directory, 'regions.bin');

describe('a guest in a thread', () => {
  it('whose code is hot_has it translated on another one, which keeps it', async () => {
    expect((await run(({ regions }) => regions >= 2, directory)).fromCache).toBe(0);
  });

  it('whose code is not kept_has it translated on another one if there is much', async () => {
    const functions = Array.from({ length: 8 }, (_, i) => {
      return `.space 4096\n f${i}: li s0, 300\n l${i}: addi s0, s0, -1\n bnez s0, l${i}\n ret`;
    });
    const calls = functions.map((_, i) => `call f${i}`);
    const host = await Host.create({ platform });
    await using vm = await host.createVm(
      guest(['again:', ...calls, 'j again', ...functions].join('\n'), { threads: true }),
    );
    vm.run().catch(() => {});
    await until(vm, () => served(host));
  });

  it('whose code is little and not kept_translates it by itself', async () => {
    const host = await Host.create({ platform });
    await using vm = await host.createVm(guest('loop: addi a0, a0, 1\n j loop', { threads: true }));
    vm.run().catch(() => {});
    await until(vm, ({ regions }) => regions >= 1);
    await later(100);
    expect(served(host)).toBe(false);
  });
});

describe('a guest in a thread, translated on the one that made it', () => {
  it('has its code from there, kept for the next run, without another thread', async () => {
    const { openJitStore } = await import('../../platform/node/jit-store.js');
    let threads = 0;
    const here: Platform = {
      ...platform,
      translatesHere: true,
      openJitStore,
      spawnWorker: () => {
        threads++;
        return platform.spawnWorker!();
      },
    };
    const enough = ({ regions }: VmStats['jit']) => regions >= 2;
    expect((await run(enough, directory, here)).fromCache).toBe(0);
    expect(statSync(file()).size).toBeGreaterThan(100);
    expect(threads).toBe(1);
    const host = await Host.create({ platform: here, jitCache: directory });
    await using vm = await host.createVm(guest(LOOPS, { threads: true }));
    vm.run().catch(() => {});
    await until(vm, ({ fromCache }) => fromCache >= 1);
  });
});

describe('a cache of translations', () => {
  it('of a host that settles_is there before its guests are disposed of', async () => {
    const host = await Host.create({ platform, jitCache: directory });
    await using vm = await host.createVm(guest(LOOPS, { threads: true }));
    vm.run().catch(() => {});
    for (let i = 0; i < 600 && host.engine.u32[(HOST_CONTROL + HOST_JIT_SERVED) >>> 2] !== 1; i++) await later(50);
    const before = vm.stats().jit.regions;
    vm.memory.write(FLAG, Uint8Array.of(1));
    await until(vm, ({ regions }) => regions >= before + 2);
    await vm.pause();
    await host.settle();
    expect(statSync(file()).size).toBeGreaterThan(100);
    expect(host.engine.u32[(HOST_CONTROL + HOST_JIT_SERVED) >>> 2]).toBe(0);
  });

  it('is the user\u2019s own file, and is not read if others may write it', async () => {
    const { openJitStore } = await import('../../platform/node/jit-store.js');
    const store = openJitStore(join(directory, 'deep', 'down'));
    expect(() => store.open()).toThrow('ENOENT');
    await store.save([Uint8Array.of(1, 2), Uint8Array.of(3)]);
    const path = join(directory, 'deep', 'down', 'regions.bin');
    expect([...readFileSync(path)]).toEqual([1, 2, 3]);
    expect(statSync(path).mode & 0o777).toBe(0o600);
    const bytes = new Uint8Array(3);
    expect(store.open()!.readInto(1, bytes)).toBe(2);
    expect([...bytes]).toEqual([2, 3, 0]);
    chmodSync(path, 0o622);
    expect(store.open()).toBeUndefined();
  });

  it('that is none_is as good as an empty one', async () => {
    writeFileSync(file(), 'not a cache of translations');
    const { regions } = await run((jit) => jit.regions >= 2, directory);
    expect(regions).toBeGreaterThan(0);
  });
});
