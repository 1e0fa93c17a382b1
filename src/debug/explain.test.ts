import { expect, it } from 'vitest';
import { virtMachine } from '../boot/index.js';
import { assemble } from '../isa/index.js';
import { webPlatform } from '../platform/browser/index.js';
import { Host } from '../vmm/index.js';
import { explainCode } from './explain.js';

it('explainCode of a loop that ran_shows its instructions beside their WebAssembly', async () => {
  const base = 0x8000_0000n;
  const { bytes } = assemble(
    'li a0, 9\n loop: addi a0, a0, -1\n bnez a0, loop\n li t0, 0x100000\n li t1, 0x5555\n sw t1, 0(t0)',
    { base },
  );
  const boot = { segments: [{ what: 'guest', gpa: base, bytes }], entry: base, dtbAddress: 0x8020_0000n };
  const host = await Host.create({ platform: webPlatform() });
  const machine = virtMachine({ memory: { base, size: 4n << 20n } });
  await using vm = await host.createVm({ machine, boot, threads: false });
  await vm.run();
  const { text, module, instructions } = explainCode(host, vm, base)!;
  expect(text).toMatch(/;; 80000004: addi a0,a0,-1\n +local.get \$a0 i64.const -1 i64.add local.set \$a0/);
  expect(text).toContain('loop');
  expect(WebAssembly.validate(module)).toBe(true);
  expect(instructions).toBeGreaterThan(4);
  expect(explainCode(host, vm, 0x1000n)).toBeUndefined();
});
