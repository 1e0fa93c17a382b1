// The host's side of the interrupt controllers: wires from devices to harts, and the device tree that says so.
import { expect, test } from 'vitest';
import { Chip } from '../engine/hart/irqchip.harness.js';
import { IRQ_LINES } from '../engine/hart/layout.js';
import { Aclint, clearVmBlock, HART_LINES, Plic, wireHarts } from './index.js';

const PLIC = 0xc00_0000n;
const CLINT = 0x200_0000n;

async function machine(mode: keyof typeof HART_LINES): Promise<{ chip: Chip; plic: Plic }> {
  const chip = await Chip.create(1);
  clearVmBlock(chip, chip.vm);
  wireHarts(chip, chip.vm, [chip.vcpu(0)], HART_LINES[mode]);
  return { chip, plic: new Plic(chip, chip.vm, { base: PLIC }) };
}

test.each([
  ['bare', 1 << 9, 1 << 11],
  ['firmware', 1 << 9, 0],
  ['hypervisor', 1 << 10, 0],
] as const)('%s_guest_sees_its_own_external_interrupt_lines', async (mode, supervisor, machineLevel) => {
  const { chip, plic } = await machine(mode);
  const line = plic.line(10);
  chip.priority(10, 1);
  chip.enable(1, 10);
  line.set(true);
  expect([plic.level(10), chip.field(0, IRQ_LINES)]).toEqual([true, supervisor]);
  line.set(false);
  expect([plic.level(10), chip.claim(1), chip.field(0, IRQ_LINES)]).toEqual([false, 10, 0]);
  chip.complete(1, 10);
  chip.enable(1);
  chip.enable(0, 10);
  line.set(true);
  expect(chip.field(0, IRQ_LINES)).toBe(machineLevel);
});

test('reset_lowers_every_line', async () => {
  const { chip, plic } = await machine('firmware');
  chip.priority(10, 1);
  chip.enable(1, 10);
  plic.setLevel(10, true);
  plic.reset();
  expect([plic.level(10), chip.pending(10), chip.field(0, IRQ_LINES)]).toEqual([false, false, 0]);
});

test('line_that_does_not_exist_is_refused', async () => {
  const { plic } = await machine('firmware');
  for (const source of [0, 97, 1.5]) {
    expect(() => plic.line(source)).toThrowError(expect.objectContaining({ code: 'IRQ_SOURCE_INVALID' }));
  }
});

test('too_many_harts_are_refused', async () => {
  const { chip } = await machine('firmware');
  expect(() => wireHarts(chip, chip.vm, new Array<number>(65).fill(0), HART_LINES.bare)).toThrowError(
    expect.objectContaining({ code: 'TOO_MANY_VCPUS' }),
  );
});

test('plic_node_keeps_the_place_of_absent_machine_contexts', async () => {
  const { plic } = await machine('hypervisor');
  const node = plic.fdtNode({ base: PLIC, phandle: 9, harts: [1, 2], machineLevel: false });
  expect(node.name).toBe('plic@c000000');
  expect(node.properties).toMatchObject({
    reg: [0, 0xc00_0000, 0, 0x400_0000],
    'interrupts-extended': [1, 0xffff_ffff, 1, 9, 2, 0xffff_ffff, 2, 9],
    'riscv,ndev': 96,
    phandle: 9,
  });
  expect(plic.fdtNode({ base: PLIC, phandle: 9, harts: [1], machineLevel: true }).properties).toMatchObject({
    'interrupts-extended': [1, 11, 1, 9],
  });
});

test('fresh_aclint_is_quiet_and_describes_itself', async () => {
  const { chip } = await machine('bare');
  const aclint = new Aclint(chip, chip.vm, { base: CLINT, sswi: 0x2f0_0000n });
  expect(chip.exports.aclintMtimecmp(chip.vcpu(0))).toBe(-1n);
  expect(chip.load(CLINT + 0x4000n, 8)).toBe(0xffff_ffff_ffff_ffffn);
  const nodes = aclint.fdtNodes({ base: CLINT, harts: [4, 5] });
  expect(nodes.map((node) => [node.name, node.properties['interrupts-extended']])).toEqual([
    ['clint@2000000', [4, 3, 4, 7, 5, 3, 5, 7]],
    ['sswi@2f00000', [4, 1, 5, 1]],
  ]);
});
