// Machines whose harts have not everything: what is off traps, the monitor works without it, and every guest has its own.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { virtMachine } from '../../boot/index.js';
import type { HypercraftError } from '../../isa/error.js';
import { assemble } from '../../isa/index.js';
import { webPlatform } from '../../platform/browser/index.js';
import { Host } from '../host.js';
import { openSnapshot } from '../snapshot/snapshot.js';
import { Vm, type VmConfig } from '../vm/vm.js';

const BASE = 0x8000_0000n;
type Mode = 'hypervisor' | 'firmware' | 'bare';

/** Tries one instruction after another and prints a dot for each that went through, else the letter of its cause (a is 0). */
function tries(mode: Mode, instructions: readonly string[]): string {
  const [tvec, cause, epc] = mode === 'bare' ? ['mtvec', 'mcause', 'mepc'] : ['stvec', 'scause', 'sepc'];
  const ret = mode === 'bare' ? 'mret' : 'sret';
  const one = (instruction: string, n: number) => `
    la s3, next${n}
    li s4, 46
    ${instruction}
  next${n}: sb s4, 0(s0)`;
  return `
    la t0, handler
    csrw ${tvec}, t0
    li s0, 0x10000000
    la s1, data
    ${mode === 'bare' ? 'li t0, 0x6000\ncsrs mstatus, t0' : 'li t0, 0x6000\ncsrs sstatus, t0'}
    ${instructions.map(one).join('\n')}
    j finish
    .align 2
  handler:
    csrr s4, ${cause}
    addi s4, s4, 97
    csrw ${epc}, s3
    ${ret}
  finish: li t0, 0x100000
    li t1, 0x5555
    sw t1, 0(t0)
  stop: j stop
    .align 6
  data: .dword 0, 0, 0, 0, 0, 0, 0, 0`;
}

describe('harts as they were chosen', () => {
  let host: Host;
  beforeAll(async () => {
    host = await Host.create({ platform: webPlatform(), jit: 'always' });
  });
  afterAll(() => expect(host.pages.free).toBe(host.pages.total));

  function guest(mode: Mode, cpu: string, source: string, more: Partial<VmConfig> = {}): VmConfig {
    const machine = virtMachine({ mode, cpu, memory: { base: BASE, size: 8n << 20n } });
    const { bytes } = assemble(source, { base: BASE });
    const boot = { segments: [{ what: 'guest', gpa: BASE, bytes }], entry: BASE, dtbAddress: 0x8020_0000n };
    return { machine, boot, threads: false, ...more };
  }

  async function printed(config: VmConfig): Promise<string> {
    await using vm = await host.createVm(config);
    let text = '';
    vm.on('output', (chunk) => {
      text += new TextDecoder().decode(chunk);
    });
    expect(await vm.run()).toEqual({ kind: 'power-off' });
    return text;
  }

  const SOME = [
    'add t0, t0, t0',
    'mul t0, t0, t0',
    'amoadd.w t0, t0, (s1)',
    'fadd.s fa0, fa0, fa0',
    'fadd.d fa0, fa0, fa0',
  ];
  const MORE = [
    'c.nop; c.nop',
    'sh1add t0, t0, t0',
    'clmul t0, t0, t0',
    'czero.eqz t0, t0, t0',
    'cbo.zero (s1)',
    'fence.i',
  ];
  const READS = ['rdtime t0', 'csrr t0, hpmcounter3', 'csrr t0, stimecmp', 'csrrw t0, seed, zero', 'fcvt.h.s fa0, fa0'];
  const ALL = [...SOME, ...MORE, ...READS];

  it.each([
    ['bare', 'max'],
    ['bare', 'rv64imac'],
    ['bare', 'rv64gc'],
    ['firmware', 'rv64gc'],
    ['firmware', 'rva22s64'],
    ['firmware', 'max'],
    ['hypervisor', 'max'],
    ['hypervisor', 'rv64i2p1ma'],
  ] as [Mode, string][])('%s machine of %s_instructions it lacks_are illegal', async (mode, cpu) => {
    const text = await printed(guest(mode, cpu, tries(mode, ALL)));
    expect(Object.fromEntries(ALL.map((name, n) => [name, text[n]]))).toEqual(expectedOf(mode, cpu));
  });

  /** What the names say: a dot, or c for cause 2. */
  function expectedOf(mode: Mode, cpu: string): Record<string, string> {
    const needs = ['i', 'm', 'a', 'f', 'd', 'c', 'zba', 'zbc', 'zicond', 'zicboz', 'zifencei'];
    const has = virtMachine({ mode, cpu, memory: { base: BASE, size: 8n << 20n } }).extensions;
    const reads = ['zicntr', 'zihpm', 'sstc', 'zkr', 'zfhmin'];
    return Object.fromEntries(ALL.map((name, n) => [name, has.includes([...needs, ...reads][n]!) ? '.' : 'c']));
  }

  it('misa_of a bare machine_shows the letters and no others', async () => {
    const shown = await printed(
      guest(
        'bare',
        'rv64imac',
        `
        csrr t0, misa
        li t1, 0x8000000000141105
        sub t0, t0, t1
        seqz t0, t0
        addi t0, t0, 48
        li s0, 0x10000000
        sb t0, 0(s0)
        ${tries('bare', [])}`,
      ),
    );
    expect(shown).toBe('1');
  });

  it('satp_of rva20s64_takes Sv39 only', async () => {
    const source = (format: number) => `
      li t0, ${format} << 60
      csrw satp, t0
      csrr t1, satp
      csrw satp, zero
      srli t1, t1, 60
      addi t1, t1, 97
      li s0, 0x10000000
      sb t1, 0(s0)
      ${tries('bare', [])}`;
    for (const [cpu, expected] of [
      ['rva20s64', 'iaa'],
      ['rva20s64_sv48', 'ija'],
      ['max', 'ijk'],
    ] as const) {
      let text = '';
      for (const format of [8, 9, 10]) text += await printed(guest('bare', cpu, source(format)));
      expect([cpu, text]).toEqual([cpu, expected]);
    }
  });

  it.each(['hypervisor', 'firmware'] as const)(
    'SBI timer of a %s guest without Sstc_fires all the same',
    async (mode) => {
      const source = `
      la t0, handler
      csrw stvec, t0
      li t0, 32
      csrs sie, t0
      li a7, 0x54494d45
      li a6, 0
      rdtime a0
      addi a0, a0, 2000
      ecall
      csrsi sstatus, 2
    wait: wfi
      j wait
      .align 2
    handler:
      csrr s4, scause
      slli s4, s4, 1
      srli s4, s4, 1
      addi s4, s4, 97
      li s0, 0x10000000
      sb s4, 0(s0)
      j finish
      ${tries(mode, []).slice(tries(mode, []).indexOf('finish:'))}`;
      expect(await printed(guest(mode, 'rv64gc', source))).toBe('f');
      expect(await printed(guest(mode, 'max', source))).toBe('f');
    },
  );

  it('two guests of one host_with other extensions each_have their own', async () => {
    const program = `li s5, 300\nagain: sh1add t0, t0, t0\naddi s5, s5, -1\nbnez s5, again\nli s4, 46\nli s0, 0x10000000\nsb s4, 0(s0)`;
    const source = `la t0, handler\ncsrw stvec, t0\nla s3, finish\n${program}\n${tries('hypervisor', [])}`;
    const [with_, without] = await Promise.all([
      printed(guest('hypervisor', 'rv64gc_zba', source)),
      printed(guest('hypervisor', 'rv64gc', source)),
    ]);
    expect([with_, without]).toEqual(['.', '']);
  });

  it('snapshot_of a chosen hart_goes on with the same', async () => {
    const source = tries('firmware', ['mul t0, t0, t0', 'sh1add t0, t0, t0', 'csrr t0, stimecmp']);
    await using vm = await host.createVm(guest('firmware', 'rv64gc', source));
    const bytes = await vm.snapshot();
    expect(openSnapshot(bytes).description.machine).toMatchObject({ cpu: 'rv64gc', mmu: 'riscv,sv57' });
    await using again = await Vm.restore(host, host.platform, bytes, { threads: false });
    let text = '';
    again.on('output', (chunk) => {
      text += new TextDecoder().decode(chunk);
    });
    await again.run();
    expect(text).toBe('.cc');
  });

  it('cpu of the configuration_given_is in place of what the machine says', async () => {
    const config = guest('firmware', 'max', tries('firmware', ['mul t0, t0, t0', 'sh1add t0, t0, t0']), {
      cpu: 'rv64gc',
    });
    expect(await printed(config)).toBe('.c');
    await expect(host.createVm({ ...config, cpu: 'rv64gc_zfoo' })).rejects.toThrowError(
      expect.objectContaining({ code: 'CPU_NAME' }) as HypercraftError,
    );
  });

  describe('entropy source', () => {
    // Four polls: prints how each went (seed.OPST) and 16 bits as letters.
    const poll = 'csrrw t1, seed, zero\nsrli t2, t1, 30\naddi t2, t2, 48\nsb t2, 0(s0)\n';
    const nibble = (at: number) => `srli t3, t1, ${at}\nandi t3, t3, 15\naddi t3, t3, 97\nsb t3, 0(s0)\n`;
    const polls = `li s0, 0x10000000\n${`${poll}${[0, 4, 8, 12].map(nibble).join('')}`.repeat(4)}`;
    const source = (mode: Mode) => `${polls}${tries(mode, [])}`;

    it.each(['hypervisor', 'firmware', 'bare'] as const)('of a %s machine_polled_gives 16 fresh bits', async (mode) => {
      const [first, second] = [
        await printed(guest(mode, 'max', source(mode))),
        await printed(guest(mode, 'max', source(mode))),
      ];
      expect(first).toMatch(/^(2[a-p]{4}){4}$/);
      expect(first).not.toBe(second);
    });

    it.each([
      ['max', 0x8010_0000n, 1n << 9n],
      ['rv64gc', 0x8010_0000n, 0n],
      ['max', 0n, 0n],
    ])(
      'of a bare %s with a2 = %i_after reset_is open to supervisors where firmware may not know it',
      async (cpu, a2, expected) => {
        const { boot, ...config } = guest('bare', cpu, source('bare'));
        await using vm = await host.createVm({ ...config, boot: { ...boot, a2 } });
        expect(vm.vcpus[0]!.read('mseccfg')).toBe(expected);
      },
    );

    it.each(['hypervisor', 'firmware'] as const)(
      'of a deterministic %s machine_polled_depends on the seed',
      async (mode) => {
        const of = (seed: bigint) => printed(guest(mode, 'max', source(mode), { deterministic: { seed } }));
        expect(await of(7n)).toBe(await of(7n));
        expect(await of(7n)).not.toBe(await of(8n));
      },
    );
  });
});
