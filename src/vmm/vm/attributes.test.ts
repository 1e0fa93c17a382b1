// Physical memory attributes of a whole machine: what becomes of an access where nothing is, and of one that a device cannot serve.
// Priv. ISA, "Physical Memory Attributes".
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { virtMachine } from '../../boot/index.js';
import { assemble } from '../../isa/index.js';
import { webPlatform } from '../../platform/browser/index.js';
import { Host } from '../host.js';

const BASE = 0x8000_0000n;

/**
 * Makes one access after another, each to the address in s1, and prints for each that trapped the letter of its cause (a is 0) and `=` if
 * tval was that address, `!` if not, or `-` if nothing happened.
 */
function program(setup: string, tries: readonly string[]): string {
  const one = (access: string, n: number) => `
    la s3, done${n}
    li s4, 45
    ${access}
  done${n}:
    sb s4, 0(s0)
    li t0, 45
    beq s4, t0, next${n}
    sb s5, 0(s0)
  next${n}:`;
  return `
    .equ UART, 0x10000000
    .equ NOTHING, 0x50000000
    la t0, handler
    csrw mtvec, t0
    li s0, UART
    ${setup}
    ${tries.map(one).join('\n')}
    li t0, 0x100000
    li t1, 0x5555
    sw t1, 0(t0)
  stop: j stop
    .align 2
  handler:
    csrr s4, mcause
    addi s4, s4, 97
    li s5, 61
    csrr t0, mtval
    beq t0, s1, same
    li s5, 33
  same:
    csrw mepc, s3
    li t0, 0x20000
    csrc mstatus, t0
    li t0, 0x1800
    csrs mstatus, t0
    mret
    .align 3
  data: .dword 0
  `;
}

describe('physical memory attributes', () => {
  let host: Host;
  beforeAll(async () => {
    host = await Host.create({ platform: webPlatform() });
  });
  afterAll(() => expect(host.pages.free).toBe(host.pages.total));

  async function printed(setup: string, tries: readonly string[]): Promise<string> {
    const machine = virtMachine({ mode: 'bare', harts: 1, memory: { base: BASE, size: 8n << 20n } });
    const { bytes } = assemble(program(setup, tries), { base: BASE });
    const boot = { segments: [{ what: 'guest', gpa: BASE, bytes }], entry: BASE, dtbAddress: 0x8020_0000n };
    await using vm = await host.createVm({ machine, boot, threads: false });
    let text = '';
    vm.on('output', (chunk) => {
      text += new TextDecoder().decode(chunk);
    });
    expect(await vm.run()).toEqual({ kind: 'power-off' });
    return text;
  }

  it.each([
    ['nothing', 'li s1, NOTHING', 'b=f=h=f=h=h='],
    ['a device of the monitor', 'li s1, 0x10000000', 'b=--f=h=h='],
    ['a device of the engine', 'li s1, 0xc000000', 'b=--f=h=h='],
    ['RAM', 'la s1, data', '------'],
  ])('%s_fetchLoadStoreAndAtomics_areRefusedWhereTheyMustBe', async (what, setup, expected) => {
    const fetch = what === 'RAM' ? 'nop' : 'jr s1';
    const load = what === 'RAM' ? 'ld t1, 0(s1)' : 'lbu t1, 0(s1)';
    const store = what === 'a device of the monitor' ? 'sb zero, 3(s1)' : 'sb zero, 0(s1)';
    const tries = [fetch, load, store, 'lr.w t1, (s1)', 'sc.w t1, t1, (s1)', 'amoadd.w t1, t1, (s1)'];
    expect(await printed(setup, tries)).toBe(expected);
  });

  it('deviceRegisters_misalignedOrHalfOutside_refuse', async () => {
    expect(await printed('li s1, 0x10000001', ['lhu t1, 0(s1)', 'sh t1, 0(s1)'])).toBe('f=h=');
    expect(await printed('li s1, 0x807ffffd', ['lw t1, 0(s1)', 'sw t1, 0(s1)'])).toBe('f!h!'); // its second half, past the end of RAM
  });

  it('pageTables_inADeviceOrNowhere_refuseTheAccessThatNeedsThem', async () => {
    const paged = (root: string) => `
      li t0, 0x3fffffffffffff
      csrw pmpaddr0, t0
      li t0, 0x1f
      csrw pmpcfg0, t0
      li t0, 8 << 60
      li t1, ${root} >> 12
      or t0, t0, t1
      csrw satp, t0
      la s1, data`;
    // Loads and stores as S-mode makes them, from M-mode.
    const asSupervisor = (access: string) =>
      `li t2, 0x1800\ncsrc mstatus, t2\nli t2, 0x20800\ncsrs mstatus, t2\n${access}\nli t2, 0x20000\ncsrc mstatus, t2`;
    for (const root of ['0x10000000', '0x50000000', '0xc000000']) {
      const tries = [
        asSupervisor('ld t1, 0(s1)'),
        asSupervisor('sd t1, 0(s1)'),
        asSupervisor('amoswap.d t1, t1, (s1)'),
      ];
      expect([root, await printed(paged(root), tries)]).toEqual([root, 'f=h=h=']);
    }
  });

  it.each(['hypervisor', 'firmware'] as const)('supervisor of a %s machine_findsTheSame', async (mode) => {
    const one = (access: string, n: number) => `
      la s3, after${n}
      li s4, 45
      ${access}
    after${n}: sb s4, 0(s0)`;
    const accesses = (at: number, first: string) => [
      `li s1, ${at}\n${first}`,
      `li s1, ${at}\njr s1`,
      'lr.w t1, (s1)',
      'sc.w t1, t1, (s1)',
      'amoadd.w t1, t1, (s1)',
    ];
    const nothing = accesses(0x5000_0000, 'lbu t1, 0(s1)');
    const uart = accesses(0x1000_0000, 'lbu t1, 5(s1)');
    const plic = accesses(0xc00_0000, 'lwu t1, 4(s1)');
    const source = `
      la t0, handler
      csrw stvec, t0
      li s0, 0x10000000
      ${[...nothing, ...uart, ...plic].map(one).join('\n')}
      li t0, 0x100000
      li t1, 0x5555
      sw t1, 0(t0)
    stop: j stop
      .align 2
    handler:
      csrr s4, scause
      addi s4, s4, 97
      csrw sepc, s3
      sret`;
    const machine = virtMachine({ mode, memory: { base: BASE, size: 8n << 20n } });
    const { bytes } = assemble(source, { base: BASE });
    const boot = { segments: [{ what: 'guest', gpa: BASE, bytes }], entry: BASE, dtbAddress: 0x8020_0000n };
    await using vm = await host.createVm({ machine, boot, threads: false });
    let text = '';
    vm.on('output', (chunk) => {
      text += new TextDecoder().decode(chunk);
    });
    expect(await vm.run()).toEqual({ kind: 'power-off' });
    expect(text.match(/.{5}/g)).toEqual(['fbfhh', '-bfhh', '-bfhh']);
  });
});
