// The translator's thread and a hart that asks it, one after the other on this thread: what is asked for, delivered and installed, and what is not.
import { beforeEach, describe, expect, it } from 'vitest';
import * as L from '../engine/hart/layout.js';
import { Engine } from '../engine/index.js';
import { assemble } from '../isa/index.js';
import { figuresOf } from './figures.js';
import { Jit } from './jit.js';
import { ENDING, ringTranslator } from './link.js';
import { encode, Port } from './port.js';
import { TranslatorService } from './service.js';
import { ANYWHERE } from './setting.js';
import { featuresOf } from './translator.js';

const CODE = 0x8000_0000;
const X = L.VCPU_AREA;
const PORT = L.DEVICE_AREA;
const LOOP = 'loop: addi a0, a0, 1\n addi a1, a1, 1\n addi a2, a2, 1\n j loop';

let engine: Engine;
let service: TranslatorService;
let milliseconds: number;
/** Milliseconds between two looks at the translator's clock. */
let slow: number;

beforeEach(async () => {
  const memory = Engine.createMemory();
  engine = await Engine.create(memory, () => 0);
  engine.u32[(L.HOST_CONTROL + L.HOST_VCPU_COUNT) >>> 2] = 1;
  engine.u32[(L.HOST_CONTROL + L.HOST_JIT_PORTS) >>> 2] = PORT;
  engine.u32[(L.HOST_CONTROL + L.HOST_JIT_SERVED) >>> 2] = 1;
  new Jit(engine, { port: PORT });
  service = new TranslatorService(await Engine.create(memory, () => 0, undefined, undefined, L.MAX_REALMS), {
    now: () => (milliseconds += slow),
  });
  milliseconds = 0;
  slow = 0;
  engine.initVcpu(X);
  engine.view.setUint32(X + L.OWNED, L.OWN_M, true);
  engine.view.setBigUint64(X + L.PC, BigInt(CODE), true);
});

function load(source: string, at = CODE): void {
  const { bytes } = assemble(source, { base: at });
  engine.u8.set(bytes, at);
  engine.invalidateCode(at, bytes.length);
}

const figures = () => figuresOf(engine.u32);
const inRegions = () => engine.view.getBigUint64(X + L.JIT_RETIRED, true);

/** Lets the hart run and the translator work, in turns. */
function run(turns: number, budget = 200_000): void {
  for (let i = 0; i < turns; i++) {
    engine.run(X, budget);
    service.round();
  }
}

describe('a hart with a translator on another thread', () => {
  it('that runs hot code_asks for it, and goes on interpreting until it comes', () => {
    load(LOOP);
    engine.run(X, 2_000_000);
    expect(inRegions()).toBe(0n);
    expect(figures().regions).toBe(0);
    run(3);
    expect(figures()).toMatchObject({ regions: 1, modules: 1, stale: 0 });
    const before = inRegions();
    engine.run(X, 100_000);
    expect(inRegions() - before).toBeGreaterThan(99_000n);
  });

  it('that asks for several regions_gets one module, or several if they take long', () => {
    const port = new Port(engine.memory.buffer, PORT);
    const ask = (at: number) => {
      load(LOOP, at);
      engine.view.setBigUint64(X + L.PC, BigInt(at), true);
      engine.run(X, 100);
      const request = { hpa: at, features: featuresOf(engine, at)!, ...ANYWHERE };
      for (let times = 0; times < 4; times++) port.ask(request);
    };
    const delivered = () => {
      const sizes: number[] = [];
      for (let next = port.receive(); next !== undefined; next = port.receive()) sizes.push(next.entries.length);
      return sizes;
    };
    for (const page of [1, 2, 3]) ask(CODE + page * 4096);
    service.round();
    expect(delivered()).toEqual([3]);
    for (const page of [4, 5, 6]) ask(CODE + page * 4096);
    slow = 4;
    service.round();
    expect(delivered()).toEqual([1, 1, 1]);
  });

  it('is told apart what translating and what compiling takes', () => {
    load(LOOP);
    engine.run(X, 2_000_000);
    slow = 1;
    service.round();
    expect(figures()).toMatchObject({ translating: 1000, compiling: 1000 });
  });

  it('whose code changes while it is translated_installs nothing of it', () => {
    load(LOOP);
    engine.run(X, 2_000_000);
    service.round();
    load('loop: addi a0, a0, 2\n addi a1, a1, 1\n addi a2, a2, 1\n j loop');
    const before = engine.view.getBigUint64(X + 8 * 10, true);
    engine.view.setBigUint64(X + L.PC, BigInt(CODE), true);
    engine.run(X, 4000);
    expect(figures()).toMatchObject({ regions: 0, stale: 1 });
    expect(engine.view.getBigUint64(X + 8 * 10, true) - before).toBe(2000n);
  });

  it('whose translated code changes_asks again, and sooner', () => {
    load(LOOP);
    run(5);
    expect(figures().regions).toBe(1);
    load('loop: addi a0, a0, 3\n addi a1, a1, 1\n addi a2, a2, 1\n j loop');
    run(5);
    expect(figures().regions).toBe(2);
    const before = engine.view.getBigUint64(X + 8 * 10, true);
    engine.run(X, 4000);
    expect(engine.view.getBigUint64(X + 8 * 10, true) - before).toBe(3000n);
  });

  it('in virtual time_translates for itself at once', () => {
    load(LOOP);
    engine.view.setUint32(X + L.TIME_MODE, 1, true);
    engine.run(X, 2_000_000);
    expect(figures().regions).toBe(1);
    expect(inRegions()).toBeGreaterThan(1_000_000n);
  });

  it('that ends_translates for itself from then on', () => {
    load(LOOP);
    run(5);
    engine.u32[(L.HOST_CONTROL + L.HOST_JIT_SERVED) >>> 2] = 0;
    load(LOOP, CODE + 0x1000);
    engine.view.setBigUint64(X + L.PC, BigInt(CODE + 0x1000), true);
    engine.run(X, 3_000_000);
    expect(figures().regions).toBe(2);
  });

  it('with a translator that shares its thread_gives it turns between modules until it is to end', async () => {
    const host = new Int32Array(engine.memory.buffer, L.HOST_CONTROL, 64);
    const served = L.HOST_JIT_SERVED >> 2;
    Atomics.store(host, served, 0);
    let turns = 0;
    let over = false;
    const turn = () => new Promise<void>((resolve) => setTimeout(resolve));
    const serving = service.serve(() => {
      turns++;
      return turn();
    });
    void serving.then(() => {
      over = true;
    });
    load(LOOP);
    // Asleep, it is woken by who asks.
    for (let i = 0; i < 2000 && figures().regions === 0; i++) {
      engine.run(X, 200_000);
      await turn();
    }
    expect(figures()).toMatchObject({ regions: 1, modules: 1 });
    expect(turns).toBe(1);
    expect(over).toBe(false);
    Atomics.store(host, served, ENDING);
    ringTranslator(host);
    await serving;
    expect(Atomics.load(host, served)).toBe(0);
  });

  it('that never reads its port_loses modules, and nothing else', () => {
    const port = new Port(engine.memory.buffer, PORT);
    const delivery = { module: new Uint8Array(60_000), entries: [] };
    const room = Array.from({ length: 6 }, () => port.deliver(encode(delivery)));
    expect(room).toEqual([true, true, true, true, false, false]);
  });
});

describe('harts of two realms at the same code', () => {
  const OTHER = L.VCPU_AREA + L.VCPU_STRIDE;
  const OTHER_PORT = PORT + 0x10_0000;
  let other: Engine;
  let second: Jit;

  beforeEach(async () => {
    other = await Engine.create(engine.memory, () => 0, undefined, undefined, 1);
    engine.u32[(L.HOST_CONTROL + L.HOST_VCPU_COUNT) >>> 2] = 2;
    engine.u32[((L.HOST_CONTROL + L.HOST_JIT_PORTS) >>> 2) + 1] = OTHER_PORT;
    second = new Jit(other, { port: OTHER_PORT });
    other.initVcpu(OTHER);
    other.view.setUint32(OTHER + L.OWNED, L.OWN_M, true);
    other.view.setBigUint64(OTHER + L.PC, BigInt(CODE), true);
    load(LOOP);
  });

  const inOther = () => other.view.getBigUint64(OTHER + L.JIT_RETIRED, true);

  it('_one asks_the other has it too if it has been there', () => {
    other.run(OTHER, 100);
    run(5);
    expect(figures()).toMatchObject({ regions: 1, instructions: 4 });
    other.run(OTHER, 100_000);
    expect(figures()).toMatchObject({ regions: 2, instructions: 4, modules: 2 });
    expect(inOther()).toBeGreaterThan(80_000n);
  });

  it('_the other comes later_gets the same module when it asks first', () => {
    run(5);
    expect(second.code.size).toBe(0);
    other.run(OTHER, 100_000);
    service.round();
    other.run(OTHER, 100_000);
    expect(second.code.size).toBe(1);
    expect(figures()).toMatchObject({ regions: 2, instructions: 4 });
  });

  it('_each meets it half as often_is translated when they have met it as often as one alone', () => {
    other.run(OTHER, 100);
    engine.run(X, 100);
    const ports = [PORT, OTHER_PORT].map((at) => new Port(engine.memory.buffer, at));
    const features = featuresOf(engine, CODE)!;
    // A hart asks at its fourth meeting with a block, and alone once more at its eighth.
    const translated = ports.map((port) => {
      port.ask({ hpa: CODE, features, ...ANYWHERE });
      service.round();
      return figures().instructions;
    });
    expect(translated).toEqual([0, 4]);
  });

  it('_the code changes_neither runs the old one', () => {
    other.run(OTHER, 100);
    run(5);
    other.run(OTHER, 100_000);
    expect(second.code.size).toBe(1);
    load('loop: addi a0, a0, 2\n addi a1, a1, 1\n addi a2, a2, 1\n j loop');
    const before = other.view.getBigUint64(OTHER + 8 * 10, true);
    other.view.setBigUint64(OTHER + L.PC, BigInt(CODE), true);
    other.run(OTHER, 4000);
    expect(other.view.getBigUint64(OTHER + 8 * 10, true) - before).toBe(2000n);
  });
});

describe('a port', () => {
  it('carries modules of all sizes around its ring_as they were', () => {
    const port = new Port(engine.memory.buffer, PORT);
    for (let i = 0; i < 200; i++) {
      const sizes = [i * 37, 5000 + i, 3];
      for (const size of sizes) {
        const module = Uint8Array.from({ length: size }, (_, at) => at * i + size);
        const entry = {
          hpa: 0x8000_0000 + i * 2,
          features: [i, 0xffff_ffff] as const,
          longest: i,
          bytes: size,
          covered: Uint16Array.of(i * 2, i * 2 + 6, 4000, 4002),
          source: Uint8Array.of(1, 2, 3, 4, 5, 6, i, 8),
        };
        expect(port.deliver(encode({ module, entries: [entry] }))).toBe(true);
        expect(port.receive()).toEqual({ module, entries: [entry] });
      }
    }
    expect(port.receive()).toBeUndefined();
  });

  it('receives one module in place of the other_so that none is left behind', () => {
    const port = new Port(engine.memory.buffer, PORT);
    const module = new Uint8Array(1000);
    const received = [0, 1].map(() => {
      expect(port.deliver(encode({ module, entries: [] }))).toBe(true);
      return port.receive()!.module.buffer;
    });
    expect(received[1]).toBe(received[0]);
  });

  it('takes so many requests_and refuses more until some are taken', () => {
    const port = new Port(engine.memory.buffer, PORT);
    const ask = (hpa: number) => port.ask({ hpa, features: [7, 9], linear: (hpa & 2) !== 0, program: (hpa & 4) !== 0 });
    const asked = Array.from({ length: 130 }, (_, i) => ask(CODE + i * 2));
    expect(asked.filter((fits) => fits).length).toBe(128);
    expect(port.take()).toEqual({ hpa: CODE, features: [7, 9], linear: false, program: false, told: false });
    expect(ask(CODE + 1000)).toBe(true);
    for (let i = 1; i < 128; i++)
      expect(port.take()).toMatchObject({ hpa: CODE + i * 2, linear: (i & 1) !== 0, program: (i & 2) !== 0 });
    expect(port.take()?.hpa).toBe(CODE + 1000);
    expect(port.take()).toBeUndefined();
  });
});
