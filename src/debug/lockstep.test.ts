import { describe, expect, it } from 'vitest';
import { helloImage, planBoot, virtMachine } from '../boot/index.js';
import { assemble } from '../isa/index.js';
import { webPlatform } from '../platform/browser/index.js';
import { Host } from '../vmm/index.js';
import { divergenceText, type LockstepSide, lockstep } from './lockstep.js';

const BASE = 0x8000_0000n;
type Jit = 'off' | 'on' | 'always';

async function hello(jit: Jit): Promise<LockstepSide> {
  const machine = virtMachine({ memory: { base: BASE, size: 16n << 20n } });
  const boot = await planBoot({ machine, kernel: helloImage().bytes });
  return {
    name: `hello, jit ${jit}`,
    async start() {
      const host = await Host.create({ platform: webPlatform(), jit });
      const script = new TextEncoder().encode('abcq');
      return { host, vm: await host.createVm({ machine, boot, threads: false, deterministic: { script } }) };
    },
  };
}

/** A loop with a special case in the middle of its run. */
function looping(special: string, jit: Jit): LockstepSide {
  const { bytes } = assemble(
    `
      li s0, 300000
    loop: addi a0, a0, 3
      mul a1, a0, a0
      li t0, 200001
      bne s0, t0, usual
      ${special}
    usual: addi s0, s0, -1
      bnez s0, loop
      li t0, 0x100000
      li t1, 0x5555
      sw t1, 0(t0)
    stop: j stop`,
    { base: BASE },
  );
  const machine = virtMachine({ memory: { base: BASE, size: 4n << 20n } });
  const boot = { segments: [{ what: 'guest', gpa: BASE, bytes }], entry: BASE, dtbAddress: 0x8020_0000n };
  return {
    name: special,
    async start() {
      const host = await Host.create({ platform: webPlatform(), jit });
      return { host, vm: await host.createVm({ machine, boot, threads: false, deterministic: {} }) };
    },
  };
}

describe('lockstep', () => {
  it.each<Jit>(['on', 'always'])('of hello interpreted and with jit %s_finds no difference to its end', async (jit) => {
    const { divergence, instructions, points } = await lockstep(await hello('off'), await hello(jit));
    expect(divergence && divergenceText(divergence)).toBeUndefined();
    expect(instructions).toBeGreaterThan(100);
    expect(points).toBeGreaterThan(20);
  });

  it('of a loop interpreted and translated_finds no difference', async () => {
    const [a, b] = (['off', 'always'] as const).map((jit) => looping('addi a2, a2, 1', jit));
    const { divergence, instructions } = await lockstep(a!, b!, { every: 7919 });
    expect(divergence && divergenceText(divergence)).toBeUndefined();
    expect(instructions).toBeGreaterThan(1_500_000);
  });

  it('of guests that differ in one instruction_names it', async () => {
    const sides = ['addi a2, a2, 1', 'addi a2, a2, 2'].map((special) => looping(special, 'off'));
    const { divergence } = await lockstep(sides[0]!, sides[1]!);
    expect(divergence!.differ - divergence!.agree).toBe(1);
    expect(divergence!.code).toEqual([expect.stringMatching(/^8[0-9a-f]+: addi\s+a2,a2,1$/)]);
    expect(divergence!.differences).toEqual([{ what: 'a2', values: ['0x1', '0x2'] }]);
  });
});
