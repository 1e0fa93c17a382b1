// The ACLINT through its registers: software interrupts, mtime and mtimecmp, and the supervisor's SSWI.
import { expect, test } from 'vitest';
import { Chip } from './irqchip.harness.js';
import { IRQ_LINES, PAUSE, TIME_OFFSET, TIMER_LINES, VM_BASE } from './layout.js';
import { VM_ACLINT_BASE, VM_ACLINT_SIZE, VM_SSWI_BASE, VM_SSWI_SIZE } from './vmlayout.js';

const CLINT = 0x200_0000n;
const SSWI = 0x2f0_0000n;
const MTIMECMP = CLINT + 0x4000n;
const MTIME = CLINT + 0xbff8n;
const SSIP = 1 << 1;
const MSIP = 1 << 3;
const MTIP = 1 << 7;

async function machine(harts: number): Promise<Chip> {
  const chip = await Chip.create(harts);
  chip.view.setBigUint64(chip.vm + VM_ACLINT_BASE, CLINT, true);
  chip.view.setBigUint64(chip.vm + VM_ACLINT_SIZE, 0x1_0000n, true);
  chip.view.setBigUint64(chip.vm + VM_SSWI_BASE, SSWI, true);
  chip.view.setBigUint64(chip.vm + VM_SSWI_SIZE, 0x4000n, true);
  return chip;
}

test('msip_of_another_hart_raises_and_lowers_its_line', async () => {
  const chip = await machine(2);
  chip.store(CLINT + 4n, 0xffff_ffff);
  expect([chip.field(0, IRQ_LINES), chip.field(1, IRQ_LINES)]).toEqual([0, MSIP]);
  expect([chip.load(CLINT), chip.load(CLINT + 4n), chip.load(CLINT, 8)]).toEqual([0n, 1n, 1n << 32n]);
  expect(chip.field(1, PAUSE)).toBe(1);
  chip.store(CLINT + 4n, 0xffff_fffe);
  expect(chip.field(1, IRQ_LINES)).toBe(0);
});

test('registers_of_absent_harts_read_zero_and_take_nothing', async () => {
  const chip = await machine(1);
  chip.store(CLINT + 4n, 1);
  chip.store(MTIMECMP + 8n, 5n, 8);
  chip.store(SSWI + 4n, 1);
  expect([chip.load(CLINT + 4n), chip.load(MTIMECMP + 8n, 8), chip.load(CLINT + 0x3ffcn)]).toEqual([0n, 0n, 0n]);
});

test('mtimecmp_in_halves_and_whole_drives_mtip', async () => {
  const chip = await machine(1);
  chip.time = 1000;
  chip.store(MTIMECMP, 0xffff_ffff_ffff_ffffn, 8);
  expect(chip.field(0, TIMER_LINES)).toBe(0);
  chip.store(MTIMECMP + 4n, 0);
  chip.store(MTIMECMP, 1000);
  expect(chip.load(MTIMECMP, 8)).toBe(1000n);
  expect([chip.load(MTIMECMP), chip.load(MTIMECMP + 4n)]).toEqual([1000n, 0n]);
  expect(chip.field(0, TIMER_LINES)).toBe(MTIP);
  chip.store(MTIMECMP, 1001n, 8);
  expect(chip.field(0, TIMER_LINES)).toBe(0);
  expect(chip.exports.aclintMtimecmp(chip.vcpu(0))).toBe(1001n);
});

test('mtimecmp_of_another_hart_rings_it', async () => {
  const chip = await machine(2);
  chip.store(MTIMECMP + 8n, 7n, 8);
  expect(chip.field(1, PAUSE)).toBe(1);
  expect(chip.exports.aclintMtimecmp(chip.vcpu(1))).toBe(7n);
});

test('mtime_written_moves_the_clock_of_every_hart', async () => {
  const chip = await machine(2);
  chip.time = 5_000_000_000;
  expect(chip.load(MTIME, 8)).toBe(5_000_000_000n);
  chip.store(MTIMECMP, 100n, 8);
  chip.store(MTIME, 10n, 8);
  expect(chip.load(MTIME, 8, 1)).toBe(10n);
  expect(chip.field(0, TIMER_LINES)).toBe(0);
  chip.time += 90;
  expect(chip.load(MTIME, 8)).toBe(100n);
  chip.store(MTIME + 4n, 3);
  expect([chip.load(MTIME), chip.load(MTIME + 4n)]).toEqual([100n, 3n]);
  expect(chip.view.getBigInt64(chip.vcpu(1) + TIME_OFFSET, true)).toBe((3n << 32n) + 10n - 5_000_000_000n);
});

test('setssip_sets_an_edge_and_reads_zero', async () => {
  const chip = await machine(2);
  chip.store(SSWI + 4n, 1);
  expect(chip.field(1, IRQ_LINES)).toBe(SSIP);
  expect(chip.load(SSWI + 4n)).toBe(0n);
  chip.store(SSWI + 4n, 0);
  expect(chip.field(1, IRQ_LINES)).toBe(SSIP);
});

test('machine_without_aclint_has_no_machine_timer', async () => {
  const chip = await Chip.create(1);
  expect(chip.exports.aclintMtimecmp(chip.vcpu(0))).toBe(-1n);
  expect(chip.load(CLINT)).toBeUndefined();
  chip.setField(0, VM_BASE, 0);
  expect(chip.exports.aclintMtimecmp(chip.vcpu(0))).toBe(-1n);
  expect(chip.load(chip.plicBase)).toBeUndefined();
});
