// Interrupts against a short model of "when is it taken and which first"; counters, time and the timer comparators.
import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { compilePrivilege, type Mode, modeNames, PrivilegeHart, results } from './privilege-testing/hart.js';

let hart: PrivilegeHart;
beforeAll(async () => {
  hart = new PrivilegeHart(await compilePrivilege());
}, 240_000);
beforeEach(() => hart.reset());

const all = (1n << 64n) - 1n;
const stce = 1n << 63n;

interface State {
  mode: Mode;
  mip: number; // software
  hvip: number;
  lines: number;
  mie: number;
  mideleg: number;
  hideleg: number;
  m: boolean; // mstatus.MIE
  s: boolean; // sstatus.SIE
  vs: boolean; // vsstatus.SIE
}

/** "Machine Interrupt (mip and mie) Registers" and "Trap Entry" of the hypervisor chapter, read as sentences. */
function model(state: State): number {
  const pending = (state.mip | state.hvip | state.lines) & state.mie;
  const order = [11, 3, 7, 9, 1, 5, 12, 10, 2, 6, 13];
  const level = (i: number) => {
    if (!((state.mideleg >> i) & 1)) return 'M';
    return (state.hideleg >> i) & 1 ? 'VS' : 'HS';
  };
  const taken = (at: string) => {
    const guest = state.mode === 'VS' || state.mode === 'VU';
    if (at === 'M') return state.mode !== 'M' || state.m;
    if (at === 'HS') return guest || state.mode === 'U' || (state.mode === 'HS' && state.s);
    return state.mode === 'VU' || (state.mode === 'VS' && state.vs);
  };
  for (const at of ['M', 'HS', 'VS']) {
    if (!taken(at)) continue;
    const found = order.find((i) => (pending >> i) & 1 && level(i) === at);
    if (found !== undefined) return found;
  }
  return -1;
}

const bits = (mask: number) =>
  fc.oneof(
    fc.constant(mask),
    fc.nat(0xffff).map((n) => n & mask),
  );
const states: fc.Arbitrary<State> = fc.record({
  mode: fc.constantFrom(...modeNames),
  mip: bits(0x2222),
  hvip: bits(0x444),
  lines: bits(0xe8e),
  mie: bits(0x2eee),
  mideleg: bits(0x2222).map((n) => n | 0x444),
  hideleg: bits(0x444),
  m: fc.boolean(),
  s: fc.boolean(),
  vs: fc.boolean(),
});

function enter(state: State): void {
  hart.reset();
  hart.write(0x303, BigInt(state.mideleg));
  hart.write(0x603, BigInt(state.hideleg));
  hart.write(0x304, BigInt(state.mie));
  hart.write(0x344, BigInt(state.mip));
  hart.write(0x645, BigInt(state.hvip));
  hart.setU32('IRQ_LINES', state.lines);
  hart.write(0x300, (state.m ? 8n : 0n) | (state.s ? 2n : 0n));
  hart.write(0x200, state.vs ? 2n : 0n);
  hart.mode = state.mode;
}

describe('interrupts', () => {
  test('pendingInterrupt_any state_chooses what the model chooses', () => {
    fc.assert(
      fc.property(states, (state) => {
        enter(state);
        expect(hart.pendingInterrupt()).toBe(model(state));
        expect(hart.wakePending()).toBe(((state.mip | state.hvip | state.lines) & state.mie) !== 0);
      }),
      { numRuns: 3000 },
    );
  });

  test('interrupt_taken_is not takeable again until enabled', () => {
    fc.assert(
      fc.property(states, (state) => {
        enter(state);
        const number = hart.pendingInterrupt();
        if (number < 0) return;
        hart.raise((1n << 63n) | BigInt(number));
        hart.takeTrap();
        const next = hart.pendingInterrupt();
        // Only a level above the one that took it may interrupt its handler.
        if (hart.mode === 'M') expect(next).toBe(-1);
        if (hart.mode === 'HS') expect(next === -1 || !((state.mideleg >> next) & 1)).toBe(true);
        if (hart.mode === 'VS') expect(next === -1 || !((state.hideleg >> next) & 1)).toBe(true);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('time', () => {
  test('host clock_fractional ticks_are whole ticks plus the offset', () => {
    hart.time = 1234.9;
    hart.set('TIME_OFFSET', -34n & all);
    expect([hart.now(), hart.read(0xc01)]).toEqual([1200n, 1200n]);
  });

  test('virtual clock_derives from retired instructions, those of the running chunk included', () => {
    hart.setU32('TIME_MODE', 1);
    hart.setU32('TIME_SHIFT', 3);
    hart.set('INSTRET', 800n);
    hart.setU32('CHUNK_START', 100);
    hart.setU32('CHUNK_LEFT', 20);
    expect(hart.now()).toBe(110n);
  });

  test('time in a guest_adds htimedelta', () => {
    hart.time = 1000;
    hart.write(0x306, all);
    hart.write(0x606, all);
    hart.write(0x605, -400n & all);
    for (const [mode, seen] of [
      ['VS', 600n],
      ['HS', 1000n],
    ] as const) {
      hart.mode = mode;
      hart.csr('CSRRS', 5, 0xc01, 0);
      expect(hart.x(5)).toBe(seen);
    }
  });

  test('comparators_enabled_raise STIP, VSTIP and MTIP when time reaches them', () => {
    hart.write(0x30a, stce);
    hart.write(0x60a, stce);
    hart.write(0x605, 50n);
    hart.write(0x14d, 100n);
    hart.write(0x24d, 130n);
    hart.mtimecmp = 90n;
    const at = (time: number) => {
      hart.time = time;
      hart.updateTimers();
      return hart.u32('TIMER_LINES');
    };
    expect([at(79), at(80), at(90), at(99), at(100)]).toEqual([0, 0x40, 0xc0, 0xc0, 0xe0]);
    hart.write(0x14d, 101n); // moving the comparator takes effect at once
    expect(hart.read(0x344) & 0x20n).toBe(0n);
    hart.write(0x60a, 0n);
    expect(hart.read(0x344)).toBe(0x80n);
  });

  test('comparators_switched off_never fire', () => {
    hart.time = 1e9;
    hart.write(0x14d, 0n);
    hart.write(0x24d, 0n);
    hart.updateTimers();
    expect([hart.u32('TIMER_LINES'), hart.nextDeadline()]).toEqual([0, all]);
    hart.write(0x60a, stce); // henvcfg.STCE is read-only zero without menvcfg.STCE
    expect(hart.read(0x344)).toBe(0n);
  });

  test('nextDeadline_any comparators_is the first time at which a line rises', () => {
    const near = fc.bigInt(0n, 60n);
    const compare = fc.oneof(near, fc.constant(all), fc.constant(all - 3n));
    fc.assert(
      fc.property(near, compare, compare, compare, fc.bigInt(-70n, 70n), (time, s, vs, m, delta) => {
        hart.reset();
        hart.write(0x30a, stce);
        hart.write(0x60a, stce);
        hart.write(0x605, BigInt.asUintN(64, delta));
        hart.write(0x14d, s);
        hart.write(0x24d, vs);
        hart.mtimecmp = m;
        const lines = (t: bigint) => {
          hart.time = Number(t);
          hart.updateTimers();
          return hart.u32('TIMER_LINES');
        };
        const now = lines(time);
        hart.time = Number(time);
        const deadline = hart.nextDeadline();
        let rises = -1n;
        for (let t = time + 1n; t < time + 200n && rises < 0n; t++) if (lines(t) & ~now) rises = t;
        if (rises >= 0n && deadline < time + 200n) expect(deadline).toBeLessThanOrEqual(rises);
        if (rises >= 0n) expect(deadline).toBeLessThan(time + 200n);
        if (deadline < time + 200n) expect(lines(deadline) & ~lines(deadline - 1n)).not.toBe(0);
        expect(deadline).toBeGreaterThan(time);
      }),
      { numRuns: 300 },
    );
  });

  test('stimecmp write_takes effect at once and leaves the loop', () => {
    hart.write(0x30a, stce);
    hart.write(0x306, all);
    hart.time = 10;
    hart.mode = 'HS';
    hart.setX(5, 9n);
    expect(hart.csr('CSRRW', 0, 0x14d, 5)).toBe(results.leave);
    expect(hart.read(0x344)).toBe(0x20n);
  });
});

describe('counters', () => {
  test('instret_read by an instruction_counts those before it', () => {
    hart.set('INSTRET', 1000n);
    hart.setU32('CHUNK_START', 64);
    hart.setU32('CHUNK_LEFT', 60);
    hart.csr('CSRRS', 5, 0xb02, 0);
    hart.csr('CSRRS', 6, 0xc00, 0);
    expect([hart.x(5), hart.x(6)]).toEqual([1004n, 1004n]);
  });

  test('minstret_written by an instruction_reads as written in the next one', () => {
    hart.set('INSTRET', 1000n);
    hart.setX(5, 7n);
    hart.csr('CSRRW', 0, 0xb02, 5);
    hart.set('INSTRET', 1001n);
    expect(hart.read(0xb02)).toBe(7n);
    hart.write(0xb00, 50n); // from outside, between instructions
    expect(hart.read(0xb00)).toBe(50n);
  });

  test('mcountinhibit_set and cleared_stops and resumes a counter', () => {
    hart.set('INSTRET', 100n);
    hart.write(0x320, 4n);
    hart.set('INSTRET', 250n);
    expect([hart.read(0xb02), hart.read(0xb00)]).toEqual([100n, 250n]);
    hart.write(0xb02, 33n);
    expect(hart.read(0xb02)).toBe(33n);
    hart.write(0x320, 0n);
    hart.set('INSTRET', 260n);
    expect([hart.read(0xb02), hart.read(0xb00)]).toEqual([43n, 260n]);
  });

  test('event counters_written_hold their value and show it to users', () => {
    hart.write(0xb05, 99n);
    hart.write(0x306, 1n << 5n);
    hart.write(0x106, 1n << 5n);
    hart.mode = 'U';
    expect(hart.csr('CSRRS', 5, 0xc05, 0)).toBe(results.ok);
    expect(hart.x(5)).toBe(99n);
  });
});
