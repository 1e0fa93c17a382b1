// A bare hart whose machine level belongs to the test, and an Sv39 table that maps pages from virtual address 0 on, one by one. Priv. ISA, "Sv39:
// Page-Based 39-bit Virtual-Memory System".
import { assemble } from '../../isa/index.js';
import * as L from '../hart/layout.js';
import { Engine } from '../index.js';

/** Where programs lie, mapped as they are. */
export const CODE = 0x8000_0000;
export const X = L.VCPU_AREA;
/** The table, which takes less than a megabyte from here. */
const ROOT = 0x8010_0000;
const [MIDDLE, LEAVES] = [ROOT + 0x1000, ROOT + 0x2000];
/** Memory for what is mapped. */
export const PAGES = ROOT + 0x10_0000;
/** Bits of an entry. */
export const [V, R, W, E, AD] = [1, 2, 4, 8, 0xc0];

export async function bareHart(vcpus = 1, memory = Engine.createMemory()): Promise<Engine> {
  const engine = await Engine.create(memory, () => 0);
  engine.u32[(L.HOST_CONTROL + L.HOST_VCPU_COUNT) >>> 2] = vcpus;
  engine.initVcpu(X);
  engine.view.setUint32(X + L.OWNED, L.OWN_M, true);
  return engine;
}

const pte = (engine: Engine, at: number, to: number, bits: number): void =>
  engine.view.setBigUint64(at, (BigInt(to >>> 12) << 10n) | BigInt(bits), true);

/** Lays the table; nothing is mapped but the programs, by a gigapage. `tables` times 512 pages can be. */
export function layRoot(engine: Engine, tables = 1): void {
  pte(engine, ROOT, MIDDLE, V);
  pte(engine, ROOT + 16, CODE, V | R | W | E | AD);
  for (let i = 0; i < tables; i++) pte(engine, MIDDLE + i * 8, LEAVES + i * 0x1000, V);
}

/** Maps the virtual page of a number. */
export function map(engine: Engine, page: number, to: number, bits: number): void {
  pte(engine, LEAVES + page * 8, to, bits);
}

/** The table, for satp. */
export const satp = (asid = 0): bigint => (8n << 60n) | (BigInt(asid) << 44n) | BigInt(ROOT >>> 12);

/** Goes through a table as S-mode's loads and stores do, from here on. */
export const enter = (table: bigint): string => `li t0, ${table}\n csrw satp, t0\n li t0, 0x20800\n csrs mstatus, t0`;

/** Has the hart begin a program. */
export function begin(engine: Engine, source: string): void {
  const { bytes } = assemble(source, { base: CODE });
  engine.u8.set(bytes, CODE);
  engine.invalidateCode(CODE, bytes.length);
  engine.view.setBigUint64(X + L.PC, BigInt(CODE), true);
}
