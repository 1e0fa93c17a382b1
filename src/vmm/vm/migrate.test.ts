// Migration: a guest goes to another host while it runs, and stays where it is if anything breaks.
import { describe, expect, it } from 'vitest';
import { virtMachine } from '../../boot/index.js';
import { assemble } from '../../isa/index.js';
import { webPlatform } from '../../platform/browser/index.js';
import { Host } from '../host.js';
import { Channel, type FrameKind, KINDS, type MigrationStream } from '../migrate/frames.js';
import { Vm } from './vm.js';

const BASE = 0x8000_0000n;
const typed = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Adds to one word after another of 64 KiB without end; prints the next letter, kept at +1 MiB, for every byte typed; q ends it. */
const BUSY = `
  .equ UART, 0x10000000
  li s0, UART
  li s1, 0x80100000
  li t0, 1
  sb t0, 1(s0)
  li s2, 0x80200000
  li s3, 0x80210000
again:
  lw t0, 0(s2)
  addi t0, t0, 1
  sw t0, 0(s2)
  addi s2, s2, 64
  blt s2, s3, poll
  li s2, 0x80200000
poll:
  lbu t1, 5(s0)
  andi t2, t1, 1
  beqz t2, again
  lbu a0, 0(s0)
  li t1, 113
  beq a0, t1, over
  lb t0, 0(s1)
  sb t0, 0(s0)
  addi t0, t0, 1
  sb t0, 0(s1)
  j again
over:
  li t0, 0x100000
  li t1, 0x5555
  sw t1, 0(t0)
stop: j stop
`;

async function newHost(): Promise<Host> {
  return Host.create({ platform: webPlatform() });
}

async function boot(source = BUSY) {
  const host = await newHost();
  const machine = virtMachine({ memory: { base: BASE, size: 8n << 20n } });
  const segments = [
    { what: 'guest', gpa: BASE, bytes: assemble(source, { base: BASE }).bytes },
    { what: 'letter', gpa: BASE + 0x10_0000n, bytes: typed('A') },
    { what: 'much', gpa: BASE + 0x30_0000n, bytes: Uint8Array.from({ length: 1 << 20 }, (_, i) => i * 7 + (i >> 9)) },
  ];
  const vm = await host.createVm({
    machine,
    boot: { segments, entry: BASE, dtbAddress: 0x8070_0000n },
    threads: false,
  });
  return { host, vm };
}

/** Types, and waits for as many letters. */
async function talk(vm: Vm, text: string): Promise<string> {
  let seen = '';
  const answered = new Promise<void>((resolve) => {
    vm.on('output', (bytes) => {
      seen += new TextDecoder().decode(bytes);
      if (seen.length >= text.length) resolve();
    });
  });
  await vm.input(typed(text));
  await answered;
  return seen;
}

/** A moment to cut a connection at: before the first frame of a kind, or in the middle of it. */
interface Cut {
  readonly kind: FrameKind;
  readonly inside: boolean;
}

/** Two ends of a connection. Frames come one in a chunk. */
function connection(cut?: Cut): [MigrationStream, MigrationStream] {
  const controllers: TransformStreamDefaultController<Uint8Array>[] = [];
  const [there, back] = [pipe(), pipe()];
  return [
    { readable: back.readable, writable: there.writable },
    { readable: there.readable, writable: back.writable },
  ];

  function pipe(): TransformStream<Uint8Array, Uint8Array> {
    return new TransformStream<Uint8Array, Uint8Array>({
      start: (controller) => void controllers.push(controller),
      transform: (bytes, controller) => {
        if (cut === undefined || bytes[0] !== KINDS.indexOf(cut.kind)) {
          controller.enqueue(bytes);
          return;
        }
        if (cut.inside) controller.enqueue(bytes.subarray(0, bytes.length >> 1));
        // Both directions, as when a socket breaks; what was sent before still arrives.
        for (const end of controllers) {
          if (cut.inside && end === controller) end.terminate();
          else end.error(new Error('cut'));
        }
      },
    });
  }
}

/** The same bytes, told without printing them all. */
function sameMemory(one: Vm, other: Vm): boolean {
  const [a, b] = [one, other].map(({ memory }) => memory.read(BASE, 8 << 20));
  return a!.every((byte, at) => byte === b![at]);
}

const codeOf = (outcome: PromiseSettledResult<unknown>): string =>
  outcome.status === 'fulfilled' ? 'done' : ((outcome.reason as { code?: string }).code ?? `${outcome.reason}`);

describe('Vm.migrate', () => {
  it('of a guest that stores all the time_it goes on at the other end, with all of its memory', async () => {
    const { host, vm } = await boot();
    const end = vm.run();
    expect(await talk(vm, 'xx')).toBe('AB');
    const there = await newHost();
    const [source, target] = connection();
    const rounds: number[] = [];
    const [report, moved] = await Promise.all([
      vm.migrate(source, { onRound: ({ pages }) => rounds.push(pages) }),
      Vm.receive(there, there.platform, target, { threads: false }),
    ]);
    expect(await end).toEqual({ kind: 'migrated' });
    expect(report.rounds).toBe(rounds.length);
    // All of it first, then no more than what it works on.
    expect(rounds[0]).toBeGreaterThan(256);
    for (const pages of rounds.slice(1)) expect(pages).toBeLessThan(40);
    expect(sameMemory(moved, vm)).toBe(true);
    const movedEnd = moved.run();
    expect(await talk(moved, 'xx')).toBe('CD');
    await moved.input(typed('q'));
    expect(await movedEnd).toEqual({ kind: 'power-off' });
    await moved[Symbol.asyncDispose]();
    await vm[Symbol.asyncDispose]();
    expect(host.pages.free).toBe(host.pages.total);
    expect(there.pages.free).toBe(there.pages.total);
  });

  it('of a guest that was restored and then forked_moves what it never touched, too', async () => {
    const { vm } = await boot();
    const snapshot = await vm.snapshot();
    const host = await newHost();
    await using restored = await Vm.restore(host, host.platform, snapshot, { threads: false });
    await using child = await restored.fork();
    const [source, target] = connection();
    const there = await newHost();
    const [, moved] = await Promise.all([
      child.migrate(source),
      Vm.receive(there, there.platform, target, { threads: false }),
    ]);
    expect(sameMemory(moved, restored)).toBe(true);
    await moved[Symbol.asyncDispose]();
    await vm[Symbol.asyncDispose]();
  });

  it('of a guest that was forked, and whose migration was given up before_moves all of its memory', async () => {
    const { vm } = await boot();
    void vm.run().catch(() => {});
    expect(await talk(vm, 'x')).toBe('A');
    await using child = await vm.fork();
    const given = new AbortController();
    const [cutSource, cutTarget] = connection();
    const there = await newHost();
    const first = await Promise.allSettled([
      vm.migrate(cutSource, { signal: given.signal, onRound: () => given.abort(), rounds: 1000 }),
      Vm.receive(there, there.platform, cutTarget, { threads: false }),
    ]);
    expect(first.map(codeOf)[0]).toBe('MIGRATION_ABORTED');
    for (const each of [vm, child]) {
      const [source, target] = connection();
      const [, moved] = await Promise.all([
        each.migrate(source),
        Vm.receive(there, there.platform, target, { threads: false }),
      ]);
      expect(sameMemory(moved, each)).toBe(true);
      await moved[Symbol.asyncDispose]();
    }
    await vm[Symbol.asyncDispose]();
    expect(there.pages.free).toBe(there.pages.total);
  });

  it('refused in the middle of its memory_is told so, and goes on', async () => {
    const { vm } = await boot();
    const filling = new Uint8Array(3 << 20);
    for (let at = 0, x = 1; at < filling.length; at++) {
      x = (Math.imul(x, 1103515245) + 12345) >>> 0;
      filling[at] = x >>> 16;
    }
    vm.memory.write(BASE + 0x40_0000n, filling);
    void vm.run().catch(() => {});
    const small = await Host.create({ platform: webPlatform(), memory: 2 << 20 });
    const [out, back] = [new TransformStream<Uint8Array>(), new TransformStream<Uint8Array>()];
    const [moving, arrival] = await Promise.allSettled([
      vm.migrate({ readable: back.readable, writable: out.writable }),
      Vm.receive(small, small.platform, { readable: out.readable, writable: back.writable }, { threads: false }),
    ]);
    expect([moving, arrival].map(codeOf)).toEqual(['MIGRATION_REFUSED', 'NO_MEMORY']);
    expect(small.pages.free).toBe(small.pages.total);
    expect(await talk(vm, 'x')).toBe('A');
    await vm[Symbol.asyncDispose]();
  });

  const cuts = KINDS.filter((kind) => kind !== 'refused').flatMap((kind) => [
    { kind, inside: false },
    { kind, inside: true },
  ]);
  it('cut at any frame_leaves the guest on one side, and it runs there', async () => {
    const { host, vm } = await boot();
    void vm.run().catch(() => {});
    const there = await newHost();
    let letter = 'A'.charCodeAt(0);
    for (const cut of cuts) {
      const [source, target] = connection(cut);
      const [out, arrival] = await Promise.allSettled([
        vm.migrate(source, { rounds: 1 }),
        Vm.receive(there, there.platform, target, { threads: false }),
      ]);
      if (cut.kind === 'taken' || cut.kind === 'go') {
        // Only the destination knows whose it is: the source must not run it by itself.
        expect(codeOf(out)).toBe('MIGRATION_UNKNOWN');
        expect(await standsStill(vm)).toBe(true);
        expect(arrival.status).toBe(cut.kind === 'taken' ? 'fulfilled' : 'rejected');
        if (arrival.status === 'fulfilled') await arrival.value[Symbol.asyncDispose]();
        vm.resume();
      } else {
        expect(codeOf(out)).toBe('MIGRATION_BROKEN');
        expect(codeOf(arrival)).toBe('MIGRATION_BROKEN');
      }
      expect(there.pages.free).toBe(there.pages.total);
      expect(await talk(vm, 'x')).toBe(String.fromCharCode(letter++));
    }
    await vm[Symbol.asyncDispose]();
    expect(host.pages.free).toBe(host.pages.total);
  }, 120_000);

  it('with any bit flipped_is a typed error at the destination, and the guest goes on', async () => {
    const { vm } = await boot();
    void vm.run().catch(() => {});
    const there = await newHost();
    let letter = 'A'.charCodeAt(0);
    for (let bit = 3; bit < 8 * 4000; bit = bit * 2 + 5) {
      const [source, target] = connection();
      let passed = 0;
      const flip = new TransformStream<Uint8Array, Uint8Array>({
        transform(bytes, controller) {
          const copy = bytes.slice();
          const at = (bit >> 3) - passed;
          if (at >= 0 && at < copy.length) copy[at]! ^= 1 << (bit & 7);
          passed += copy.length;
          controller.enqueue(copy);
        },
      });
      const flipped = { readable: target.readable.pipeThrough(flip), writable: target.writable };
      const [out, arrival] = await Promise.allSettled([
        vm.migrate(source, { rounds: 1 }),
        Vm.receive(there, there.platform, flipped, { threads: false }),
      ]);
      expect(codeOf(arrival)).toMatch(/^MIGRATION_(FORMAT|VERSION|CORRUPT|BROKEN)$/);
      expect(codeOf(out)).toMatch(/^MIGRATION_(REFUSED|BROKEN)$/);
      expect(await talk(vm, 'x')).toBe(String.fromCharCode(letter++));
    }
    await vm[Symbol.asyncDispose]();
  }, 60_000);

  it('given up by its signal_leaves the guest running', async () => {
    const { vm } = await boot();
    void vm.run().catch(() => {});
    const [source] = connection();
    const given = new AbortController();
    const moving = vm.migrate(source, { signal: given.signal });
    await expect(vm.fork()).rejects.toMatchObject({ code: 'VM_MIGRATING' });
    given.abort();
    await expect(moving).rejects.toMatchObject({ code: 'MIGRATION_ABORTED' });
    expect(await talk(vm, 'x')).toBe('A');
    await vm[Symbol.asyncDispose]();
  });

  it('to a side that never answers_is given up after its patience', async () => {
    const { vm } = await boot();
    void vm.run().catch(() => {});
    const [source, target] = connection();
    const answering = answerUntilState(target).catch(() => {});
    await expect(vm.migrate(source, { patience: 50 })).rejects.toMatchObject({ code: 'MIGRATION_BROKEN' });
    await answering;
    expect(await talk(vm, 'x')).toBe('A');
    await vm[Symbol.asyncDispose]();
  });

  it('to a side that says nothing from the start_is given up while the guest runs', async () => {
    const { vm } = await boot();
    void vm.run().catch(() => {});
    const [source] = connection();
    await expect(vm.migrate(source, { silence: 50 })).rejects.toMatchObject({ code: 'MIGRATION_BROKEN' });
    expect(await talk(vm, 'x')).toBe('A');
    await vm[Symbol.asyncDispose]();
  });
});

describe('Vm.receive', () => {
  it('from a side that says nothing, or nothing more_is given up', async () => {
    const host = await newHost();
    const free = host.pages.free;
    for (const said of [[], [0x48, 0x43]]) {
      const [{ writable }, target] = connection();
      const writer = writable.getWriter();
      if (said.length > 0) void writer.write(Uint8Array.from(said)).catch(() => {});
      const receiving = Vm.receive(host, host.platform, target, { silence: 50 });
      await expect(receiving).rejects.toMatchObject({ code: 'MIGRATION_BROKEN' });
    }
    expect(host.pages.free).toBe(free);
  });
});

async function standsStill(vm: Vm): Promise<boolean> {
  const before = vm.stats().instructions;
  await new Promise((resolve) => setTimeout(resolve, 20));
  return vm.stats().instructions === before;
}

/** Takes everything, and says what a destination says until it should be ready. */
async function answerUntilState({ readable, writable }: MigrationStream): Promise<void> {
  const channel = new Channel({ readable, writable });
  await channel.expectPreamble();
  await channel.next('machine');
  await channel.send('accepted');
  for (;;) if ((await channel.next('pages', 'sync', 'state')).kind === 'sync') await channel.send('synced');
}
