// Room for translated code is bounded, and what is used stays.
import { readFileSync } from 'node:fs';
import { beforeEach, describe, expect, it } from 'vitest';
import * as L from '../engine/hart/layout.js';
import { Engine } from '../engine/index.js';
import { assemble } from '../isa/index.js';
import { translateBatch } from './batch.js';
import { CodeCache, type CodeCacheOptions } from './code-cache.js';
import { MODULES_STAY } from './garbage.js';
import { Translator } from './translator.js';

const CODE = 0x8000_0000;
const X = L.VCPU_AREA;
const STATE = 12;
const LIVE = 1;

const hotOf = (...blocks: readonly number[]) => blocks.map((hpa) => ({ hpa, program: false }));

let engine: Engine;
let translator: Translator;

/** One small loop a page. */
const BLOCKS = Array.from({ length: 12 }, (_, i) => CODE + i * 0x1000);

beforeEach(async () => {
  engine = await Engine.create(Engine.createMemory(), () => 0);
  engine.u32[(L.HOST_CONTROL + L.HOST_VCPU_COUNT) >>> 2] = 1;
  translator = new Translator(engine, false);
  engine.initVcpu(X);
  engine.view.setUint32(X + L.OWNED, L.OWN_M, true);
  for (const block of BLOCKS) {
    engine.u8.set(assemble('loop: addi a0, a0, 1\n j loop', { base: block }).bytes, block);
    run(block, 2);
  }
});

function run(pc: number, budget: number): void {
  engine.view.setBigUint64(X + L.PC, BigInt(pc), true);
  engine.run(X, budget);
}

function install(code: CodeCache, hot: readonly number[]): number {
  const { module, entries } = translateBatch(engine, translator, hotOf(...hot), { now: () => 0 });
  return code.install(module!, entries);
}

/** The blocks that enter a region. */
function translated(): number[] {
  const slots = new Set<number>();
  for (let at = L.REGION_AREA; at < L.REGION_AREA + 64 * L.REGION_BYTES; at += L.REGION_BYTES) {
    if (engine.u32[(at + STATE) >>> 2] === LIVE) slots.add(engine.u32[(at + 4) >>> 2]!);
  }
  return BLOCKS.filter((block) => slots.has(engine.decodedPage(block >>> 12)));
}

function cache(options: CodeCacheOptions): CodeCache {
  return new CodeCache(engine, options);
}

describe('a code cache', () => {
  it('without room for another module_lets the region go that was not entered for longest', () => {
    const code = cache({ maxModules: 3 });
    for (const block of BLOCKS.slice(0, 4)) install(code, [block]);
    expect(translated()).toEqual(BLOCKS.slice(1, 4));
    // The second and the third are used, the fourth is not.
    run(BLOCKS[1]!, 100);
    run(BLOCKS[2]!, 100);
    install(code, [BLOCKS[4]!]);
    expect(translated()).toEqual([BLOCKS[1], BLOCKS[2], BLOCKS[4]]);
    expect(code.evicted).toBe(2);
    expect(code.modules).toBe(3);
  });

  it('without room for more bytes_lets one region go at a time', () => {
    const all = cache({});
    install(all, [BLOCKS[0]!]);
    const each = all.bytes;
    const code = cache({ maxBytes: each * 6 });
    install(code, BLOCKS.slice(1, 7));
    expect(code.size).toBe(6);
    install(code, [BLOCKS[7]!]);
    expect(code.size).toBe(6);
    expect(code.evicted).toBe(1);
    expect(code.bytes).toBe(each * 6);
  });

  it('whose module is all but gone_gives up the rest of it', () => {
    const all = cache({});
    install(all, [BLOCKS[0]!]);
    const each = all.bytes;
    const code = cache({ maxBytes: each * 6 });
    install(code, BLOCKS.slice(1, 6));
    for (const block of BLOCKS.slice(6, 10)) {
      run(block, 2);
      install(code, [block]);
    }
    expect(code.size).toBeLessThanOrEqual(6);
    install(code, [BLOCKS[10]!]);
    expect(translated()).not.toContain(BLOCKS[5]);
    expect(code.size).toBe(5);
  });

  it('whose code has changed since it was translated_installs nothing', () => {
    const code = cache({});
    const { module, entries } = translateBatch(engine, translator, hotOf(BLOCKS[0]!, BLOCKS[1]!), { now: () => 0 });
    engine.u8[BLOCKS[0]! + 3]! ^= 0x10;
    engine.invalidateCode(BLOCKS[0]!, 4);
    expect(code.install(module!, entries)).toBe(1);
    expect(translated()).toEqual([BLOCKS[1]]);
    run(BLOCKS[1]!, 1000);
    expect(engine.view.getBigUint64(X + L.JIT_RETIRED, true)).toBeGreaterThan(900n);
  });

  it('for a page decoded for other features by now_installs nothing', () => {
    const code = cache({});
    const { module, entries } = translateBatch(engine, translator, hotOf(BLOCKS[0]!), { now: () => 0 });
    const base = engine.decodedPage(BLOCKS[0]! >>> 12);
    engine.u32[(engine.decodedHead(base) + L.HEAD_FEATURES) >>> 2]! ^= 4;
    expect(code.install(module!, entries)).toBe(0);
    expect(translated()).toEqual([]);
  });

  it('keeps nothing of the message that a region came in', () => {
    const code = cache({});
    const { module, entries } = translateBatch(engine, translator, hotOf(BLOCKS[0]!), { now: () => 0 });
    expect(code.install(module!, entries)).toBe(1);
    // The next one is received in its place.
    entries[0]!.covered.fill(0xfff);
    entries[0]!.source.fill(0);
    expect(code.covers(BLOCKS[0]!)).toBe(true);
    engine.invalidateCode(BLOCKS[0]!, 4);
    code.collect();
    expect(code.covers(BLOCKS[0]!)).toBe(false);
  });

  it('of code that changes_takes its records back, and keeps no module', () => {
    const code = cache({});
    install(code, BLOCKS);
    for (const block of BLOCKS) engine.invalidateCode(block, 4);
    code.collect();
    expect(code.size).toBe(0);
    expect(code.bytes).toBe(0);
    expect(code.modules).toBe(0);
    const before = engine.u32[(L.HOST_CONTROL + L.HOST_REGION_NEXT) >>> 2];
    for (const block of BLOCKS) run(block, 2);
    install(code, BLOCKS);
    expect(code.size).toBe(12);
    expect(engine.u32[(L.HOST_CONTROL + L.HOST_REGION_NEXT) >>> 2]).toBe(before);
  });

  it.skipIf(process.platform !== 'linux' || MODULES_STAY)(
    'whose modules come and go_leaves their memory to nobody',
    () => {
      const mappings = () => readFileSync('/proc/self/maps', 'latin1').split('\n').length;
      const code = cache({ maxModules: 4 });
      const before = mappings();
      for (let turn = 0; turn < 2000; turn++) {
        const block = BLOCKS[turn % BLOCKS.length]!;
        // Always another one: engines know the same bytes again.
        engine.u8.set(assemble(`loop: addi a0, a0, ${turn - 1000}\n j loop`, { base: block }).bytes, block);
        engine.invalidateCode(block, 8);
        run(block, 2);
        install(code, [block]);
        run(block, 100);
      }
      expect(code.modules).toBe(4);
      expect(mappings() - before).toBeLessThan(1200);
    },
  );

  it.runIf(MODULES_STAY)('of an engine that keeps all modules_stops before there are too many', () => {
    const code = cache({ maxModules: 4 });
    let installed = 0;
    for (let turn = 0; turn < 4200; turn++) {
      const block = BLOCKS[turn % BLOCKS.length]!;
      if (turn >= 12) engine.invalidateCode(block, 8);
      run(block, 2);
      installed += install(code, [block]);
    }
    expect(installed).toBe(4096);
    // What is there stays, and all else is interpreted.
    run(BLOCKS[0]!, 100);
    expect(code.size).toBeLessThanOrEqual(4);
  });
});
