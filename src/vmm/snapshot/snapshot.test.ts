// Snapshots: there and back, and what is made of damaged ones.
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { crc32, virtMachine } from '../../boot/index.js';
import { HypercraftError } from '../../isa/error.js';
import { assemble } from '../../isa/index.js';
import { webPlatform } from '../../platform/browser/index.js';
import { Host } from '../host.js';
import { Vm } from '../vm/vm.js';
import { plainToText, textToPlain } from './plain.js';
import { openSnapshot } from './snapshot.js';

const BASE = 0x8000_0000n;
const typed = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Prints the letter that is at +1 MiB for every byte typed, and moves it on; sleeps meanwhile; q ends it. */
const LETTERS = `
  .equ UART, 0x10000000
  li s0, UART
  li s1, 0x80100000
  li t0, 1
  sb t0, 1(s0)
  li t0, 1
  li t1, 0x0c000028
  sw t0, 0(t1)
  li t1, 0x0c002080
  li t0, 0x400
  sw t0, 0(t1)
  li t0, 0x200
  csrs sie, t0
again:
  wfi
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

async function bootLetters(): Promise<{ host: Host; vm: Vm }> {
  const host = await newHost();
  const machine = virtMachine({ memory: { base: BASE, size: 4n << 20n } });
  const { bytes } = assemble(LETTERS, { base: BASE });
  const segments = [
    { what: 'guest', gpa: BASE, bytes },
    { what: 'letter', gpa: BASE + 0x10_0000n, bytes: typed('A') },
  ];
  const vm = await host.createVm({
    name: 'letters',
    machine,
    boot: { segments, entry: BASE, dtbAddress: 0x8020_0000n },
    threads: false,
    deterministic: { seed: 1n },
  });
  return { host, vm };
}

/** Types, and waits for as many letters. */
async function talk(vm: Vm, text: string): Promise<string> {
  let seen = '';
  const decoder = new TextDecoder();
  const answered = new Promise<void>((resolve) => {
    vm.on('output', (bytes) => {
      seen += decoder.decode(bytes);
      if (seen.length >= text.replace('q', '').length) resolve();
    });
  });
  await vm.input(typed(text));
  await answered;
  return seen;
}

let snapshot: Uint8Array;
beforeAll(async () => {
  const { vm } = await bootLetters();
  void vm.run().catch(() => {});
  expect(await talk(vm, 'xx')).toBe('AB');
  snapshot = await vm.snapshot();
  // It runs on meanwhile.
  expect(await talk(vm, 'x')).toBe('C');
  await vm[Symbol.asyncDispose]();
});

describe('Vm.restore', () => {
  it('goes on where the snapshot was taken, on another host, as often as one likes', async () => {
    const host = await newHost();
    for (let i = 0; i < 2; i++) {
      await using vm = await Vm.restore(host, host.platform, snapshot, { threads: false });
      expect(vm.name).toBe('letters');
      const end = vm.run();
      expect(await talk(vm, 'xxq')).toBe('CD');
      expect(await end).toEqual({ kind: 'power-off' });
    }
    expect(host.pages.free).toBe(host.pages.total);
  });

  it('has the same state as the original, and its snapshot is the same', async () => {
    const host = await newHost();
    await using vm = await Vm.restore(host, host.platform, snapshot, { threads: false });
    await using other = await Vm.restore(host, host.platform, snapshot, { threads: false });
    expect(await vm.stateHash()).toBe(await other.stateHash());
    expect(await vm.snapshot()).toEqual(snapshot);
  });

  it('brings in pages only when they are touched, and forks share what was not', async () => {
    const host = await newHost();
    await using vm = await Vm.restore(host, host.platform, snapshot, { threads: false });
    const atRest = host.pages.free;
    expect(vm.memory.read(BASE + 0x10_0000n, 1)).toEqual(typed('C'));
    // The page, and the table that leads to it.
    expect(atRest - host.pages.free).toBe(2);
    await using child = await vm.fork();
    void child.run().catch(() => {});
    expect(await talk(child, 'x')).toBe('C');
    expect(vm.memory.read(BASE + 0x10_0000n, 1)).toEqual(typed('C'));
  });
});

/** The same snapshot as it would have been before harts could be chosen: its machine lists the few names of its device tree. */
function beforeCpu(bytes: Uint8Array): Uint8Array {
  const old = bytes.slice();
  const view = new DataView(old.buffer);
  const length = view.getUint32(12, true);
  const description = JSON.parse(new TextDecoder().decode(old.slice(32, 32 + length)));
  delete description.machine.cpu;
  description.machine.extensions = ['i', 'm', 'a', 'f', 'd', 'c', 'zicntr', 'zicsr', 'zifencei', 'zihpm', 'sstc'];
  old.set(typed(JSON.stringify(description).padEnd(length)), 32);
  view.setUint32(16, crc32(old.subarray(32, 32 + length)), true);
  view.setUint32(28, crc32(old.subarray(0, 28)), true);
  return old;
}

describe('a snapshot from before harts could be chosen', () => {
  it('has harts with everything, as they were', async () => {
    const host = await newHost();
    await using vm = await Vm.restore(host, host.platform, beforeCpu(snapshot), { threads: false });
    // A mode of page tables that the harts do not have is not kept.
    vm.vcpus[0]!.write('vsatp', 10n << 60n);
    expect(vm.vcpus[0]!.read('vsatp') >> 60n).toBe(10n);
    vm.vcpus[0]!.write('vsatp', 0n);
    void vm.run().catch(() => {});
    expect(await talk(vm, 'x')).toMatch(/^[A-Z]$/);
  });
});

const SNAPSHOT_CODES = ['SNAPSHOT_FORMAT', 'SNAPSHOT_VERSION', 'SNAPSHOT_TRUNCATED', 'SNAPSHOT_CORRUPT', 'NO_MEMORY'];

/** The code that comes of it, or that nothing did. */
function codeOf(bytes: Uint8Array): string {
  try {
    openSnapshot(bytes, { verify: true });
    return 'none';
  } catch (error) {
    return error instanceof HypercraftError ? error.code : `${error}`;
  }
}

describe('Vm.snapshotStream', () => {
  it('is a snapshot of the moment it was asked for, while the guest goes on', async () => {
    const { host, vm } = await bootLetters();
    void vm.run().catch(() => {});
    expect(await talk(vm, 'xx')).toBe('AB');
    const stream = await vm.snapshotStream();
    expect(await talk(vm, 'x')).toBe('C');
    const other = await newHost();
    await using again = await Vm.restore(other, other.platform, stream, { threads: false });
    void again.run().catch(() => {});
    expect(await talk(again, 'x')).toBe('C');
    expect(await talk(vm, 'x')).toBe('D');
    await vm[Symbol.asyncDispose]();
    expect(host.pages.free).toBe(host.pages.total);
  });

  it('cancelled after a piece_gives its memory back', async () => {
    const { host, vm } = await bootLetters();
    const before = host.pages.free;
    const reader = (await vm.snapshotStream()).getReader();
    expect((await reader.read()).value).toHaveLength(32);
    expect(host.pages.free).toBeLessThan(before);
    await reader.cancel();
    expect(host.pages.free).toBe(before);
    await vm[Symbol.asyncDispose]();
  });

  it('that breaks or is cut_is a typed error where it is restored', async () => {
    const host = await newHost();
    const broken = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(snapshot.subarray(0, 100));
        controller.error(new Error('gone'));
      },
    });
    const cut = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.enqueue(snapshot.subarray(0, snapshot.length - 1));
        controller.close();
      },
    });
    for (const stream of [broken, cut]) {
      await expect(Vm.restore(host, host.platform, stream)).rejects.toMatchObject({ code: 'SNAPSHOT_TRUNCATED' });
    }
  });

  it('of a guest that has a device of the host_is refused, as is moving it', async () => {
    const { host, vm } = await bootLetters();
    await vm.assign(host.device('uart1'));
    const refused = { code: 'VM_HAS_HOST_DEVICE' };
    await expect(vm.snapshot()).rejects.toMatchObject(refused);
    await expect(vm.snapshotStream()).rejects.toMatchObject(refused);
    const { readable, writable } = new TransformStream<Uint8Array, Uint8Array>();
    await expect(vm.migrate({ readable, writable })).rejects.toMatchObject(refused);
    // It is not memory: the hash passes it by.
    expect(await vm.stateHash()).toMatch(/^[0-9a-f]{32}$/);
    await vm.release(host.device('uart1'));
    expect((await vm.snapshot()).length).toBeGreaterThan(1000);
    await vm[Symbol.asyncDispose]();
  });
});

describe('a damaged snapshot', () => {
  it('with any bit flipped_isATypedError', () => {
    fc.assert(
      fc.property(fc.nat(snapshot.length * 8 - 1), (bit) => {
        const bytes = snapshot.slice();
        bytes[bit >> 3]! ^= 1 << (bit & 7);
        expect(SNAPSHOT_CODES).toContain(codeOf(bytes));
      }),
    );
  });

  it('cut anywhere_isATypedError', () => {
    fc.assert(
      fc.property(fc.nat(snapshot.length - 1), (length) => {
        expect(SNAPSHOT_CODES).toContain(codeOf(snapshot.subarray(0, length)));
      }),
    );
  });

  it('with more behind its end_isATypedError', () => {
    const bytes = new Uint8Array(snapshot.length + 1);
    bytes.set(snapshot);
    expect(codeOf(bytes)).toBe('SNAPSHOT_TRUNCATED');
  });

  it('of another version_saysSo', () => {
    const bytes = snapshot.slice();
    new DataView(bytes.buffer).setUint32(8, 99, true);
    expect(codeOf(bytes)).toBe('SNAPSHOT_VERSION');
  });

  it('whose header claims too much_isRefusedBeforeAnythingIsAllocated', () => {
    const bytes = snapshot.slice();
    const view = new DataView(bytes.buffer);
    view.setUint32(12, 0xffff_fff0, true);
    view.setUint32(28, crc32(bytes.subarray(0, 28)), true);
    expect(codeOf(bytes)).toBe('SNAPSHOT_CORRUPT');
  });

  it.each([
    [0, 0xffff_fff0],
    [4, 0xffff_fff0],
    [8, 0xffff_fff0],
    [8, 0x1_0000],
    [8, 0],
  ])('whose footer says at +%i %i_isRefusedBeforeAnythingIsAllocated', (at, value) => {
    const bytes = snapshot.slice();
    const footer = bytes.subarray(bytes.length - 24);
    const view = new DataView(footer.buffer, footer.byteOffset);
    view.setUint32(at, value, true);
    view.setUint32(16, crc32(footer.subarray(0, 16)), true);
    expect(codeOf(bytes)).toBe('SNAPSHOT_CORRUPT');
  });

  it('whose index was forged anywhere_isATypedErrorOrOpens', () => {
    const end = snapshot.length - 24;
    const start = Number(new DataView(snapshot.buffer, snapshot.byteOffset + end).getBigUint64(0, true));
    fc.assert(
      fc.property(fc.integer({ min: start, max: end - 1 }), fc.nat(255), (at, value) => {
        const bytes = snapshot.slice();
        bytes[at] = value;
        const view = new DataView(bytes.buffer, end);
        view.setUint32(12, crc32(bytes.subarray(start, end)), true);
        view.setUint32(16, crc32(bytes.subarray(end, end + 16)), true);
        expect([...SNAPSHOT_CODES, 'none']).toContain(codeOf(bytes));
      }),
    );
  });

  it('whose description was forged anywhere_isATypedErrorOrAGuest', async () => {
    const host = await newHost();
    const view = new DataView(snapshot.buffer, snapshot.byteOffset);
    const length = view.getUint32(12, true);
    const text = new TextDecoder().decode(snapshot.subarray(32, 32 + length));
    await fc.assert(
      fc.asyncProperty(fc.nat(length - 1), fc.constantFrom(...'0123456789{}[]",:nxa'), async (at, letter) => {
        const bytes = snapshot.slice();
        bytes.set(typed(text.slice(0, at) + letter + text.slice(at + 1)), 32);
        const forged = new DataView(bytes.buffer);
        forged.setUint32(16, crc32(bytes.subarray(32, 32 + length)), true);
        forged.setUint32(28, crc32(bytes.subarray(0, 28)), true);
        try {
          await using _ = await Vm.restore(host, host.platform, bytes, { threads: false });
        } catch (error) {
          expect(error).toBeInstanceOf(HypercraftError);
        }
        expect(host.pages.free).toBe(host.pages.total);
      }),
      { numRuns: 60 },
    );
  });
});

describe('plain data', () => {
  it('asText_andBack_isTheSame', () => {
    const data = { n: -5n, big: 0xffff_ffff_ffff_ffffn, bytes: Uint8Array.of(0, 255), list: [1, 'x', { deep: true }] };
    expect(textToPlain(plainToText(data))).toEqual(data);
  });

  it.each(['{', '{"$n":"zz"}', '{"$b":"0"}', '{"__proto__":1}'])('%s_asPlainData_isATypedError', (text) => {
    expect(() => textToPlain(text)).toThrowError(expect.objectContaining({ code: 'SNAPSHOT_CORRUPT' }));
  });
});
