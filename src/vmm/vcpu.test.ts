// One small assembler guest for each kind of exit, and what completes it, on the real engine.
import { beforeAll, describe, expect, it } from 'vitest';
import { ManualClock } from '../host/index.js';
import { assemble } from '../isa/index.js';
import { webPlatform } from '../platform/browser/index.js';
import type { Composition } from './composition.js';
import { Cause } from './exit.js';
import { Host } from './host.js';
import { NestedPageTable } from './nested-page-table.js';
import type { VCpu } from './vcpu.js';

const BASE = 0x8000_0000n;
const MIB2 = 2 << 20;

let host: Host;
beforeAll(async () => {
  host = await Host.create({ platform: webPlatform(), clock: new ManualClock() });
});

interface Guest extends Disposable {
  readonly vcpu: VCpu;
  readonly npt: NestedPageTable;
  readonly symbols: Map<string, bigint>;
}

/** A vCPU with 2 MiB of memory and a program at its beginning. */
function guest(source: string, composition: Composition = 'hypervisor'): Guest {
  const npt = new NestedPageTable(host);
  const ram = host.allocPages(512, { align: MIB2 });
  npt.map(BASE, ram, MIB2, 'rwx');
  const { bytes, symbols } = assemble(source, { base: BASE });
  host.memory.write(ram, bytes);
  const perCpu = host.perCpu(0);
  const vcpu = perCpu.createVcpu(0, BASE, { table: npt, composition });
  return {
    vcpu,
    npt,
    symbols,
    [Symbol.dispose]() {
      perCpu.removeVcpu(vcpu);
      npt[Symbol.dispose]();
      host.deallocPages(ram, 512);
    },
  };
}

describe.each<Composition>(['hypervisor', 'firmware'])('exits in %s', (composition) => {
  const virtual = composition === 'hypervisor';

  it('ecall_runs_isAnSbiCallWithItsArguments_andTheResultReachesA0AndA1', () => {
    using it = guest('li a7, 0x10\nli a6, 3\nli a0, 1\nli a5, 6\necall\nadd t0, a0, a1\nwfi', composition);
    const exit = it.vcpu.run({ budget: 100 });
    expect(exit).toMatchObject({ kind: 'sbi-call', extension: 0x10, function: 3, privilege: 1, virtual });
    expect(exit.kind === 'sbi-call' && exit.args).toEqual([1n, 0n, 0n, 0n, 0n, 6n]);
    it.vcpu.completeSbi(40n, 2n);
    expect(it.vcpu.run({ budget: 100 })).toEqual({ kind: 'wfi' });
    expect(it.vcpu.read('t0')).toBe(42n);
  });

  it('pendingExit_notCompleted_makesRunATypedError', () => {
    using it = guest('ecall', composition);
    it.vcpu.run();
    expect(() => it.vcpu.run()).toThrowError(expect.objectContaining({ code: 'VCPU_PENDING_EXIT' }));
    expect(() => it.vcpu.completeMmioRead(1n)).toThrowError(expect.objectContaining({ code: 'VCPU_NO_PENDING_EXIT' }));
    expect(() => it.vcpu.save()).toThrowError(expect.objectContaining({ code: 'VCPU_PENDING_EXIT' }));
    it.vcpu.advancePc(4);
    expect(it.vcpu.run({ budget: 1 }).kind).not.toBe('sbi-call');
  });

  it.each([
    ['lb t0, 1(s0)', 1, 0x80n, 0xffff_ffff_ffff_ff80n],
    ['lbu t0, 1(s0)', 1, 0x180n, 0x80n],
    ['lh t0, 2(s0)', 2, 0x8000n, 0xffff_ffff_ffff_8000n],
    ['lhu t0, 2(s0)', 2, 0x8000n, 0x8000n],
    ['lw t0, 4(s0)', 4, 0x8000_0000n, 0xffff_ffff_8000_0000n],
    ['lwu t0, 4(s0)', 4, 0x8000_0000n, 0x8000_0000n],
    ['ld t0, 8(s0)', 8, 0x8000_0000_0000_0001n, 0x8000_0000_0000_0001n],
    ['c.lw a2, 4(s0)\nmv t0, a2', 4, 0x8000_0000n, 0xffff_ffff_8000_0000n],
    ['c.ld a2, 8(s0)\nmv t0, a2', 8, 5n, 5n],
    ['lw zero, 4(s0)\nmv t0, zero', 4, 5n, 0n],
  ])('load_%s_completesWithItsWidthAndExtension', (instruction, width, raw, expected) => {
    using it = guest(`li s0, 0x10000000\n${instruction}\nwfi`, composition);
    const exit = it.vcpu.run({ budget: 100 });
    const offset = /(\d+)\(s0\)/.exec(instruction)![1]!;
    expect(exit).toMatchObject({ kind: 'guest-page-fault', access: 'load', implicit: false });
    expect(exit).toMatchObject({ gpa: 0x1000_0000n + BigInt(offset), gva: 0x1000_0000n + BigInt(offset) });
    expect(it.vcpu.mmioAccess()).toMatchObject({ kind: 'load', width });
    it.vcpu.completeMmioRead(raw);
    expect(it.vcpu.run({ budget: 100 })).toEqual({ kind: 'wfi' });
    expect(it.vcpu.read('t0')).toBe(expected);
  });

  it.each([
    ['sb t0, 0(s0)', 1, 0xf8n],
    ['sh t0, 0(s0)', 2, 0xf6f8n],
    ['sw t0, 0(s0)', 4, 0xf4f5_f6f8n],
    ['sd t0, 0(s0)', 8, 0x7f1_f2f3_f4f5_f6f8n],
    ['mv a2, t0\nc.sw a2, 0(s0)', 4, 0xf4f5_f6f8n],
    ['mv a2, t0\nc.sd a2, 0(s0)', 8, 0x7f1_f2f3_f4f5_f6f8n],
  ])('store_%s_offersItsValue', (instruction, width, value) => {
    using it = guest(`li s0, 0x10000000\nli t0, 0x7f1f2f3f4f5f6f8\n${instruction}\nwfi`, composition);
    expect(it.vcpu.run({ budget: 100 })).toMatchObject({ kind: 'guest-page-fault', access: 'store' });
    const access = it.vcpu.mmioAccess()!;
    expect(access).toMatchObject({ kind: 'store', width });
    expect(it.vcpu.mmioValue(access)).toBe(value);
    it.vcpu.completeMmioWrite();
    expect(it.vcpu.run({ budget: 100 })).toEqual({ kind: 'wfi' });
  });

  it('floatLoad_fromMmio_isNanBoxedAndDirtiesTheUnit', () => {
    const status = 'li t1, 0x2000\ncsrs sstatus, t1\n';
    using it = guest(`${status}li s0, 0x10000000\nflw fa0, 0(s0)\nfsd fa0, 8(s0)\nwfi`, composition);
    it.vcpu.run({ budget: 100 });
    it.vcpu.completeMmioRead(0x3f80_0000n);
    expect(it.vcpu.read('fa0')).toBe(0xffff_ffff_3f80_0000n);
    it.vcpu.run({ budget: 100 });
    expect(it.vcpu.mmioValue(it.vcpu.mmioAccess()!)).toBe(0xffff_ffff_3f80_0000n);
    it.vcpu.completeMmioWrite();
    expect(it.vcpu.read(virtual ? 'vsstatus' : 'sstatus') & 0x6000n).toBe(0x6000n);
  });

  it.each(['amoadd.w t0, t1, (s0)', 'lr.w t0, (s0)', 'sc.d t0, t1, (s0)'])(
    'atomic_%s_isNoMmioAccess',
    (instruction) => {
      using it = guest(
        `li s0, 0x10000000\nlr.w t0, (sp)\n${instruction}\nwfi`.replace('lr.w t0, (sp)\n', ''),
        composition,
      );
      const exit = it.vcpu.run({ budget: 100 });
      if (exit.kind === 'wfi') return; // SC without a reservation may fail before it looks at the address
      expect(exit.kind).toBe('guest-page-fault');
      expect(it.vcpu.mmioAccess()).toBeUndefined();
    },
  );

  it('fetch_outsideOfMemory_isAFetchFault_andCanBeRetriedOnceThePageIsThere', () => {
    using it = guest('li t0, 0x90000000\njr t0', composition);
    expect(it.vcpu.run({ budget: 100 })).toMatchObject({ access: 'fetch', gpa: 0x9000_0000n, gva: 0x9000_0000n });
    expect(it.vcpu.mmioAccess()).toBeUndefined();
    const page = host.allocPages(1);
    host.memory.write(page, assemble('li a0, 7\nwfi', { base: 0x9000_0000n }).bytes);
    it.npt.map(0x9000_0000n, page, 4096, 'rx');
    it.vcpu.retry();
    expect(it.vcpu.run({ budget: 100 })).toEqual({ kind: 'wfi' });
    expect(it.vcpu.read('a0')).toBe(7n);
    it.npt.unmap(0x9000_0000n, 4096);
    host.deallocPages(page, 1);
  });

  it('injectException_entersTheGuestsHandlerWithCauseAndTval', () => {
    using it = guest(
      'la t0, handler\ncsrw stvec, t0\nli s0, 0x10000000\nfault: lw t1, 0(s0)\nnop\n.align 2\nhandler: csrr a0, scause\ncsrr a1, stval\ncsrr a2, sepc\nwfi',
      composition,
    );
    it.vcpu.run({ budget: 100 });
    it.vcpu.injectException(Cause.LoadAccessFault, 0x1000_0000n);
    expect(it.vcpu.run({ budget: 100 })).toEqual({ kind: 'wfi' });
    const state = [it.vcpu.read('a0'), it.vcpu.read('a1'), it.vcpu.read('a2')];
    expect(state).toEqual([5n, 0x1000_0000n, it.symbols.get('fault')]);
  });

  it.each([1, 5, 9])('injectInterrupt_%i_isTakenByTheGuestUnderThatNumber', (number) => {
    if (number === 5 && composition === 'firmware') return; // STIP belongs to stimecmp there
    using it = guest(
      `la t0, handler\ncsrw stvec, t0\nli t0, ${1 << number}\ncsrw sie, t0\ncsrsi sstatus, 2\nspin: j spin\n.align 2\nhandler: csrr a0, scause\nhere: j here`,
      composition,
    );
    expect(it.vcpu.run({ budget: 1000 })).toEqual({ kind: 'budget' });
    it.vcpu.injectInterrupt(number);
    it.vcpu.run({ budget: 1000 });
    expect(it.vcpu.read('a0')).toBe((1n << 63n) | BigInt(number));
    it.vcpu.clearInterrupt(number);
    expect(it.vcpu.read('sip') & (1n << BigInt(number))).toBe(0n);
  });

  it('budget_isExact', () => {
    using it = guest('spin: addi t0, t0, 1\nj spin', composition);
    expect(it.vcpu.run({ budget: 1000 })).toEqual({ kind: 'budget' });
    expect(it.vcpu.retired).toBe(1000n);
    expect(it.vcpu.read('t0')).toBe(500n);
    expect(() => it.vcpu.run({ budget: 0 })).toThrowError(expect.objectContaining({ code: 'INVALID_ARGUMENT' }));
  });

  it('kick_beforeARun_endsItAtOnce', () => {
    using it = guest('spin: j spin', composition);
    it.vcpu.kick();
    expect(it.vcpu.run()).toEqual({ kind: 'kicked' });
    expect(it.vcpu.run({ budget: 10 })).toEqual({ kind: 'budget' });
  });

  it('saveAndRestore_intoAnotherVcpu_goesOnWhereItWas', () => {
    const source =
      'li t0, 5\ncsrw sscratch, t0\nli t1, 0x6000\ncsrs sstatus, t1\nfcvt.d.w fa1, t0\nspin: addi s1, s1, 1\nj spin';
    using one = guest(source, composition);
    using two = guest(source, composition);
    one.vcpu.run({ budget: 500 });
    const saved = structuredClone(one.vcpu.save());
    two.vcpu.restore(saved);
    expect(two.vcpu.save()).toEqual(saved);
    for (const { vcpu } of [one, two]) vcpu.run({ budget: 333 });
    expect(two.vcpu.save()).toEqual(one.vcpu.save());
    expect(() => two.vcpu.restore({ ...saved, version: 99 })).toThrowError(
      expect.objectContaining({ code: 'VCPU_STATE_MISMATCH' }),
    );
  });

  it('everyRegister_writtenByName_isReadBack', () => {
    using it = guest('wfi', composition);
    it.vcpu.write('s11', 0xdead_beef_0000_0001n);
    it.vcpu.write('ft11', 3n);
    it.vcpu.write('zero', 3n);
    it.vcpu.write('sscratch', 4n);
    it.vcpu.write('pc', BASE + 8n);
    const names = ['s11', 'ft11', 'zero', 'sscratch', 'pc'] as const;
    expect(names.map((name) => it.vcpu.read(name))).toEqual([0xdead_beef_0000_0001n, 3n, 0n, 4n, BASE + 8n]);
  });
});

describe('exits of a nested guest', () => {
  it.each(['csrr t0, hstatus', 'hfence.gvma', 'hlv.w t0, (sp)', 'csrw hgatp, zero'])(
    'instruction_%s_isAVirtualInstruction',
    (instruction) => {
      using it = guest(`nop\n${instruction}`);
      const exit = it.vcpu.run({ budget: 10 });
      const { bytes } = assemble(instruction, { base: 0n });
      const word = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0, true);
      expect(exit).toMatchObject({ kind: 'virtual-instruction', instruction: word, privilege: 1, virtual: true });
      it.vcpu.skip();
      expect(it.vcpu.read('pc')).toBe(BASE + 8n);
    },
  );

  it('storeToAReadOnlyPage_isAFault_andWritesOnceProtectIsLifted', () => {
    using it = guest('li s0, 0x80001000\nli t0, 9\nsd t0, 0(s0)\nld a0, 0(s0)\nwfi');
    it.npt.protect(0x8000_1000n, 4096, 'r');
    expect(it.vcpu.run({ budget: 10 })).toMatchObject({ access: 'store', gpa: 0x8000_1000n, mapped: 'r' });
    it.npt.protect(0x8000_1000n, 4096, 'rw');
    it.vcpu.retry();
    expect(it.vcpu.run({ budget: 10 })).toEqual({ kind: 'wfi' });
    expect(it.vcpu.read('a0')).toBe(9n);
  });

  it('pageTableOutsideOfMemory_isAnImplicitFault', () => {
    using it = guest('li t0, 0x8000000000040000\ncsrw satp, t0\nsfence.vma\nnop');
    const exit = it.vcpu.run({ budget: 10 });
    expect(exit).toMatchObject({ kind: 'guest-page-fault', access: 'fetch', implicit: true });
    expect(exit.kind === 'guest-page-fault' && exit.gpa >> 12n).toBe(0x40000n);
  });

  it('run_withoutANestedPageTable_isATypedError', () => {
    const perCpu = host.perCpu(0);
    const vcpu = perCpu.createVcpu(3, BASE);
    expect(() => vcpu.run()).toThrowError(expect.objectContaining({ code: 'VCPU_NO_PAGE_TABLE' }));
    perCpu.removeVcpu(vcpu);
  });
});

describe('Host', () => {
  it('hasHypervisorExtension_onTheseHarts_isTrue', () => {
    expect(host.hasHypervisorExtension()).toBe(true);
  });

  it('everythingGivenBack_leavesNothingAllocated', () => {
    const { free, total } = host.pages;
    expect(free).toBe(total);
  });
});
