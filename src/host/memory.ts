// Host physical memory as the floors above see it: bounded reads and writes that never hand out a view of the memory
// itself. A write to a page that holds decoded instructions drops them, so that code loaded or patched from outside is
// fetched afresh (DESIGN.md, decision 7).
import { PAGE_FLAGS, PAGE_HAS_CODE, RAM_AREA } from '../engine/hart/layout.js';
import type { Engine } from '../engine/index.js';
import { HypercraftError } from '../isa/error.js';
import { type HostPhysAddr, PAGE_SIZE } from './address.js';

/** Bounded access to host physical memory; every address is checked to lie in what the page allocator hands out. */
export class HostMemory {
  readonly #engine: Engine;
  readonly #limit: number;
  readonly #flags: Uint16Array;

  /** `limit` is the first host physical address beyond memory. */
  constructor(engine: Engine, limit: number) {
    this.#engine = engine;
    this.#limit = limit;
    this.#flags = new Uint16Array(engine.u8.buffer, PAGE_FLAGS, Math.floor(limit / PAGE_SIZE));
  }

  /** The first usable address. */
  get base(): HostPhysAddr {
    return BigInt(RAM_AREA);
  }

  /** Bytes of host physical memory. */
  get size(): number {
    return this.#limit - RAM_AREA;
  }

  /** A copy of `length` bytes. */
  read(address: HostPhysAddr | number, length: number): Uint8Array {
    const target = new Uint8Array(length);
    this.readInto(address, target);
    return target;
  }

  readInto(address: HostPhysAddr | number, target: Uint8Array): void {
    const at = this.#check(address, target.length);
    target.set(this.#engine.u8.subarray(at, at + target.length));
  }

  write(address: HostPhysAddr | number, bytes: Uint8Array): void {
    const at = this.#check(address, bytes.length);
    this.#engine.u8.set(bytes, at);
    this.#dropCode(at, bytes.length);
  }

  fill(address: HostPhysAddr | number, length: number, value: number): void {
    const at = this.#check(address, length);
    this.#engine.u8.fill(value, at, at + length);
    this.#dropCode(at, length);
  }

  zero(address: HostPhysAddr | number, length: number): void {
    this.fill(address, length, 0);
  }

  /** Copies within memory; the ranges may overlap. */
  copy(target: HostPhysAddr | number, source: HostPhysAddr | number, length: number): void {
    const from = this.#check(source, length);
    const to = this.#check(target, length);
    this.#engine.u8.copyWithin(to, from, from + length);
    this.#dropCode(to, length);
  }

  /** A copy of `count` aligned words. */
  words(address: HostPhysAddr | number, count: number): Uint32Array {
    const at = this.#check(address, count * 4) >>> 2;
    return this.#engine.u32.slice(at, at + count);
  }

  readU32(address: HostPhysAddr | number): number {
    return this.#engine.view.getUint32(this.#check(address, 4), true);
  }

  readU64(address: HostPhysAddr | number): bigint {
    return this.#engine.view.getBigUint64(this.#check(address, 8), true);
  }

  writeU32(address: HostPhysAddr | number, value: number): void {
    const at = this.#check(address, 4);
    this.#engine.view.setUint32(at, value, true);
    this.#dropCode(at, 4);
  }

  /** Replaces a word if it is what the caller thinks, for entries that several threads may change; whether it was. */
  replaceU32(address: HostPhysAddr | number, expected: number, value: number): boolean {
    const at = this.#check(address, 4);
    return Atomics.compareExchange(this.#engine.u32, at >>> 2, expected, value) === expected;
  }

  writeU64(address: HostPhysAddr | number, value: bigint): void {
    const at = this.#check(address, 8);
    this.#engine.view.setBigUint64(at, value, true);
    this.#dropCode(at, 8);
  }

  #check(address: HostPhysAddr | number, length: number): number {
    const at = Number(address);
    if (!Number.isInteger(at) || length < 0 || at < RAM_AREA || at + length > this.#limit) {
      throw new HypercraftError(
        'HOST_MEMORY_RANGE',
        `host physical range 0x${at.toString(16)} + ${length} lies outside of memory`,
      );
    }
    return at;
  }

  /** After the bytes: a hart that decodes a page at the same time marks it first, so one of the two sees the other. */
  #dropCode(at: number, length: number): void {
    if (length === 0) return;
    const flags = this.#flags;
    const last = Math.floor((at + length - 1) / PAGE_SIZE);
    for (let page = Math.floor(at / PAGE_SIZE); page <= last; page++) {
      if ((Atomics.load(flags, page) & PAGE_HAS_CODE) === 0) continue;
      const from = Math.max(at, page * PAGE_SIZE);
      this.#engine.invalidateCode(from, Math.min(at + length, (page + 1) * PAGE_SIZE) - from);
    }
  }
}
