// Software events: the state machine, attributes, masking, and the errors of each function.
import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { SbiError } from './result.js';
import { peek, poke, RAM, RAM_BYTES } from './testing/fake-platform.js';
import { EID, Fixture } from './testing/fixture.js';

const [READ, WRITE, REGISTER, UNREGISTER, ENABLE, DISABLE, COMPLETE, INJECT, UNMASK, MASK] = [
  0, 1, 2, 3, 4, 5, 6, 7, 8, 9,
];
const [LOCAL, GLOBAL, LOCAL_RAS] = [0xffff_0000n, 0xffff_8000n, 0n];
const [STATUS, PRIORITY, CONFIG, PREFERRED, ENTRY_PC, ENTRY_ARG, SEPC, FLAGS, A6, A7] = [
  0n,
  1n,
  2n,
  3n,
  4n,
  5n,
  6n,
  7n,
  8n,
  9n,
];
const [UNUSED, REGISTERED, ENABLED, RUNNING] = [0n, 1n, 2n, 3n];
const PENDING = 4n;
const ENTRY = RAM + 0x2000n;
const BUFFER = RAM + 0x800n;

const sse = (fixture: Fixture, fid: number, ...args: bigint[]) => fixture.ecall(EID.sse, fid, ...args).error;

function read(fixture: Fixture, event: bigint, attribute: bigint, on = 0): bigint {
  const { error } = fixture.ecallOn(on, EID.sse, READ, event, attribute, 1n, BUFFER, 0n);
  expect(error).toBe(SbiError.success);
  return peek(fixture.platform, BUFFER);
}

function write(fixture: Fixture, event: bigint, attribute: bigint, value: bigint): bigint {
  poke(fixture.platform, BUFFER, value);
  return sse(fixture, WRITE, event, attribute, 1n, BUFFER, 0n);
}

const state = (fixture: Fixture, event = LOCAL) => read(fixture, event, STATUS) & 3n;

/** A fixture with the event in a given state on hart 0. */
function inState(target: bigint, event = LOCAL): Fixture {
  const fixture = new Fixture();
  if (target >= REGISTERED) sse(fixture, REGISTER, event, ENTRY, 0x77n);
  if (target >= ENABLED) sse(fixture, ENABLE, event);
  if (target === RUNNING) {
    sse(fixture, INJECT, event, 0n);
    sse(fixture, UNMASK);
  }
  return fixture;
}

describe.each([LOCAL, GLOBAL])('event 0x%s', (event) => {
  it.each([
    [REGISTER, UNUSED, REGISTERED],
    [UNREGISTER, REGISTERED, UNUSED],
    [ENABLE, REGISTERED, ENABLED],
    [DISABLE, ENABLED, REGISTERED],
  ])('function %i moves it from %s to %s, and from no other state', (fid, from, to) => {
    for (const start of [UNUSED, REGISTERED, ENABLED, RUNNING]) {
      const fixture = inState(start, event);
      expect(state(fixture, event)).toBe(start);
      expect(sse(fixture, fid, event, ENTRY, 0n)).toBe(start === from ? SbiError.success : SbiError.invalidState);
      expect(state(fixture, event)).toBe(start === from ? to : start);
    }
  });

  it('completed_isEnabledAgain_orRegisteredIfOneShot', () => {
    const fixture = inState(RUNNING, event);
    fixture.ecall(EID.sse, COMPLETE);
    expect(state(fixture, event)).toBe(ENABLED);

    const oneShot = inState(REGISTERED, event);
    expect(write(oneShot, event, CONFIG, 1n)).toBe(SbiError.success);
    sse(oneShot, ENABLE, event);
    sse(oneShot, UNMASK);
    sse(oneShot, INJECT, event, 0n);
    expect(state(oneShot, event)).toBe(RUNNING);
    oneShot.ecall(EID.sse, COMPLETE);
    expect(state(oneShot, event)).toBe(REGISTERED);
  });

  it('registered_remembersHandlerAndArgument', () => {
    const fixture = inState(REGISTERED, event);
    expect([read(fixture, event, ENTRY_PC), read(fixture, event, ENTRY_ARG)]).toEqual([ENTRY, 0x77n]);
  });

  it('unregistered_isNoLongerPending', () => {
    const fixture = inState(REGISTERED, event);
    sse(fixture, INJECT, event, 0n);
    expect(read(fixture, event, STATUS)).toBe(8n | PENDING | REGISTERED);
    sse(fixture, UNREGISTER, event);
    expect(read(fixture, event, STATUS)).toBe(8n | UNUSED);
  });
});

describe('scope', () => {
  it('localEvent_isEachHartsOwn_globalEvent_isCommon', () => {
    const fixture = inState(REGISTERED);
    sse(fixture, REGISTER, GLOBAL, ENTRY, 0n);
    expect(read(fixture, LOCAL, STATUS, 1) & 3n).toBe(UNUSED);
    expect(read(fixture, GLOBAL, STATUS, 1) & 3n).toBe(REGISTERED);
  });
});

describe('event ids', () => {
  const events = [REGISTER, UNREGISTER, ENABLE, DISABLE, INJECT];

  it.each([0x0001_0000n])('%s, of hardware that is not here, notSupported', (event) => {
    const fixture = new Fixture();
    for (const fid of events) expect(sse(fixture, fid, event, ENTRY, 0n)).toBe(SbiError.notSupported);
    for (const fid of [READ, WRITE]) {
      expect(sse(fixture, fid, event, 0n, 1n, BUFFER, 0n)).toBe(SbiError.notSupported);
    }
  });

  it.each([2n, 0x4000n, 0x8001n, 0xc000n, 0x0010_0001n, 0xffff_0001n, 0xffff_ffffn])('%s invalidParam', (event) => {
    const fixture = new Fixture();
    for (const fid of events) expect(sse(fixture, fid, event, ENTRY, 0n)).toBe(SbiError.invalidParam);
    for (const fid of [READ, WRITE]) {
      expect(sse(fixture, fid, event, 0n, 1n, BUFFER, 0n)).toBe(SbiError.invalidParam);
    }
  });

  it('oddEntry_invalidParam', () => {
    expect(sse(new Fixture(), REGISTER, LOCAL, ENTRY + 1n, 0n)).toBe(SbiError.invalidParam);
  });

  it('inject_toNoHart_orOfAHostsEvent_invalidParam', () => {
    expect(sse(inState(ENABLED), INJECT, LOCAL, 9n)).toBe(SbiError.invalidParam);
    expect(sse(inState(ENABLED, LOCAL_RAS), INJECT, LOCAL_RAS, 0n)).toBe(SbiError.invalidParam);
    expect(sse(inState(ENABLED, GLOBAL), INJECT, GLOBAL, 9n)).toBe(SbiError.success);
  });
});

describe('reading and writing attributes', () => {
  it('reset_allZero_butInjectabilityAndPreferredHart', () => {
    const fixture = new Fixture({ ids: [5, 6] });
    for (const event of [LOCAL, GLOBAL]) {
      expect(fixture.ecallOn(1, EID.sse, READ, event, 0n, 10n, BUFFER, 0n).error).toBe(SbiError.success);
      const values = Array.from({ length: 10 }, (_, i) => peek(fixture.platform, BUFFER + BigInt(i) * 8n));
      expect(values).toEqual([8n, 0n, 0n, event === LOCAL ? 6n : 5n, 0n, 0n, 0n, 0n, 0n, 0n]);
    }
  });

  it('range_liesAtTheStartOfTheMemory', () => {
    const fixture = new Fixture();
    poke(fixture.platform, BUFFER, 3n, 1n);
    expect(sse(fixture, WRITE, LOCAL, PRIORITY, 2n, BUFFER, 0n)).toBe(SbiError.success);
    expect([read(fixture, LOCAL, PRIORITY), read(fixture, LOCAL, CONFIG)]).toEqual([3n, 1n]);
  });

  it.each([
    [0n, 0n, BUFFER, 0n, SbiError.invalidParam],
    [10n, 1n, BUFFER, 0n, SbiError.badRange],
    [0n, 11n, BUFFER, 0n, SbiError.badRange],
    [0xffff_ffffn, 0xffff_ffffn, BUFFER, 0n, SbiError.badRange],
    [1n, 1n, BUFFER + 4n, 0n, SbiError.invalidAddress],
    [1n, 1n, BUFFER, 1n, SbiError.invalidAddress],
    [1n, 2n, RAM + BigInt(RAM_BYTES) - 8n, 0n, SbiError.invalidAddress],
    [1n, 1n, -8n, 0n, SbiError.invalidAddress],
  ])('from %s count %s at %s, %s: %s', (first, count, low, high, error) => {
    for (const fid of [READ, WRITE]) expect(sse(new Fixture(), fid, LOCAL, first, count, low, high)).toBe(error);
  });

  it.each([STATUS, ENTRY_PC, ENTRY_ARG])('attribute %s is read-only', (attribute) => {
    expect(write(new Fixture(), LOCAL, attribute, 0n)).toBe(SbiError.denied);
  });

  it.each([
    [PRIORITY, 1n << 32n],
    [CONFIG, 2n],
  ])('attribute %s value %s invalidParam', (attribute, value) => {
    expect(write(new Fixture(), LOCAL, attribute, value)).toBe(SbiError.invalidParam);
  });

  it.each([PRIORITY, CONFIG])('attribute %s is settled once the event is enabled', (attribute) => {
    expect(write(inState(REGISTERED), LOCAL, attribute, 1n)).toBe(SbiError.success);
    expect(write(inState(ENABLED), LOCAL, attribute, 1n)).toBe(SbiError.invalidState);
    expect(write(inState(RUNNING), LOCAL, attribute, 1n)).toBe(SbiError.invalidState);
  });

  it('preferredHart_ofGlobalEventsOnly_andAHartThatIs', () => {
    expect(write(new Fixture(), LOCAL, PREFERRED, 0n)).toBe(SbiError.denied);
    const fixture = new Fixture();
    expect(write(fixture, GLOBAL, PREFERRED, 3n)).toBe(SbiError.success);
    expect(read(fixture, GLOBAL, PREFERRED)).toBe(3n);
    expect(write(fixture, GLOBAL, PREFERRED, 4n)).toBe(SbiError.invalidParam);
    expect(write(inState(ENABLED, GLOBAL), GLOBAL, PREFERRED, 1n)).toBe(SbiError.invalidState);
  });

  it.each([SEPC, FLAGS, A6, A7])('interrupted attribute %s is writable by the handler alone', (attribute) => {
    expect(write(inState(ENABLED), LOCAL, attribute, 2n)).toBe(SbiError.invalidState);
    const running = inState(RUNNING, GLOBAL);
    expect(write(running, GLOBAL, attribute, 2n)).toBe(SbiError.success);
    expect(read(running, GLOBAL, attribute)).toBe(2n);
    poke(running.platform, BUFFER, 2n);
    const other = running.ecallOn(1, EID.sse, WRITE, GLOBAL, attribute, 1n, BUFFER, 0n);
    expect(other.error).toBe(SbiError.invalidState);
  });

  it('reservedFlags_invalidParam', () => {
    expect(write(inState(RUNNING), LOCAL, FLAGS, 0x40n)).toBe(SbiError.invalidParam);
  });

  it('oneBadValue_firstInOrder_nothingWritten', () => {
    const fixture = new Fixture();
    poke(fixture.platform, BUFFER, 9n, 2n, 0n, 0n);
    expect(sse(fixture, WRITE, LOCAL, PRIORITY, 4n, BUFFER, 0n)).toBe(SbiError.invalidParam);
    expect(read(fixture, LOCAL, PRIORITY)).toBe(0n);
  });
});

describe('masking', () => {
  it('unmaskTwice_alreadyStarted_maskTwice_alreadyStopped_perHart', () => {
    const fixture = new Fixture();
    expect(sse(fixture, MASK)).toBe(SbiError.alreadyStopped);
    expect(sse(fixture, UNMASK)).toBe(SbiError.success);
    expect(sse(fixture, UNMASK)).toBe(SbiError.alreadyStarted);
    expect(fixture.ecallOn(1, EID.sse, UNMASK).error).toBe(SbiError.success);
    expect(sse(fixture, MASK)).toBe(SbiError.success);
  });
});

it('anySequenceOfCalls_keepsTheEventInOneOfItsStates', () => {
  const step = fc.tuple(fc.integer({ min: 0, max: 1 }), fc.integer({ min: 2, max: 9 }), fc.constantFrom(LOCAL, GLOBAL));
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const fixture = new Fixture({ ids: [0, 1] });
      for (const [on, fid, event] of steps) {
        fixture.ecallOn(on, EID.sse, fid, event, fid === REGISTER ? ENTRY : 1n, 0n);
        fixture.sbi.ready(fixture.hart(1 - on));
      }
      const running = [0, 1].flatMap((on) => [read(fixture, LOCAL, STATUS, on), read(fixture, GLOBAL, STATUS, on)]);
      for (const status of running) expect(status & ~0xfn).toBe(0n);
      // Completing as often as there are events ends every handler.
      for (const on of [0, 1]) {
        fixture.ecallOn(on, EID.sse, MASK);
        for (let i = 0; i < 6; i++) fixture.ecallOn(on, EID.sse, COMPLETE);
      }
      for (const on of [0, 1]) expect(read(fixture, LOCAL, STATUS, on) & 3n).not.toBe(RUNNING);
      expect(read(fixture, GLOBAL, STATUS) & 3n).not.toBe(RUNNING);
    }),
    { numRuns: 200 },
  );
});
