// The shoot-down protocol under harts that run on threads at the same time (DESIGN.md, decision 3): whatever is taken away from them meanwhile,
// none of them sees memory that is not its guest's any more, nor an order of stores that did not happen.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Host, type HostOptions } from '../host.js';
import type { Platform } from '../vm/platform.js';
import { threadedPlatform } from '../vm/threaded-platform.test-support.js';
import { Vm } from '../vm/vm.js';
import { BASE, guest, later, moveAbout, POWER_OFF, until } from './guests.test-support.js';

let platform: Platform;
let remove = () => {};

beforeAll(async () => {
  ({ platform, remove } = await threadedPlatform());
});
afterAll(() => remove());

const PAGE = 4096;
/** What a guest is told, and what it tells: one page that is never taken away. */
const WORDS = BASE + 0x10_0000n;
const [TAG, STOP, STARTED, OLDEST] = [0n, 8n, 16n, 24n];
const SEEN = 64n;
const PUBLISHED = 256n;
/** The pages that are. */
const WINDOW = BASE + 0x20_0000n;
const PAGES = 128;

/** Starts all harts at `go` with their numbers in s0, and the words in s1. */
const startAll = (harts: number): string => `
  mv s0, a0
  li s1, ${WORDS}
  bnez s0, go
  li s2, 1
launch:
  li t0, ${harts}
  bgeu s2, t0, go
  mv a0, s2
  la a1, 0x80000000
  li a2, 0
  li a6, 0
  li a7, 0x48534d
  ecall
  addi s2, s2, 1
  j launch
go:
  la t0, gone
  csrw stvec, t0
  li t0, 1
  addi t1, s1, ${STARTED}
  amoadd.d zero, t0, (t1)
`;

/** Hart 0 waits for the others and powers off. */
const stopAll = `
over:
  fence rw, rw
  li t0, -1
  addi t1, s1, ${STARTED}
  amoadd.d zero, t0, (t1)
  bnez s0, off
gather:
  ld t0, ${STARTED}(s1)
  bnez t0, gather
  ${POWER_OFF}
off:
  li a6, 1
  li a7, 0x48534d
  ecall
  # Between taking a page and giving another one there is none: tried again.
  .align 2
gone:
  sret
`;

const ORDERED = `
  # Some pages are looked at, for a hart to know them as they are before another one stores to them.
  slli t3, s7, 3
  andi t3, t3, ${PAGES - 1}
  slli t3, t3, 12
  add t3, t3, s3
  li t2, ${PAGE}
${'  ld t4, 0(t3)\n  add t3, t3, t2\n'.repeat(8)}  srli t0, s5, 40
  andi t0, t0, ${PAGES - 1}
  slli t1, t0, 12
  add t1, t1, s3
  slli t2, s0, 3
  add t1, t1, t2
  sd s7, 0(t1)
  fence w, w
  slli t0, t0, 48
  add t0, t0, s7
  sd t0, ${PUBLISHED}(s9)
  ld t0, ${PUBLISHED}(s10)
  beqz t0, ordered
  fence r, r
  srli t1, t0, 48
  slli t1, t1, 12
  add t1, t1, s3
  add t1, t1, s11
  ld t1, 0(t1)
  slli t0, t0, 16
  srli t0, t0, 16
  bgeu t1, t0, ordered
  ld t2, ${SEEN}(s9)
  addi t2, t2, 1
  sd t2, ${SEEN}(s9)
  sd t1, ${SEEN + 8n}(s9)
ordered:
`;

/**
 * Each hart stores its guest's tag, with a count below it, anywhere in the window, and loads from anywhere else: what it finds is nothing or bears
 * the tag, or an older one down to OLDEST. With `ordered` it also stores its count at the beginning of a page, says in which one by a word of its own,
 * and looks whether what its neighbour has said is true. Whatever is wrong is counted in the word of the hart at SEEN, the last of it kept beside it.
 */
const tagging = (harts: number, ordered: boolean): string => `
  ${startAll(harts)}
  li s3, ${WINDOW}
  li s4, ${PAGES * PAGE - 8}
  addi s5, s0, 77
  li s6, 6364136223846793005
  li s7, 0
  slli s9, s0, 4
  add s9, s9, s1
  addi s10, s0, 1
  li t0, ${harts}
  bltu s10, t0, neighbour
  li s10, 0
neighbour:
  slli s11, s10, 3
  slli s10, s10, 4
  add s10, s10, s1
again:
  mul s5, s5, s6
  addi s5, s5, 1
  srli t0, s5, 20
  and t0, t0, s4
  andi t0, t0, -8
  ori t0, t0, 64
  add t0, t0, s3
  addi s7, s7, 1
  ld s8, ${TAG}(s1)
  add t1, s8, s7
  sd t1, 0(t0)
  srli t0, s5, 36
  and t0, t0, s4
  andi t0, t0, -8
  ori t0, t0, 64
  add t0, t0, s3
  ld t1, 0(t0)
  beqz t1, fine
  # The tag may have changed meanwhile: whoever stored the word has seen it.
  fence r, r
  srli t2, t1, 48
  slli t2, t2, 48
  ld t3, ${TAG}(s1)
  bltu t3, t2, wrong
  ld t3, ${OLDEST}(s1)
  bgeu t2, t3, fine
wrong:
  ld t2, ${SEEN}(s9)
  addi t2, t2, 1
  sd t2, ${SEEN}(s9)
  sd t1, ${SEEN + 8n}(s9)
fine:
  ${ordered ? ORDERED : ''}
  sd s7, ${SEEN + 512n}(s9)
  ld t0, ${STOP}(s1)
  beqz t0, again
  ${stopAll}
`;

const word = (vm: Vm, at: bigint): bigint =>
  new DataView(vm.memory.read(WORDS + at, 8).slice().buffer).getBigUint64(0, true);

/** Waits for a hart to count on from `count`: on a busy machine that may take a while. */
async function moves(vm: Vm, at: bigint, count: bigint): Promise<void> {
  await until(() => word(vm, at) > count);
}

function setWord(vm: Vm, at: bigint, value: bigint): void {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value, true);
  vm.memory.write(WORDS + at, bytes);
}

const tagOf = (guest: number): bigint => BigInt(guest) << 48n;
const HARTS = 3;

/** A host of two threads with so little memory that a page given back is soon another guest's. */
async function hostFor(guests: number, options: HostOptions = {}): Promise<Host> {
  return Host.create({ platform, harts: 2, memory: guests * (9 << 20), ...options });
}

async function tagged(
  host: Host,
  tag: number,
  { ordered, moved }: { readonly ordered: boolean; readonly moved: boolean },
): Promise<{ vm: Vm; end: Promise<unknown> }> {
  const vm = await host.createVm(guest(tagging(HARTS, ordered), { harts: HARTS, threads: true }));
  // Whoever looks for a page among the free ones may hold the last of them for a moment.
  vm.on('out-of-memory', () => vm.resume());
  setWord(vm, TAG, tagOf(tag));
  setWord(vm, OLDEST, tagOf(tag));
  const end = vm.run();
  if (moved) moveAbout(vm, host.harts.length, end).catch(() => {});
  return { vm, end };
}

/** Stops a guest and looks at what its harts have seen: nothing of another guest's, and each has come forward. */
async function demandOwn({ vm, end }: { vm: Vm; end: Promise<unknown> }): Promise<void> {
  for (let hart = 0n; hart < HARTS; hart++) await moves(vm, SEEN + 512n + hart * 16n, 0n);
  setWord(vm, STOP, 1n);
  expect(await end).toEqual({ kind: 'power-off' });
  for (let hart = 0n; hart < HARTS; hart++) {
    const at = SEEN + hart * 16n;
    expect([hart, word(vm, at), word(vm, at + 8n).toString(16)]).toEqual([hart, 0n, '0']);
  }
}

/** If a page of the host's is free, takes it and looks for a while whether anybody stores to it. */
function watch(host: Host, place: bigint): boolean {
  const taken: bigint[] = [];
  while (taken.at(-1) !== place) {
    // A guest may be faster.
    const page = host.allocator.tryAllocPages(1, PAGE);
    if (page === undefined) break;
    taken.push(BigInt(page));
  }
  const found = taken.at(-1) === place;
  if (found) {
    const words = host.engine.u32.subarray(Number(place) >>> 2, (Number(place) + PAGE) >>> 2);
    words.fill(0x5a5a_5a5a);
    for (const end = performance.now() + 0.3; performance.now() < end; );
    expect(words.every((each) => each === 0x5a5a_5a5a)).toBe(true);
  }
  for (const page of taken) host.deallocPages(page, 1);
  return found;
}

const random = (below: number): number => Math.floor(Math.random() * below);

describe.each([
  ['off', ''],
  ['on', ''],
  ['always', ''],
  ['on', ', that move about'],
] as const)('harts on two threads, --jit %s%s', (jit, moved) => {
  const start = (host: Host, tag: number, ordered = false) => tagged(host, tag, { ordered, moved: moved !== '' });

  it("whose pages are taken_store nothing there once they are the host's again", async () => {
    const host = await hostFor(2, { jit });
    const guests = [await start(host, 1), await start(host, 2)];
    await later(50);
    // So few are left that a page given back is soon somebody's.
    const rest = host.pages.free - 200;
    const kept = Array.from({ length: rest }, () => host.allocPages(1));
    let watched = 0;
    while (watched < 60) {
      for (const { vm } of guests) {
        const { nestedPageTable } = vm;
        const page = WINDOW + BigInt(random(PAGES) * PAGE);
        const place = nestedPageTable.translate(page)?.hpa;
        nestedPageTable.unmap(page, PAGE);
        if (place !== undefined && watch(host, place)) watched++;
        nestedPageTable.reserve(page, PAGE, 'rwx');
        await nestedPageTable.settled();
        if (place !== undefined && watch(host, place)) watched++;
      }
    }
    for (const page of kept) host.deallocPages(page, 1);
    for (const each of guests) await demandOwn(each);
    for (const { vm } of guests) await vm[Symbol.asyncDispose]();
  });

  it('that pause and go on while pages are taken_answer for each, and come forward', async () => {
    const host = await hostFor(1, { jit });
    const guest = await start(host, 1);
    const { vm } = guest;
    await later(50);
    for (let turn = 0; turn < 300; turn++) {
      const paused = vm.pause();
      // One thread may have stopped by now, and the other one not.
      for (const end = performance.now() + Math.random() * 0.4; performance.now() < end; );
      if (turn % 4 === 3) await later(0);
      const page = WINDOW + BigInt(random(PAGES) * PAGE);
      vm.nestedPageTable.unmap(page, PAGE);
      if (turn % 3 === 2) vm.resume();
      await vm.nestedPageTable.settled();
      vm.nestedPageTable.reserve(page, PAGE, 'rwx');
      if (turn % 3 === 1) await paused;
      vm.resume();
    }
    const before = word(vm, SEEN + 512n);
    await moves(vm, SEEN + 512n, before);
    await demandOwn(guest);
    await vm[Symbol.asyncDispose]();
  });

  it('that are forked again and again_each have their own memory from then on', async () => {
    const host = await hostFor(6, { jit });
    const parent = await start(host, 1, true);
    const kin: { vm: Vm; end: Promise<unknown> }[] = [];
    for (let tag = 1; tag <= 4; tag++) {
      // Copies that never run, for the parent's harts to meet pages that they have to copy.
      for (let i = 0; i < 12; i++) {
        const copy = await parent.vm.fork();
        await later(4);
        await copy[Symbol.asyncDispose]();
      }
      const vm = await parent.vm.fork();
      // From here on what the parent stores is newer than all that the child may have, and what the child stores newer than all of theirs.
      setWord(parent.vm, TAG, tagOf(tag + 1));
      const end = vm.run();
      kin.push({ vm, end });
      await later(60);
      setWord(vm, TAG, tagOf(1000 + tag));
      setWord(vm, OLDEST, tagOf(0));
    }
    await later(100);
    for (const each of [parent, ...kin]) await demandOwn(each);
    for (const { vm } of [parent, ...kin]) await vm[Symbol.asyncDispose]();
  });

  it('that move to another host while they run_lose no store and no order of stores', async () => {
    const [here, there] = [await hostFor(2, { jit }), await hostFor(2, { jit })];
    const { vm, end } = await start(here, 1, true);
    await later(100);
    const [out, back] = [new TransformStream<Uint8Array>(), new TransformStream<Uint8Array>()];
    const received = Vm.receive(
      there,
      platform,
      { readable: out.readable, writable: back.writable },
      { threads: true },
    );
    await vm.migrate({ readable: back.readable, writable: out.writable });
    expect(await end).toEqual({ kind: 'migrated' });
    const arrived = await received;
    const counts = Array.from({ length: HARTS }, (_, hart) => word(arrived, SEEN + 512n + BigInt(hart) * 16n));
    const arrivedEnd = arrived.run();
    for (const [hart, count] of counts.entries()) await moves(arrived, SEEN + 512n + BigInt(hart) * 16n, count);
    await demandOwn({ vm: arrived, end: arrivedEnd });
    await arrived[Symbol.asyncDispose]();
    await vm[Symbol.asyncDispose]();
  });
});
