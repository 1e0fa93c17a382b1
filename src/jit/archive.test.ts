// Translations kept for the next run: found for the same code, and for nothing else, whatever has become of the file.
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import * as L from '../engine/hart/layout.js';
import { Engine } from '../engine/index.js';
import { assemble } from '../isa/index.js';
import { Archive, type JitFile } from './archive.js';
import type { JitDraft } from './archive-added.js';
import type { JitStore } from './archive-store.js';
import { figuresOf } from './figures.js';
import { Jit } from './jit.js';
import { TranslatorService } from './service.js';
import { type Features, Translator } from './translator.js';

const CODE = 0x8000_0000;
const X = L.VCPU_AREA;
const ALL: Features = [0xffff_ffff, 0xffff_ffff];
const SOURCE = `
  loop: addi a0, a0, 1
  beqz a1, over
  mul a2, a2, a0
  over: bne a0, a3, loop
  wfi
  .space 100
  other: addi a4, a4, 1
  bnez a4, other
  wfi`;

let engine: Engine;
let translator: Translator;
beforeAll(async () => {
  engine = await Engine.create(Engine.createMemory(), () => 0);
  translator = new Translator(engine, false);
  translator.take();
});

/** A page with this code on the desk. */
function lay(source: string, features = ALL): ReadonlyMap<string, bigint> {
  const { bytes, symbols } = assemble(source, { base: CODE });
  engine.u8.fill(0, CODE, CODE + 4096);
  engine.u8.set(bytes, CODE);
  translator.lay(CODE, features);
  return symbols as unknown as ReadonlyMap<string, bigint>;
}

/** The file of a run that translated both loops of SOURCE. */
function fileOf(version: string): Uint8Array {
  const archive = new Archive(version);
  const other = Number(lay(SOURCE).get('other')!) - CODE;
  for (const offset of [0, other]) archive.add(translator.translate(offset)!, ALL);
  return whole(archive.write());
}

function whole(pieces: Iterable<Uint8Array>): Uint8Array {
  const bytes: number[] = [];
  for (const piece of pieces) for (const byte of piece) bytes.push(byte);
  return Uint8Array.from(bytes);
}

/** A file in memory. */
function opened(file: Uint8Array): JitFile {
  return {
    size: file.length,
    readInto: (offset, bytes) => {
      const there = file.subarray(offset, offset + bytes.length);
      bytes.set(there);
      return there.length;
    },
  };
}

/** Lays another code for each `i`; where in its page. */
function layVariant(i: number): number {
  const offset = (i % 500) * 4;
  lay(`.space ${offset}\n${SOURCE.replace('addi a0, a0, 1', `addi a0, a0, ${i + 32}`)}`);
  return offset;
}

function addVariants(archive: Archive, many: number): void {
  for (let i = 0; i < many; i++) archive.add(translator.translate(layVariant(i))!, ALL);
}

/** A draft in memory, that has room for so many bytes. */
class Draft implements JitDraft {
  bytes = new Uint8Array(0);
  readonly #room: number;

  constructor(room: number) {
    this.#room = room;
  }

  append(bytes: Uint8Array): void {
    if (this.bytes.length + bytes.length > this.#room) throw new Error('full');
    const all = new Uint8Array(this.bytes.length + bytes.length);
    all.set(this.bytes);
    all.set(bytes, this.bytes.length);
    this.bytes = all;
  }

  readInto(offset: number, bytes: Uint8Array): number {
    const there = this.bytes.subarray(offset, offset + bytes.length);
    bytes.set(there);
    return there.length;
  }
}

function read(version: string, file: Uint8Array): Archive {
  const archive = new Archive(version);
  archive.open(opened(file));
  return archive;
}

describe('an archive', () => {
  it('that is read again_has what was translated, and the other region of its page', () => {
    const file = fileOf('v');
    const other = Number(lay(SOURCE).get('other')!) - CODE;
    const fresh = translator.translate(0)!;
    const archive = read('v', file);
    const found = archive.find(translator, 0, ALL)!;
    expect(found.body.code).toEqual(fresh.body.code);
    expect(Array.from(found.body.hints)).toEqual(Array.from(fresh.body.hints));
    expect(found.longest).toBe(fresh.longest);
    expect(archive.find(translator, other, ALL)!.offset).toBe(other);
  });

  it('of another version_has nothing', () => {
    lay(SOURCE);
    expect(read('w', fileOf('v')).find(translator, 0, ALL)).toBeUndefined();
    expect(read('v2', fileOf('v')).size).toBe(0);
  });

  it.each([
    ['its first instruction', 'addi a0, a0, 1', 'addi a0, a0, 2'],
    ['an instruction in its middle', 'mul a2, a2, a0', 'mul a2, a2, a1'],
    ['where it branches to', 'bne a0, a3, loop', 'beq a0, a3, loop'],
    ['the one for the interpreter at its end', 'wfi', 'ecall'],
  ])('for a page that differs in %s_has nothing', (_, was, is) => {
    const archive = read('v', fileOf('v'));
    lay(SOURCE.replace(was, is));
    expect(archive.find(translator, 0, ALL)).toBeUndefined();
    lay(SOURCE);
    expect(archive.find(translator, 0, ALL)).toBeDefined();
  });

  it('for a page that differs elsewhere_has it', () => {
    const archive = read('v', fileOf('v'));
    lay(SOURCE.replace('.space 100', '.space 96\n nop'));
    const found = archive.find(translator, 0, ALL)!;
    expect(found).toBeDefined();
    const other = Number(lay(SOURCE.replace('addi a4, a4, 1', 'addi a4, a4, 5')).get('other')!) - CODE;
    expect(archive.find(translator, other, ALL)).toBeUndefined();
    lay(SOURCE);
    expect(archive.find(translator, other, ALL)).toBeDefined();
  });

  it('for the same code elsewhere in a page, or for other features_has nothing', () => {
    const archive = read('v', fileOf('v'));
    lay(`.space 8\n${SOURCE}`);
    expect(archive.find(translator, 8, ALL)).toBeUndefined();
    lay(SOURCE);
    expect(archive.find(translator, 0, [ALL[0], 0x7fff_ffff])).toBeUndefined();
  });

  it('from a file that was damaged or cut short_has the truth or nothing', () => {
    const file = fileOf('v');
    lay(SOURCE);
    const truth = translator.translate(0)!;
    let lost = 0;
    const damage = fc.record({
      at: fc.nat(file.length - 1),
      xor: fc.integer({ min: 1, max: 255 }),
      length: fc.nat(file.length),
      cut: fc.boolean(),
    });
    fc.assert(
      fc.property(damage, ({ at, xor, length, cut }) => {
        const damaged = file.slice(0, cut ? length : file.length);
        if (at < damaged.length) damaged[at]! ^= xor;
        const found = read('v', damaged).find(translator, 0, ALL);
        if (found === undefined) lost++;
        else {
          expect(found.body.code).toEqual(truth.body.code);
          expect(Array.from(found.body.hints)).toEqual(Array.from(truth.body.hints));
          expect(found.longest).toBe(truth.longest);
          expect(found.covered).toEqual(truth.covered);
        }
      }),
      { numRuns: 2000 },
    );
    expect(lost).toBeGreaterThan(500);
  });

  it('of many regions_is written in pieces, and has them all', () => {
    const draft = new Draft(Number.POSITIVE_INFINITY);
    const archive = new Archive('v', undefined, () => draft);
    const MANY = 1500;
    addVariants(archive, MANY);
    expect(draft.bytes.length).toBeGreaterThan(700_000);
    let pieces = 0;
    const counted = function* (all: Iterable<Uint8Array>) {
      for (const piece of all) {
        pieces++;
        yield piece;
      }
    };
    const file = whole(counted(archive.write()));
    expect(pieces).toBeGreaterThan(2);
    // Once more, from the file this time.
    const kept = read('v', whole(read('v', file).write()));
    expect(kept.size).toBe(MANY);
    for (let i = 0; i < MANY; i++) {
      const at = layVariant(i);
      const found = kept.find(translator, at, ALL)!;
      expect(archive.isOld(found)).toBe(true);
      const own = archive.find(translator, at, ALL)!;
      expect(archive.isOld(own)).toBe(false);
      expect(found).toEqual({ ...own, old: true });
    }
  });

  it('whose draft is full_has in memory what did not go there', () => {
    const MANY = 600;
    const archive = new Archive('v', undefined, () => new Draft(100_000));
    addVariants(archive, MANY);
    const none = new Archive('v');
    addVariants(none, MANY);
    const truth = whole(none.write());
    expect(truth.length).toBeGreaterThan(300_000);
    expect(whole(archive.write())).toEqual(truth);
  });

  it('has a place that is written anew and anew_keeps so many of its regions only', () => {
    const archive = new Archive('v');
    const variant = (i: number) => SOURCE.replace('addi a0, a0, 1', `addi a0, a0, ${i + 32}`);
    for (let i = 0; i < 100; i++) {
      lay(variant(i));
      archive.add(translator.translate(0)!, ALL);
    }
    expect(archive.size).toBe(64);
    lay(variant(0));
    expect(archive.find(translator, 0, ALL)).toBeDefined();
  });

  it('from bytes that are none of ours_has nothing, and does not throw', () => {
    const head = fileOf('v').subarray(0, 12);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 400 }), fc.boolean(), (bytes, ours) => {
        const file = ours ? Uint8Array.of(...head, ...bytes) : bytes;
        const archive = read('v', file);
        expect(archive.find(translator, 0, ALL)).toBeUndefined();
      }),
      { numRuns: 2000 },
    );
  });

  it('whose regions are not used for many runs_lets them go, and keeps within its limit', () => {
    let file = fileOf('v');
    for (let run = 0; run < 32; run++) file = whole(read('v', file).write());
    expect(read('v', file).size).toBe(2);
    expect(read('v', whole(read('v', file).write())).size).toBe(0);
    const small = new Archive('v', fileOf('v').length - 4);
    small.open(opened(fileOf('v')));
    lay(SOURCE);
    small.find(translator, 0, ALL);
    const kept = read('v', whole(small.write()));
    expect(kept.size).toBe(1);
    expect(kept.find(translator, 0, ALL)).toBeDefined();
  });
});

/** A store in memory. */
class Shelf implements JitStore {
  file: Uint8Array | undefined;
  open = () => this.file && opened(this.file);
  save = async (pieces: Iterable<Uint8Array>) => {
    this.file = whole(pieces);
  };
}

/** Runs a hart beside the translator's thread, in turns, for so many instructions; `alone` for so many before that thread is there. */
async function boot(source: string, store: JitStore, instructions: number, alone = 0) {
  const PORT = L.DEVICE_AREA;
  const memory = Engine.createMemory();
  const hart = await Engine.create(memory, () => 0);
  const control = (offset: number) => (L.HOST_CONTROL + offset) >>> 2;
  hart.u32[control(L.HOST_VCPU_COUNT)] = 1;
  hart.u32[control(L.HOST_JIT_PORTS)] = PORT;
  let owned = 0;
  new Jit(hart, { port: PORT, store, onOwn: () => owned++ });
  const translating = Engine.create(memory, () => 0, undefined, undefined, L.MAX_REALMS);
  const service = new TranslatorService(await translating, { now: () => 0, store });
  service.load();
  hart.u8.set(assemble(source, { base: CODE }).bytes, CODE);
  hart.initVcpu(X);
  hart.view.setUint32(X + L.OWNED, L.OWN_M, true);
  hart.view.setBigUint64(X + L.PC, BigInt(CODE), true);
  for (let ran = 0; ran < instructions; ran += 20_000) {
    const served = ran >= alone;
    hart.u32[control(L.HOST_JIT_SERVED)] = served ? 1 : 0;
    hart.run(X, 20_000);
    if (served) service.round();
  }
  await service.save();
  const a0 = hart.view.getBigUint64(X + 8 * 10, true);
  return { figures: figuresOf(hart.u32), translated: hart.view.getBigUint64(X + L.JIT_RETIRED, true), a0, owned };
}

describe('a second boot of the same guest', () => {
  const LOOP = 'loop: addi a0, a0, 1\n addi a1, a1, 1\n addi a2, a2, 1\n j loop';
  const MOST = 2_000_000;

  it('finds its code translated_and translates nothing', async () => {
    const store = new Shelf();
    const cold = await boot(LOOP, store, MOST);
    expect(cold.figures).toMatchObject({ regions: 1, fromCache: 0, instructions: 4 });
    const warm = await boot(LOOP, store, MOST);
    expect(warm.figures).toMatchObject({ regions: 1, fromCache: 1, instructions: 0 });
    expect(warm.translated).toBeGreaterThan(cold.translated);
    expect(warm.a0).toBe(cold.a0);
  });

  it('before there is a translator_finds it as well, and wants none', async () => {
    const store = new Shelf();
    await boot(LOOP, store, MOST);
    const warm = await boot(LOOP, store, MOST, MOST);
    expect(warm.figures).toMatchObject({ regions: 1, fromCache: 1, instructions: 0 });
    expect(warm.owned).toBe(0);
    expect(warm.translated).toBeGreaterThan(BigInt(MOST / 2));
  });

  it('finds what a hart has translated before there was a translator', async () => {
    const store = new Shelf();
    const OTHER = `li a3, 100000\n first: addi a4, a4, 1\n bne a4, a3, first\n${LOOP}`;
    const cold = await boot(OTHER, store, MOST, MOST / 2);
    expect(cold.figures).toMatchObject({ regions: 2, fromCache: 0 });
    expect(cold.owned).toBe(1);
    const warm = await boot(OTHER, store, MOST, MOST);
    expect(warm.figures).toMatchObject({ regions: 2, fromCache: 2, instructions: 0 });
  });

  it('with other code_translates that', async () => {
    const store = new Shelf();
    await boot(LOOP, store, MOST);
    const other = await boot(LOOP.replace('a0, a0, 1', 'a0, a0, 2'), store, MOST);
    expect(other.figures).toMatchObject({ regions: 1, fromCache: 0, instructions: 4 });
    expect(other.a0).toBe(BigInt(MOST / 2));
  });

  it('whose store fails_goes on without', async () => {
    const broken: JitStore = {
      open: () => {
        throw new Error('no disk');
      },
      save: () => Promise.reject(new Error('full')),
    };
    const { figures } = await boot(LOOP, broken, MOST);
    expect(figures.regions).toBe(1);
  });
});
