// What has room in a region is chosen by how often it is likely to run, and what begins other regions comes last.
import { beforeAll, expect, it } from 'vitest';
import { S_JIT } from '../engine/generated/slots.js';
import * as L from '../engine/hart/layout.js';
import { Engine } from '../engine/index.js';
import { assemble } from '../isa/index.js';
import { SYSTEM_WEIGHT } from './endings.js';
import { Heads } from './heads.js';
import { ANYWHERE } from './setting.js';
import { featuresOf, Translator } from './translator.js';

const CODE = 0x8000_0000;
const X = L.VCPU_AREA;
/** A block of so many instructions. */
const long = (n: number) => 'addi a3, a3, 1\n'.repeat(n);
/** A loop in two halves, too long for one region, whose second half may be skipped. */
const LOOP = `begin: addi a0, a0, 1
  beqz a0, second
  first: ${long(100)}
  second: ${long(100)}
  third: ${long(27)}
  j begin`;
const SECOND = 4 * 102;

let engine: Engine;
let translator: Translator;

beforeAll(async () => {
  engine = await Engine.create(Engine.createMemory(), () => 0);
  engine.u32[(L.HOST_CONTROL + L.HOST_VCPU_COUNT) >>> 2] = 1;
  engine.u8.set(assemble(LOOP, { base: CODE }).bytes, CODE);
  engine.initVcpu(X);
  engine.view.setUint32(X + L.OWNED, L.OWN_M, true);
  engine.view.setBigUint64(X + L.PC, BigInt(CODE), true);
  engine.run(X, 1);
  translator = new Translator(engine, false);
  translator.take();
  translator.lay(CODE, featuresOf(engine, CODE)!);
});

/** What the region at the loop's beginning is made of, if other regions begin at these offsets. */
function coveredBeside(...others: number[]): number[] {
  const heads = new Uint8Array(2048);
  for (const offset of others) heads[offset >> 1] = 1;
  return Array.from(translator.translate(0, ANYWHERE, () => heads)!.covered);
}

it('a region without room for all_has the likelier way', () => {
  const covered = coveredBeside();
  expect(translator.region.instructions).toBeLessThanOrEqual(SYSTEM_WEIGHT);
  // What both ways lead to runs twice as often as what one does, which then has no room.
  expect(covered).toEqual([0, 8, SECOND, 4 * 230]);
});

it('a region without room for all_leaves out what another one begins with', () => {
  expect(coveredBeside(SECOND)).toEqual([0, SECOND]);
});

it('heads of a page_are where regions begin that were made, installed or not', () => {
  const heads = new Heads(engine);
  heads.add(CODE + 8);
  heads.add(CODE + 0x1010);
  const found = (page: number) => [...heads.of(page).entries()].filter(([, is]) => is === 1).map(([half]) => 2 * half);
  expect(found(CODE >>> 12)).toEqual([8]);
  expect(found((CODE >>> 12) + 1)).toEqual([0x10]);
  expect(found((CODE >>> 12) + 2)).toEqual([]);
  // Installed: the slot of the first instruction says so.
  engine.view.setUint16(engine.decodedPage(CODE >>> 12) + 20 * (L.SLOT_BYTES / 2), S_JIT, true);
  expect(found(CODE >>> 12)).toEqual([8, 20]);
});
