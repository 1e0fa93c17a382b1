// The PLIC against the clauses of the RISC-V PLIC specification, through its registers.
import { Worker } from 'node:worker_threads';
import { describe, expect, test } from 'vitest';
import { Chip } from './irqchip.harness.js';
import { IRQ_LINES, PAUSE, WAITING } from './layout.js';

const SEIP = 1 << 9;
const VSEIP = 1 << 10;
const MEIP = 1 << 11;
const M0 = 0;
const S0 = 1;
const S1 = 3;

describe('priorities and thresholds', () => {
  test('priority_written_beyond_seven_keeps_low_three_bits', async () => {
    const chip = await Chip.create(1);
    chip.priority(10, 0xffff_ffff);
    expect(chip.load(chip.plicBase + 40n)).toBe(7n);
    chip.threshold(S0, 9);
    expect(chip.load(chip.plicBase + 0x20_1000n)).toBe(1n);
  });

  test('source_zero_and_sources_beyond_96_do_not_exist', async () => {
    const chip = await Chip.create(1);
    chip.priority(0, 7);
    chip.priority(97, 7);
    expect(chip.load(chip.plicBase)).toBe(0n);
    expect(chip.load(chip.plicBase + 97n * 4n)).toBe(0n);
    for (let word = 0n; word < 5n; word++) chip.store(chip.plicBase + 0x2080n + word * 4n, 0xffff_ffff);
    const enables = [0n, 4n, 8n, 12n, 16n].map((offset) => chip.load(chip.plicBase + 0x2080n + offset));
    expect(enables).toEqual([0xffff_fffen, 0xffff_ffffn, 0xffff_ffffn, 1n, 0n]);
  });

  test('source_at_threshold_stays_silent_above_it_interrupts', async () => {
    const chip = await Chip.create(1);
    chip.priority(96, 3);
    chip.enable(S0, 96);
    chip.threshold(S0, 3);
    chip.setLevel(96, true);
    expect(chip.pending(96)).toBe(true);
    expect(chip.field(0, IRQ_LINES)).toBe(0);
    chip.threshold(S0, 2);
    expect(chip.field(0, IRQ_LINES)).toBe(SEIP);
  });

  test('priority_zero_never_interrupts_and_is_never_claimed', async () => {
    const chip = await Chip.create(1);
    chip.enable(S0, 10);
    chip.setLevel(10, true);
    expect(chip.field(0, IRQ_LINES)).toBe(0);
    expect(chip.claim(S0)).toBe(0);
  });

  test('claim_ignores_the_threshold', async () => {
    const chip = await Chip.create(1);
    chip.priority(10, 1);
    chip.enable(S0, 10);
    chip.threshold(S0, 7);
    chip.setLevel(10, true);
    expect(chip.claim(S0)).toBe(10);
  });

  test('claims_come_by_priority_then_by_lowest_number', async () => {
    const chip = await Chip.create(1);
    for (const [source, priority] of [
      [5, 2],
      [40, 6],
      [70, 6],
      [3, 2],
    ] as const) {
      chip.priority(source, priority);
      chip.setLevel(source, true);
    }
    chip.enable(S0, 3, 5, 40, 70);
    expect([chip.claim(S0), chip.claim(S0), chip.claim(S0), chip.claim(S0), chip.claim(S0)]).toEqual([40, 70, 3, 5, 0]);
  });
});

describe('gateways', () => {
  async function raised(): Promise<Chip> {
    const chip = await Chip.create(1);
    chip.priority(10, 1);
    chip.enable(S0, 10);
    chip.setLevel(10, true);
    return chip;
  }

  test('claim_clears_pending_and_the_line_although_the_wire_is_high', async () => {
    const chip = await raised();
    expect(chip.claim(S0)).toBe(10);
    expect(chip.pending(10)).toBe(false);
    expect(chip.field(0, IRQ_LINES)).toBe(0);
    chip.setLevel(10, true);
    expect(chip.pending(10)).toBe(false);
    expect(chip.claim(S0)).toBe(0);
  });

  test('completion_with_wire_still_high_is_pending_again', async () => {
    const chip = await raised();
    chip.claim(S0);
    chip.complete(S0, 10);
    expect(chip.pending(10)).toBe(true);
    expect(chip.field(0, IRQ_LINES)).toBe(SEIP);
  });

  test('completion_with_wire_low_is_quiet', async () => {
    const chip = await raised();
    chip.claim(S0);
    chip.setLevel(10, false);
    chip.complete(S0, 10);
    expect(chip.pending(10)).toBe(false);
    expect(chip.field(0, IRQ_LINES)).toBe(0);
  });

  test('request_stays_pending_after_the_wire_fell', async () => {
    const chip = await raised();
    chip.setLevel(10, false);
    expect(chip.pending(10)).toBe(true);
    expect(chip.claim(S0)).toBe(10);
  });

  test('completion_of_a_source_not_enabled_for_the_context_is_ignored', async () => {
    const chip = await raised();
    chip.claim(S0);
    chip.complete(M0, 10);
    chip.complete(S0, 0);
    chip.complete(S0, 1000);
    expect(chip.pending(10)).toBe(false);
    chip.complete(S0, 10);
    expect(chip.pending(10)).toBe(true);
  });

  test('pending_registers_are_read_only', async () => {
    const chip = await raised();
    chip.store(chip.plicBase + 0x1000n, 0);
    expect(chip.pending(10)).toBe(true);
    chip.store(chip.plicBase + 0x1000n, 0xffff_ffff);
    expect(chip.pending(11)).toBe(false);
  });
});

describe('contexts', () => {
  test('context_2h_drives_meip_and_2h_plus_1_seip_of_hart_h', async () => {
    const chip = await Chip.create(2);
    chip.priority(1, 1);
    chip.priority(2, 1);
    chip.enable(M0, 1);
    chip.enable(S1, 2);
    chip.setLevel(1, true);
    expect([chip.field(0, IRQ_LINES), chip.field(1, IRQ_LINES)]).toEqual([MEIP, 0]);
    chip.setLevel(2, true);
    expect([chip.field(0, IRQ_LINES), chip.field(1, IRQ_LINES)]).toEqual([MEIP, SEIP]);
  });

  test('nested_guest_gets_vseip_and_nothing_from_its_absent_machine_context', async () => {
    const chip = await Chip.create(1, { machine: 0, supervisor: VSEIP });
    chip.priority(1, 1);
    chip.enable(M0, 1);
    chip.setLevel(1, true);
    expect(chip.field(0, IRQ_LINES)).toBe(0);
    chip.enable(S0, 1);
    expect(chip.field(0, IRQ_LINES)).toBe(VSEIP);
  });

  test('last_context_of_64_harts_works_and_none_beyond', async () => {
    const chip = await Chip.create(64);
    chip.priority(1, 1);
    chip.enable(127, 1);
    chip.enable(128, 1);
    chip.setLevel(1, true);
    expect(chip.field(63, IRQ_LINES)).toBe(SEIP);
    expect(chip.load(chip.plicBase + BigInt(0x2000 + 128 * 0x80))).toBe(0n);
    expect(chip.claim(128)).toBe(0);
    expect(chip.claim(127)).toBe(1);
  });

  test('source_enabled_for_two_harts_is_claimed_by_one', async () => {
    const chip = await Chip.create(2);
    chip.priority(1, 1);
    chip.enable(S0, 1);
    chip.enable(S1, 1);
    chip.setLevel(1, true);
    expect([chip.claim(S1), chip.claim(S0)]).toEqual([1, 0]);
    expect([chip.field(0, IRQ_LINES), chip.field(1, IRQ_LINES)]).toEqual([0, 0]);
  });

  test('raising_the_line_of_a_sleeping_hart_moves_its_doorbell', async () => {
    const chip = await Chip.create(1);
    chip.setField(0, WAITING, 1);
    chip.priority(1, 1);
    chip.enable(S0, 1);
    chip.setLevel(1, true);
    expect(chip.field(0, PAUSE)).toBe(1);
  });
});

describe('accesses', () => {
  test('eight_bytes_are_two_registers_and_narrow_or_misaligned_ones_nothing', async () => {
    const chip = await Chip.create(1);
    chip.store(chip.plicBase + 8n, 0x0000_0005_0000_0003n, 8);
    expect(chip.load(chip.plicBase + 8n, 8)).toBe(0x0000_0005_0000_0003n);
    chip.store(chip.plicBase + 8n, 1, 1);
    chip.store(chip.plicBase + 8n, 1, 2);
    chip.store(chip.plicBase + 10n, 1, 4);
    chip.store(chip.plicBase + 12n, 1n, 8);
    expect(chip.load(chip.plicBase + 8n, 8)).toBe(0x0000_0005_0000_0003n);
    expect([chip.load(chip.plicBase + 8n, 1), chip.load(chip.plicBase + 9n, 2)]).toEqual([0n, 0n]);
  });

  test('every_offset_is_served_and_nothing_outside', async () => {
    const chip = await Chip.create(1);
    expect(chip.load(chip.plicBase + 0x3ff_fffcn)).toBe(0n);
    expect(chip.store(chip.plicBase + 0x3ff_fffcn, 1)).toBe(true);
    expect(chip.load(chip.plicBase + 0x400_0000n)).toBeUndefined();
    expect(chip.load(chip.plicBase - 4n)).toBeUndefined();
    expect(chip.store(0x8000_0000n, 1)).toBe(false);
  });
});

test('wires_moved_by_another_thread_while_a_hart_claims_lose_no_interrupt', async () => {
  const chip = await Chip.create(1);
  const rounds = 3_000;
  // Sources of priority zero make the controller look longer, so that the two threads get in each other's way.
  const mute = Array.from({ length: 60 }, (_, index) => 36 + index);
  for (const source of mute) chip.setLevel(source, true);
  for (const source of [1, 2, 33]) chip.priority(source, 1 + (source & 3));
  chip.enable(S0, 1, 2, 33, ...mute);
  const worker = new Worker(
    `const { workerData: { module, memory, vm, rounds } } = require('node:worker_threads');
     const { plicSetLevel } = new WebAssembly.Instance(module, { env: { memory, time: () => 0 } }).exports;
     const seen = new Int32Array(memory.buffer, 0, 64);
     const sources = [1, 2, 33];
     const end = performance.now() + 40_000;
     for (let round = 1; round <= rounds && performance.now() < end; round++) {
       for (const source of sources) plicSetLevel(vm, source, 1);
       for (const source of sources) while (Atomics.load(seen, source) < round) {
         if (Atomics.load(seen, 0) < 0) process.exit();
       }
       Atomics.store(seen, 4, round);
     }
     Atomics.store(seen, 5, 1);`,
    { eval: true, workerData: { ...chip.shared, vm: chip.vm, rounds } },
  );
  const ended = new Promise((resolve) => worker.once('exit', resolve));
  const seen = new Int32Array(chip.memory.buffer, 0, 64);
  // A round takes a microsecond, or two turns of the system's scheduler where there is one core for both threads.
  const over = () => Atomics.load(seen, 5) === 1;
  let deadline = performance.now() + 60_000;
  let served = 0;
  while (!over() && performance.now() < deadline) {
    // The hart looks at its line only, as hardware would: an interrupt that does not show there is lost.
    if ((chip.field(0, IRQ_LINES) & SEIP) === 0) continue;
    const source = chip.claim(S0);
    if (source === 0) continue;
    chip.setLevel(source, false);
    chip.complete(S0, source);
    Atomics.add(seen, source, 1);
    served++;
    deadline = performance.now() + 60_000;
  }
  Atomics.store(seen, 0, -1);
  await ended;
  expect(over()).toBe(true);
  expect(served).toBeGreaterThan(0);
  expect(served).toBe(Atomics.load(seen, 4) * 3);
  expect(chip.field(0, IRQ_LINES)).toBe(0);
});
