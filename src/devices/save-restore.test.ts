// One test for everything that has state: whatever a guest did to a device, its saved state makes a fresh one the same,
// and the two behave alike from then on. Random register accesses also show that no guest makes a device throw.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { Chip } from '../engine/hart/irqchip.harness.js';
import { IRQ_LINES } from '../engine/hart/layout.js';
import type { AccessWidth, MmioDevice, Saveable } from './index.js';
import { Aclint, ByteRing, Finisher, GoldfishRtc, HART_LINES, Plic, Uart16550, wireHarts } from './index.js';

/** A step of a guest or of the world outside; `where` and `value` mean what the subject makes of them. */
interface Step {
  readonly kind: 'read' | 'write' | 'outside';
  readonly where: number;
  readonly width: AccessWidth;
  readonly value: number;
}

/** A device with the world around it. `apply` answers with all that can be seen from outside. */
interface Subject {
  readonly saved: readonly Saveable[];
  apply(step: Step): unknown;
  /** What outside state must be carried over besides the saved one. */
  readonly now?: { time: bigint };
}

function registers(
  device: MmioDevice,
  stride: number,
  count: number,
  outside: (step: Step) => void,
  seen: () => unknown,
) {
  return (step: Step): unknown => {
    const offset = (step.where % count) * stride;
    let answer = 0;
    if (step.kind === 'read') answer = device.read(offset, step.width);
    else if (step.kind === 'write') device.write(offset, step.width, step.value);
    else outside(step);
    return { answer, seen: seen() };
  };
}

function uart(holdInput: boolean): Subject {
  const [input, output] = [ByteRing.allocate(64), ByteRing.allocate(8)];
  const wire = { level: false };
  const device = new Uart16550({ irq: { set: (level) => (wire.level = level) }, input, output, holdInput });
  const outside = (step: Step): void => {
    if (step.where & 1) input.pushByte(step.value & 0xff);
    else output.pull(3);
    device.poll();
  };
  const seen = () => [wire.level, device.blocked, input.length, [...output.save().bytes]];
  return { saved: [input, output, device], apply: registers(device, 1, 9, outside, seen) };
}

function rtc(): Subject {
  const now = { time: 1_800_000_000_000_000_000n };
  const wire = { level: false };
  const device = new GoldfishRtc({ irq: { set: (level) => (wire.level = level) }, clock: () => now.time });
  const outside = (step: Step): void => {
    now.time += BigInt(step.value >>> 0);
    device.poll();
  };
  return { saved: [device], now, apply: registers(device, 4, 9, outside, () => [wire.level, device.deadline]) };
}

function finisher(): Subject {
  const causes: unknown[] = [];
  const device = new Finisher({ onFinish: (cause) => causes.push(cause) });
  return {
    saved: [device],
    apply: registers(
      device,
      1,
      8,
      () => {},
      () => causes.splice(0),
    ),
  };
}

function ring(): Subject {
  const subject = ByteRing.allocate(8);
  const apply = (step: Step): unknown => {
    const moved =
      step.kind === 'read'
        ? [...subject.pull(step.where % 4)]
        : subject.push(new Uint8Array(step.where % 6).fill(step.value));
    return [moved, subject.length, subject.free];
  };
  return { saved: [subject], apply };
}

async function interruptControllers(): Promise<Subject> {
  const chip = await Chip.create(2);
  const vcpus = [chip.vcpu(0), chip.vcpu(1)];
  wireHarts(chip, chip.vm, vcpus, HART_LINES.bare);
  const plic = new Plic(chip, chip.vm, { base: 0xc00_0000n });
  const aclint = new Aclint(chip, chip.vm, { base: 0x200_0000n });
  // Few sources and registers, so that steps meet.
  const places = [4, 8, 0x1000, 0x2000, 0x2080, 0x2100, 0x2180, 0x20_0000, 0x20_1000, 0x20_0004, 0x20_1004, 0x20_3004]
    .map((offset) => 0xc00_0000n + BigInt(offset))
    .concat([0x200_0000n, 0x200_0004n, 0x200_4000n, 0x200_4008n]);
  const apply = (step: Step): unknown => {
    const gpa = places[step.where % places.length]!;
    const value = step.value & 7;
    let answer: unknown;
    if (step.kind === 'read') answer = chip.load(gpa);
    else if (step.kind === 'write') chip.store(gpa, value);
    else plic.setLevel(1 + (step.where % 3), (step.value & 1) === 1);
    return [answer, chip.field(0, IRQ_LINES), chip.field(1, IRQ_LINES)];
  };
  return { saved: [plic, aclint], apply };
}

const subjects: Record<string, () => Subject | Promise<Subject>> = {
  uart16550: () => uart(true),
  'uart16550 without held input': () => uart(false),
  'goldfish-rtc': rtc,
  finisher,
  'byte-ring': ring,
  'plic and aclint': interruptControllers,
};

const steps = fc.array(
  fc.record({
    kind: fc.constantFrom('read' as const, 'write' as const, 'outside' as const),
    where: fc.nat(255),
    width: fc.constantFrom<AccessWidth>(1, 2, 4),
    value: fc.oneof(fc.nat(0xff), fc.integer()),
  }),
  { maxLength: 40 },
);

describe.each(Object.keys(subjects))('%s', (name) => {
  test('state_saved_and_restored_into_a_fresh_one_is_equal_and_behaves_alike', async () => {
    await fc.assert(
      fc.asyncProperty(steps, steps, async (before, after) => {
        const [original, copy] = [await subjects[name]!(), await subjects[name]!()];
        for (const step of before) original.apply(step);
        const states = original.saved.map((part) => structuredClone(part.save()));
        if (copy.now && original.now) copy.now.time = original.now.time;
        copy.saved.forEach((part, index) => {
          part.restore(states[index]!);
        });
        expect(copy.saved.map((part) => part.save())).toEqual(states);
        for (const step of after) expect(copy.apply(step)).toEqual(original.apply(step));
      }),
      { numRuns: name === 'plic and aclint' ? 50 : 150 },
    );
  });

  test('state_of_another_kind_or_version_is_refused', async () => {
    const { saved } = await subjects[name]!();
    const mismatch = expect.objectContaining({ code: 'DEVICE_STATE_MISMATCH' });
    for (const part of saved) {
      expect(() => part.restore({ ...part.save(), kind: 'toaster' })).toThrowError(mismatch);
      expect(() => part.restore({ ...part.save(), version: 99 })).toThrowError(mismatch);
    }
  });
});
