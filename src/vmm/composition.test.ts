// What each composition leaves to the guest: exceptions its own kernel handles never reach the monitor.
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

let host: Host;
beforeAll(async () => {
  host = await Host.create({ platform: webPlatform(), clock: new ManualClock() });
});

function vcpuWith(source: string, composition: Composition): VCpu {
  const npt = new NestedPageTable(host);
  const ram = host.allocPages(4);
  npt.mapRegion(BASE, ram, 4 * 4096, 'rwx');
  host.memory.write(ram, assemble(source, { base: BASE }).bytes);
  return host.perCpu(0).createVcpu(0, BASE, { table: npt, composition });
}

/** Runs an instruction with a handler that leaves scause in a0 and sleeps. */
function causeOf(instructions: string, composition: Composition): bigint {
  const vcpu = vcpuWith(
    `la t0, handler\ncsrw stvec, t0\nli a0, -1\n${instructions}\nwfi\n.align 2\nhandler: csrr a0, scause\nwfi`,
    composition,
  );
  expect(vcpu.run({ budget: 200 })).toEqual({ kind: 'wfi' });
  return BigInt.asIntN(64, vcpu.read('a0'));
}

/** Sv39 with one gigapage for the program, executable and readable; everything else faults. */
const PAGING = `
  la t0, table
  li t1, 0x200000cb
  sd t1, 16(t0)
  srli t0, t0, 12
  li t1, 0x8000000000000000
  or t0, t0, t1
  csrw satp, t0
  sfence.vma
`;
const TABLE = '\n.align 12\ntable: .space 4096';

describe.each<Composition>(['hypervisor', 'firmware'])('guest under %s', (composition) => {
  it.each<[string, string, number]>([
    ['an illegal instruction', '.word 0', Cause.IllegalInstruction],
    ['a machine-level CSR', 'csrr t0, mstatus', Cause.IllegalInstruction],
    ['floating point while it is off', 'fadd.d fa0, fa0, fa0', Cause.IllegalInstruction],
    ['a breakpoint', 'ebreak', Cause.Breakpoint],
    ['an ecall from user mode', 'csrw sepc, t0\nla t0, user\ncsrw sepc, t0\nsret\nuser: ecall', Cause.EcallFromU],
    ['a misaligned atomic', 'li t0, 0x80000802\nlr.d t1, (t0)', Cause.LoadMisaligned],
  ])('%s_isTheGuestsOwn', (_, instructions, cause) => {
    expect(causeOf(instructions, composition)).toBe(BigInt(cause));
  });

  it.each<[string, string, number]>([
    ['load', 'ld t0, 0(zero)', Cause.LoadPageFault],
    ['store', 'sd t0, 0(zero)', Cause.StorePageFault],
    ['fetch', 'jr zero', Cause.InstructionPageFault],
  ])('pageFaultOfA %s_isTheGuestsOwn', (_, instruction, cause) => {
    const handler = '\nwfi\n.align 2\nhandler: csrr a0, scause\nwfi';
    const vcpu = vcpuWith(`la t0, handler\ncsrw stvec, t0\n${PAGING}${instruction}${handler}${TABLE}`, composition);
    expect(vcpu.run({ budget: 200 })).toEqual({ kind: 'wfi' });
    expect(vcpu.read('a0')).toBe(BigInt(cause));
  });

  it('countersAndTimer_areTheGuestsToRead', () => {
    const read = 'rdcycle t1\nrdtime t2\nrdinstret t3\nli t0, -1\ncsrw stimecmp, t0\ncsrr t4, stimecmp';
    expect(causeOf(read, composition)).toBe(-1n);
  });

  it('timer_beforeItIsSet_doesNotFire', () => {
    expect(vcpuWith('csrr a0, sip\nwfi', composition).run({ budget: 10 })).toEqual({ kind: 'wfi' });
  });
});

describe('guest under bare', () => {
  it('start_isInMachineMode_andEverythingIsItsOwn', () => {
    const vcpu = vcpuWith(
      'la t0, handler\ncsrw mtvec, t0\ncsrr s1, mhartid\n.word 0\nbad: j bad\n.align 2\nhandler: csrr a0, mcause\necall2: la t0, second\ncsrw mtvec, t0\necall\n.align 2\nsecond: csrr a1, mcause\nwfi',
      'bare',
    );
    expect(vcpu.privilege).toBe(3);
    expect(vcpu.run({ budget: 100 })).toEqual({ kind: 'wfi' });
    expect([vcpu.read('a0'), vcpu.read('a1')]).toEqual([BigInt(Cause.IllegalInstruction), BigInt(Cause.EcallFromM)]);
  });
});
