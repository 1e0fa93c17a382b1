// Whole machines with small guests: in slices on this thread, and in a worker. One body for both.
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { virtMachine } from '../../boot/index.js';
import { assemble } from '../../isa/index.js';
import { webPlatform } from '../../platform/browser/index.js';
import type { VmEnd } from '../exit.js';
import { least } from '../hart/noise.test-support.js';
import { Host } from '../host.js';
import { threadedPlatform } from './threaded-platform.test-support.js';
import type { UserDevice, Vm, VmConfig } from './vm.js';

const BASE = 0x8000_0000n;
const PRELUDE = `
  .equ UART, 0x10000000
  .equ FINISHER, 0x100000
`;
const POWER_OFF = 'li t0, FINISHER\nli t1, 0x5555\nsw t1, 0(t0)\nstop: j stop\n';

/** Copies input to output until it sees a q. */
const ECHO = `
  li s0, UART
  li t0, 1
  sb t0, 1(s0)
again:
  lbu t1, 5(s0)
  andi t2, t1, 1
  beqz t2, again
  lbu a0, 0(s0)
full:
  lbu t1, 5(s0)
  andi t1, t1, 0x20
  beqz t1, full
  sb a0, 0(s0)
  li t1, 113
  bne a0, t1, again
  ${POWER_OFF}
`;

describe.each(['slices', 'worker'])('Vm in a %s', (how) => {
  let host: Host;
  let remove = () => {};
  beforeAll(async () => {
    if (how === 'slices') host = await Host.create({ platform: webPlatform() });
    else {
      const threads = await threadedPlatform();
      remove = threads.remove;
      host = await Host.create({ platform: threads.platform });
    }
  });
  afterAll(() => remove());
  afterAll(() => expect(host.pages.free).toBe(host.pages.total));

  function config(source: string, options: Partial<VmConfig> & { harts?: number; mode?: 'firmware' | 'bare' } = {}) {
    const { harts = 1, mode = 'hypervisor', ...rest } = options;
    const machine = virtMachine({ mode, harts, memory: { base: BASE, size: 8n << 20n } });
    const { bytes } = assemble(PRELUDE + source, { base: BASE });
    const boot = { segments: [{ what: 'guest', gpa: BASE, bytes }], entry: BASE, dtbAddress: 0x8020_0000n };
    return { machine, boot, threads: how === 'worker', ...rest };
  }

  /** Runs a guest to its end; what it printed and how it ended. */
  async function outcome(source: string, options: Parameters<typeof config>[1] = {}) {
    await using vm = await host.createVm(config(source, options));
    const output = collect(vm);
    const end = await vm.run();
    return { end, text: output.text, stats: vm.stats() };
  }

  it.each<[string, string, VmEnd]>([
    ['power-off at the finisher', POWER_OFF, { kind: 'power-off' }],
    ['a failure', 'li t0, FINISHER\nli t1, 0x2a3333\nsw t1, 0(t0)\nstop: j stop', { kind: 'failure', code: 42 }],
    ['a reboot', 'li t0, FINISHER\nli t1, 0x7777\nsw t1, 0(t0)\nstop: j stop', { kind: 'reboot' }],
    ['SBI shutdown', 'li a7, 0x53525354\nli a6, 0\nli a0, 0\nli a1, 0\necall', { kind: 'power-off' }],
    ['SBI reboot', 'li a7, 0x53525354\nli a6, 0\nli a0, 1\nli a1, 0\necall', { kind: 'reboot' }],
    ['SBI system failure', 'li a7, 0x53525354\nli a6, 0\nli a0, 0\nli a1, 1\necall', { kind: 'failure', code: 1 }],
    [
      'its only hart stopped',
      'li a7, 0x48534d\nli a6, 1\necall',
      { kind: 'guest-dead', reason: 'every hart is stopped' },
    ],
  ])('guest that ends by %s_run_saysSo', async (_, source, end) => {
    expect((await outcome(source)).end).toEqual(end);
  });

  it.each(['hypervisor', 'firmware', 'bare'] as const)('hartId_andDeviceTree_in %s_areInA0AndA1', async (mode) => {
    const source = `bnez a0, bad\nli t0, 0x80200000\nbne a1, t0, bad\n${POWER_OFF}bad: j bad`;
    const options = mode === 'hypervisor' ? {} : { mode };
    expect((await outcome(source, options)).end).toEqual({ kind: 'power-off' });
  });

  it('console_typedAt_echoesUntilItEnds', async () => {
    await using vm = await host.createVm(config(ECHO));
    const output = collect(vm);
    const end = vm.run();
    await vm.input(new TextEncoder().encode('hello, guest'));
    await vm.input(new TextEncoder().encode('!q'));
    expect(await end).toEqual({ kind: 'power-off' });
    expect(output.text).toBe('hello, guest!q');
  });

  it('console_withAListenerThatTakesItsTime_losesNothing', async () => {
    const bytes = 200_000;
    const source = `
      li s0, UART
      li s1, ${bytes}
    next:
      lbu t1, 5(s0)
      andi t1, t1, 0x20
      beqz t1, next
      andi t0, s1, 63
      addi t0, t0, 48
      sb t0, 0(s0)
      addi s1, s1, -1
      bnez s1, next
      ${POWER_OFF}`;
    await using vm = await host.createVm(config(source));
    let text = '';
    vm.on('output', async (chunk) => {
      text += new TextDecoder().decode(chunk);
      await new Promise((resolve) => setTimeout(resolve, 20));
    });
    await vm.run();
    const expected = Array.from({ length: bytes }, (_, i) => String.fromCharCode(48 + ((bytes - i) & 63))).join('');
    expect(text === expected).toBe(true);
  });

  it('sleepingGuest_woken by its timer_goesOn', async () => {
    const source = `
      li t0, 32
      csrw sie, t0
      rdtime a0
      li t0, 200000
      add a0, a0, t0
      csrw stimecmp, a0
      wfi
      rdtime a1
      bltu a1, a0, early
      ${POWER_OFF}
    early: li t0, FINISHER
      li t1, 0x13333
      sw t1, 0(t0)
      j early`;
    const started = performance.now();
    const { end, stats } = await outcome(source);
    expect(end).toEqual({ kind: 'power-off' });
    expect(performance.now() - started).toBeGreaterThan(19);
    expect(stats.exits.wfi).toBe(1);
  });

  it('virtualTime_withAGuestThatSleepsForAnHour_takesNone', async () => {
    const source = `
      li t0, 32
      csrw sie, t0
      rdtime a0
      li t0, 36000000000
      add a0, a0, t0
      csrw stimecmp, a0
      wfi
      rdtime a1
      bltu a1, a0, again
      ${POWER_OFF}
    again: wfi
      j again`;
    const started = performance.now();
    expect((await outcome(source, { virtualTime: 6 })).end).toEqual({ kind: 'power-off' });
    expect(performance.now() - started).toBeLessThan(60_000);
  });

  it('accessesToNothing_areAccessFaultsOfTheirKind', async () => {
    // The handler adds up the causes: fetch 1, load 5, store 7; an LR counts as a load, an AMO as a store.
    const source = `
      la t0, handler
      csrw stvec, t0
      li s0, 0x50000000
      li s1, 0
      lw t0, 0(s0)
      sd t0, 0(s0)
      lr.w t0, (s0)
      amoadd.w t0, t0, (s0)
      lh t0, 1(s0)
      li s0, UART
      lw t0, 1(s0)
      la ra, back
      li t0, 0x50000000
      jr t0
    back:
      li t0, ${5 + 7 + 5 + 7 + 5 + 5 + 1}
      bne s1, t0, bad
      ${POWER_OFF}
    bad: j bad
      .align 2
    handler:
      csrr t0, scause
      add s1, s1, t0
      csrr t1, sepc
      addi t1, t1, 4
      li t2, 1
      bne t0, t2, resume
      mv t1, ra
    resume:
      csrw sepc, t1
      sret`;
    expect((await outcome(source)).end).toEqual({ kind: 'power-off' });
    expect((await outcome(source, { mode: 'firmware' })).end).toEqual({ kind: 'power-off' });
  });

  it('hypervisorInstruction_inAGuest_isIllegalThere', async () => {
    const source = `
      la t0, handler
      csrw stvec, t0
      csrr t0, hstatus
    bad: j bad
      .align 2
    handler:
      csrr t0, scause
      li t1, 2
      bne t0, t1, bad
      csrr t0, stval
      li t1, 0x600022f3
      bne t0, t1, bad
      ${POWER_OFF}`;
    expect((await outcome(source)).end).toEqual({ kind: 'power-off' });
  });

  it('secondHart_startedBySbi_meetsTheFirstInMemory', async () => {
    const source = `
      bnez a0, bad
      la a1, second
      li a0, 1
      li a2, 77
      li a7, 0x48534d
      li a6, 0
      ecall
      bnez a0, bad
      la s0, mailbox
    wait:
      ld t0, 0(s0)
      beqz t0, wait
      li t1, 78
      bne t0, t1, bad
      ${POWER_OFF}
    bad: j bad
    second:
      la s0, mailbox
      add a1, a1, a0
      sd a1, 0(s0)
    sleep: wfi
      j sleep
      .align 3
    mailbox: .dword 0`;
    expect((await outcome(source, { harts: 2 })).end).toEqual({ kind: 'power-off' });
  });

  it('ipi_toASleepingHart_wakesIt', async () => {
    const source = `
      la a1, second
      li a0, 1
      li a7, 0x48534d
      li a6, 0
      ecall
      la s0, ready
    wait:
      ld t0, 0(s0)
      beqz t0, wait
      li a0, 2
      li a1, 0
      li a7, 0x735049
      li a6, 0
      ecall
    rest: wfi
      j rest
    second:
      li t0, 2
      csrw sie, t0
      la s0, ready
      sd t0, 0(s0)
      wfi
      csrr t0, sip
      andi t0, t0, 2
      beqz t0, second
      ${POWER_OFF}
      .align 3
    ready: .dword 0`;
    expect((await outcome(source, { harts: 2 })).end).toEqual({ kind: 'power-off' });
  });

  it('userDevices_synchronousAndNot_serveLoadsAndStores', async () => {
    const written: bigint[] = [];
    const devices: UserDevice[] = [
      {
        name: 'adder',
        base: 0x2000_0000n,
        size: 0x1000,
        read: (offset, width) => BigInt(offset + width),
        write: (_offset, _width, value) => void written.push(value),
      },
      {
        name: 'slow',
        base: 0x2000_1000n,
        size: 0x1000,
        read: async (offset) => new Promise((resolve) => setTimeout(resolve, 10, BigInt(offset) << 32n)),
        write: async (_offset, _width, value) => void written.push(value),
      },
    ];
    const source = `
      li s0, 0x20000000
      lw t0, 0x10(s0)
      li t1, 0x14
      bne t0, t1, bad
      li s1, 0x20001000
      ld t0, 0x8(s1)
      li t1, 0x800000000
      bne t0, t1, bad
      sd t0, 0(s0)
      sw t1, 4(s1)
      ${POWER_OFF}
    bad: j bad`;
    expect((await outcome(source, { devices })).end).toEqual({ kind: 'power-off' });
    expect(written).toEqual([0x8_0000_0000n, 0n]);
  });

  it('userDevice_thatThrows_givesAllOnesAndAnEvent', async () => {
    const broken: UserDevice = {
      name: 'broken',
      base: 0x2000_0000n,
      size: 0x1000,
      read: () => {
        throw new Error('broken');
      },
      write: async () => {
        throw new Error('broken too');
      },
    };
    const source = `li s0, 0x20000000\nld t0, 0(s0)\naddi t0, t0, 1\nbnez t0, bad\nsd t0, 0(s0)\n${POWER_OFF}bad: j bad`;
    await using vm = await host.createVm(config(source, { devices: [broken] }));
    const errors: string[] = [];
    vm.on('device-error', ({ device, error }) => errors.push(`${device}: ${(error as Error).message}`));
    expect(await vm.run()).toEqual({ kind: 'power-off' });
    expect(errors).toEqual(['broken: broken', 'broken: broken too']);
  });

  it('interruptWire_raisedFromOutside_wakesTheGuestThroughThePlic', async () => {
    const source = `
      li t0, 0x0c000000
      li t1, 1
      sw t1, 80(t0)
      li t0, 0x0c002080
      li t1, 0x100000
      sw t1, 0(t0)
      li t0, 0x0c201000
      sw zero, 0(t0)
      li t1, 0x200
      csrw sie, t1
      li s0, UART
      li t1, 33
      sb t1, 0(s0)
    sleep:
      wfi
      lw t1, 4(t0)
      beqz t1, sleep
      li t2, 20
      bne t1, t2, bad
      ${POWER_OFF}
    bad: j bad`;
    await using vm = await host.createVm(config(source));
    vm.on('output', () => setTimeout(() => vm.setInterrupt(20, true), 20));
    expect(await vm.run()).toEqual({ kind: 'power-off' });
  });

  it('pause_ofASpinningGuest_stopsIt_andResumeGoesOn', async () => {
    await using vm = await host.createVm(config('li s0, 0\nspin: addi s0, s0, 1\nj spin'));
    void vm.run().catch(() => {});
    await until(() => vm.stats().instructions > 0n);
    await vm.pause();
    const { instructions } = vm.stats();
    expect(instructions).toBeGreaterThan(0n);
    const register = vm.vcpus[0]!.read('s0');
    await later(20);
    expect(vm.stats().instructions).toBe(instructions);
    expect(vm.vcpus[0]!.read('s0')).toBe(register);
    vm.resume();
    await until(() => vm.stats().instructions > instructions + 1000n);
    await vm.pause();
    expect(vm.vcpus[0]!.read('s0')).toBeGreaterThan(register);
  });

  it('unmap_whileTheGuestRuns_takesThePageAwayOnceSettled', async () => {
    const source = `
      la t0, gone
      csrw stvec, t0
      li s0, 0x80400000
    spin:
      addi s1, s1, 1
      sd s1, 0(s0)
      j spin
      .align 2
    gone: ${POWER_OFF}`;
    await using vm = await host.createVm(config(source));
    const end = vm.run();
    await until(() => vm.nestedPageTable.translate(0x8040_0000n) !== undefined);
    const { hpa } = vm.nestedPageTable.translate(0x8040_0000n)!;
    await until(() => host.memory.readU64(hpa) > 0n);
    vm.nestedPageTable.unmap(0x8040_0000n, 4096);
    await vm.nestedPageTable.settled();
    const last = host.memory.readU64(hpa);
    expect(last).toBeGreaterThan(0n);
    expect(await end).toEqual({ kind: 'power-off' });
    expect(host.memory.readU64(hpa)).toBe(last);
  });

  it.each([
    ['spins with interrupts off', 'spin: j spin'],
    ['sleeps for ever', 'sleep: wfi\nj sleep'],
    ['faults for ever', 'csrw stvec, zero\njr zero'],
    ['calls SBI for ever', 'again: ecall\nj again'],
    ['waits for a device that never answers', 'li s0, 0x20000000\nlw t0, 0(s0)'],
  ])('guest that %s_disposedOf_ends', async (_, source) => {
    const devices: UserDevice[] = [
      { name: 'mute', base: 0x2000_0000n, size: 0x1000, read: () => new Promise(() => {}), write: () => {} },
    ];
    const vm = await host.createVm(config(source, { devices }));
    const end = expect(vm.run()).rejects.toThrowError(expect.objectContaining({ code: 'VM_DISPOSED' }));
    await later(30);
    const started = performance.now();
    await vm[Symbol.asyncDispose]();
    expect(performance.now() - started).toBeLessThan(30_000);
    await end;
    expect(() => vm.run()).toThrowError(expect.objectContaining({ code: 'VM_DISPOSED' }));
  });

  it('that is disposed of by one of its own listeners_ends', async () => {
    const disposal = async (): Promise<number> => {
      const vm = await host.createVm(config(`li s0, UART\nli t0, 33\nagain: sb t0, 0(s0)\nj again`));
      const end = expect(vm.run()).rejects.toMatchObject({ code: 'VM_DISPOSED' });
      const took = await new Promise<number>((resolve) => {
        vm.on('output', async () => {
          const started = performance.now();
          await vm[Symbol.asyncDispose]();
          resolve(performance.now() - started);
        });
      });
      await end;
      return took;
    };
    // Waiting for the listener, which waits for that, takes 100 ms each time.
    expect(await least(100, 20, disposal)).toBeLessThan(100);
  });

  it('that is disposed of while a listener is slow_has told all that it had written', async () => {
    const text = 'all of this, and in order';
    const writes = [...text].map((letter) => `li t0, ${letter.charCodeAt(0)}\nsb t0, 0(s0)`).join('\n');
    const vm = await host.createVm(config(`li s0, UART\n${writes}\nstop: j stop`));
    let told = '';
    const all = new Promise<void>((resolve) => {
      vm.on('output', async (bytes) => {
        await later(300);
        told += new TextDecoder().decode(bytes);
        if (told.length >= text.length) resolve();
      });
    });
    vm.run().catch(() => {});
    // The finisher's page aside, each byte is an exit.
    await until(() => vm.stats().exits['guest-page-fault'] >= text.length);
    await vm[Symbol.asyncDispose]();
    await using other = await host.createVm(config(`li s0, UART\nli t0, 33\nagain: sb t0, 0(s0)\nj again`));
    other.run().catch(() => {});
    await all;
    expect(told).toBe(text);
  });

  it('that is disposed of while it is given memory_leaves no page behind', async () => {
    const source = `
      li s2, 4096
    again:
      li s1, 0x80100000
      li s3, 0x80700000
    next:
      sd zero, 0(s1)
      add s1, s1, s2
      bltu s1, s3, next
      j again`;
    const { free } = host.pages;
    const parent = await host.createVm(config(source, { harts: 2 }));
    // Pages one by one.
    parent.memory.write(BASE + 0x10_0000n, new Uint8Array(6 << 20));
    for (let turn = 0; turn < 30; turn++) {
      const vm = await parent.fork();
      vm.run().catch(() => {});
      for (let i = turn % 6; i > 0; i--) await later(0);
      await vm[Symbol.asyncDispose]();
    }
    await parent[Symbol.asyncDispose]();
    expect(host.pages.free).toBe(free);
  });

  it('forks and snapshots asked for at once_each find it at rest, whoever resumes it', async () => {
    // Stores the number of the round to one page after another: those behind the pointer have it, the others that of the last round.
    const source = `
      li s0, 0
    round:
      addi s0, s0, 1
      li s1, 0x80100000
      li s2, 0x80140000
      li s3, 4096
    next:
      sd s0, 0(s1)
      add s1, s1, s3
      bltu s1, s2, next
      j round`;
    const torn = (copy: Vm): number => {
      const [count, behind] = [copy.vcpus[0]!.read('s0'), copy.vcpus[0]!.read('s1')];
      let wrong = 0;
      for (let at = 0x8010_0000n; at < 0x8014_0000n; at += 4096n) {
        const word = new DataView(copy.memory.read(at, 8).slice().buffer).getBigUint64(0, true);
        // Between a store and the next one's address, or before the first one of a round.
        const fits = at < behind ? word === count : word === count - 1n || (at === behind && word === count);
        const began = behind >= 0x8014_0000n && (word === count || word === count - 1n);
        if (!fits && !began) wrong++;
      }
      return wrong;
    };
    await using vm = await host.createVm(config(source));
    vm.run().catch(() => {});
    await until(() => vm.stats().instructions >= 1000n);
    for (let turn = 0; turn < 5; turn++) {
      const asked = [vm.fork(), vm.snapshot(), vm.fork(), vm.stateHash().catch(() => ''), vm.fork()];
      await vm.pause();
      vm.resume();
      for (const copy of await Promise.all(asked)) {
        if (typeof copy === 'string' || copy instanceof Uint8Array) continue;
        await copy.pause();
        expect(torn(copy)).toBe(0);
        await copy[Symbol.asyncDispose]();
      }
    }
    const { instructions } = vm.stats();
    await until(() => vm.stats().instructions > instructions);
  });

  it('forks of a guest at rest_ask its thread once, and have what came to it between them', async () => {
    const asked = vi.fn();
    const { spawnWorker } = host.platform;
    const counted = () => {
      const worker = spawnWorker!();
      const post = (message: unknown) => {
        if ((message as { kind: string }).kind === 'save') asked();
        worker.post(message);
      };
      return { ...worker, post };
    };
    const platform = { ...host.platform, ...(spawnWorker && { spawnWorker: counted }) };
    const own = await Host.create({ platform });
    // Prints what is typed, and ends with what is in s5 and, by the interrupt controller, whether wire 7 is up.
    const source = `
      li s5, 1
      li s0, UART
    again:
      lbu t1, 5(s0)
      andi t2, t1, 1
      beqz t2, again
      lbu a0, 0(s0)
      sb a0, 0(s0)
      li t1, 113
      bne a0, t1, again
      li t0, 0x0c001000
      lw t1, 0(t0)
      srli t1, t1, 7
      andi t1, t1, 1
      slli t1, t1, 4
      or t1, t1, s5
      slli t1, t1, 16
      li t0, 0x3333
      or t1, t1, t0
      li t0, FINISHER
      sw t1, 0(t0)
    stop: j stop`;
    await using parent = await own.createVm(config(source));
    void parent.run().catch(() => {});
    const output = collect(parent);
    await parent.input(new TextEncoder().encode('a'));
    await until(() => output.text !== '');
    await parent.pause();
    const copies = [await parent.fork(), await parent.fork()];
    if (how === 'worker') expect(asked).toHaveBeenCalledTimes(1);
    parent.vcpus[0]!.write('s5', 2n);
    copies.push(await parent.fork());
    parent.setInterrupt(7, true);
    copies.push(await parent.fork());
    await parent.input(new TextEncoder().encode('bq'));
    copies.push(await parent.fork());
    const found = [];
    for (const [index, copy] of copies.entries()) {
      const printed = collect(copy);
      const end = copy.run();
      if (index < 4) await copy.input(new TextEncoder().encode('q'));
      found.push([await end, printed.text]);
      await copy[Symbol.asyncDispose]();
    }
    const failed = (code: number) => ({ kind: 'failure', code });
    expect(found).toEqual([
      [failed(1), 'q'],
      [failed(1), 'q'],
      [failed(2), 'q'],
      [failed(18), 'q'],
      [failed(18), 'bq'],
    ]);
    const now = parent.vcpus[0]!.read('time');
    const last = await parent.fork();
    await last.pause();
    expect(last.vcpus[0]!.read('time')).toBeGreaterThanOrEqual(now);
    await last[Symbol.asyncDispose]();
  });

  it.runIf(how === 'worker')('forks that nobody runs_are not built, and so nobody waits for that', async () => {
    const builds = vi.fn();
    const spawnWorker = () => {
      const worker = host.platform.spawnWorker!();
      const post = (message: unknown) => {
        if ((message as { kind: string }).kind === 'build') builds();
        worker.post(message);
      };
      return { ...worker, post };
    };
    const own = await Host.create({ platform: { ...host.platform, spawnWorker } });
    await using parent = await own.createVm(config(`li s5, 7\n${POWER_OFF}`));
    const forks = await Promise.all([parent.fork(), parent.fork(), parent.fork()]);
    expect(builds).toHaveBeenCalledTimes(1);
    const [run, saved, looked] = forks as [Vm, Vm, Vm];
    expect(await run.run()).toEqual({ kind: 'power-off' });
    expect((await saved.snapshot()).length).toBeGreaterThan(0);
    await looked.pause();
    expect(looked.vcpus[0]!.read('pc')).toBe(BASE);
    expect(builds).toHaveBeenCalledTimes(4);
    for (const fork of forks) await fork[Symbol.asyncDispose]();
  });

  it('disposed of while it is forked, moved and looked at_leaves nobody waiting', async () => {
    for (let turn = 0; turn < 12; turn++) {
      const vm = await host.createVm(config('spin: j spin'));
      vm.run().catch(() => {});
      await later(5);
      const asked: Promise<unknown>[] = [vm.fork(), vm.snapshotStream(), vm.pause().then(() => vm.stateHash())];
      const { readable, writable } = new TransformStream<Uint8Array>();
      if (turn % 3 === 0) asked.push(vm.migrate({ readable, writable }));
      for (const each of asked) each.catch(() => {});
      for (let i = turn % 4; i > 0; i--) await later(0);
      await vm[Symbol.asyncDispose]();
      for (const outcome of await Promise.allSettled(asked)) {
        if (outcome.status === 'rejected') {
          expect(outcome.reason).toMatchObject({ code: expect.stringMatching(/^(VM|NPT|MIGRATION)_/) });
        } else if (outcome.value instanceof ReadableStream) await outcome.value.cancel();
        else if (typeof outcome.value === 'object') await (outcome.value as Vm)[Symbol.asyncDispose]();
      }
      // What does nothing any more harms nobody.
      vm.kick();
      vm.resume();
      vm.setInterrupt(1, true);
      await vm.pause();
      expect(() => vm.memory.write(BASE, new Uint8Array(8))).toThrowError(
        expect.objectContaining({ code: 'GUEST_MEMORY_UNMAPPED' }),
      );
      await expect(vm.fork()).rejects.toMatchObject({ code: 'VM_DISPOSED' });
    }
  });

  it('traceExits_tellsEveryExitInOrder', async () => {
    await using vm = await host.createVm(config(`li a7, 0x10\nli a6, 0\necall\n${POWER_OFF}`, { traceExits: true }));
    const kinds: string[] = [];
    // The host may look in at any time.
    vm.on('exit', ({ exit }) => exit.kind !== 'kicked' && kinds.push(exit.kind));
    await vm.run();
    expect(kinds).toEqual(['sbi-call', 'guest-page-fault', 'shutdown']);
    expect(vm.stats().exits).toMatchObject({ 'sbi-call': 1, 'guest-page-fault': 1, wfi: 0 });
  });

  it('machineLargerThanItsHost_isATypedErrorThatLeavesNothingBehind', async () => {
    const machine = virtMachine({ memory: { base: BASE, size: 8n << 30n } });
    const boot = { segments: [], entry: BASE, dtbAddress: 0n };
    await expect(host.createVm({ machine, boot })).rejects.toThrowError(expect.objectContaining({ code: 'NO_MEMORY' }));
    expect(host.pages.free).toBe(host.pages.total);
  });
});

function collect(vm: Vm): { text: string } {
  const output = { text: '' };
  vm.on('output', (bytes) => {
    output.text += new TextDecoder().decode(bytes);
  });
  return output;
}

/** Comes back when something has happened; a busy machine may take its time. */
async function until(happened: () => boolean): Promise<void> {
  while (!happened()) await later(5);
}

function later(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
