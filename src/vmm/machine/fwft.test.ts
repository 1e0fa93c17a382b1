// SBI FWFT and SSE through whole machines: a small guest switches what its harts can do, and sees that they do it.
// SBI specification, "Firmware Features Extension", "Supervisor Software Events Extension".
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { virtMachine } from '../../boot/index.js';
import { assemble } from '../../isa/index.js';
import { webPlatform } from '../../platform/browser/index.js';
import { Host } from '../host.js';

const BASE = 0x8000_0000n;
const [MISALIGNED, LANDING_PAD, SHADOW_STACK, DOUBLE_TRAP, AD_UPDATING, POINTER_MASKING] = [0, 1, 2, 3, 4, 5];

/** FWFT set or get; the answer's two words are printed as letters, a for 0 and _ for -1: error, value. */
const show = (register: string) => `addi t0, ${register}, 97\nsb t0, 0(s0)\n`;
const sbi = (eid: number, fid: number, args: readonly (number | string)[]) =>
  `${args.map((value, n) => (typeof value === 'string' ? `la a${n}, ${value}` : `li a${n}, ${value}`)).join('\n')}
  li a7, ${eid}
  li a6, ${fid}
  ecall
`;
const set = (feature: number, value: number, flags = 0) => sbi(0x46574654, 0, [feature, value, flags]) + show('a0');
const get = (feature: number) => sbi(0x46574654, 1, [feature]) + show('a0') + show('a1');
const sse = (fid: number, ...args: (number | string)[]) => sbi(0x535345, fid, args) + show('a0');
const say = (letter: string) => `li t0, ${letter.charCodeAt(0)}\nsb t0, 0(s0)\n`;

let label = 0;
/** Runs instructions; prints a dot, or the letter of the cause of a trap and the digit of its tval if that is one. */
function attempt(source: string): string {
  const done = `done${label++}`;
  return `la s3, ${done}\nli s4, 46\n${source}\n${done}: sb s4, 0(s0)\n`;
}

function program(body: string, data = ''): string {
  return `
    la t0, handler
    csrw stvec, t0
    li s0, 0x10000000
    la s1, data
    ${body}
    li t0, 0x100000
    li t1, 0x5555
    sw t1, 0(t0)
  stop: j stop
    .align 2
  handler:
    csrr s4, scause
    addi s4, s4, 97
    csrw sepc, s3
    li t0, 0x1800100
    csrc sstatus, t0
    li t0, 0x100
    csrs sstatus, t0
    sret
    ${data}
    .align 6
  data: .dword 0x1122334455667788, 0, 0, 0, 0, 0, 0, 0`;
}

describe.each(['hypervisor', 'firmware'] as const)('in %s mode', (mode) => {
  let host: Host;
  beforeAll(async () => {
    host = await Host.create({ platform: webPlatform(), jit: 'always' });
  });
  afterAll(() => expect(host.pages.free).toBe(host.pages.total));

  async function printed(source: string, cpu = 'max', end: object = { kind: 'power-off' }): Promise<string> {
    const machine = virtMachine({ mode, cpu, memory: { base: BASE, size: 8n << 20n } });
    const { bytes } = assemble(source, { base: BASE });
    const boot = { segments: [{ what: 'guest', gpa: BASE, bytes }], entry: BASE, dtbAddress: 0x8020_0000n };
    await using vm = await host.createVm({ machine, boot, threads: false });
    let text = '';
    vm.on('output', (chunk) => {
      text += new TextDecoder().decode(chunk);
    });
    expect(await vm.run()).toEqual(end);
    return text;
  }

  it("every feature_at first_is off, but misaligned accesses are the supervisor's", async () => {
    const all = [MISALIGNED, LANDING_PAD, SHADOW_STACK, DOUBLE_TRAP, AD_UPDATING, POINTER_MASKING];
    expect(await printed(program(all.map(get).join('')))).toBe('abaaaaaaaaaa');
  });

  it('features of a hart without them_asked for_are not supported', async () => {
    const all = [LANDING_PAD, SHADOW_STACK, DOUBLE_TRAP, AD_UPDATING, POINTER_MASKING];
    const source = all.map((feature) => set(feature, 1)).join('');
    expect(await printed(program(source), 'rv64gc')).toBe('_____'); // -2
  });

  it('landing pads_switched on_are asked for', async () => {
    const jumps = (target: string) => attempt(`la t1, ${target}\njr t1`);
    const source = `
      ${jumps('plain')}
      ${set(LANDING_PAD, 1)} ${get(LANDING_PAD)}
      ${jumps('plain')} csrr t0, stval\n addi t0, t0, 48\n sb t0, 0(s0)
      ${jumps('pad')}
      ${set(LANDING_PAD, 0)}
      ${jumps('plain')}`;
    const targets =
      '.align 2\nplain: jal zero, back\n.align 2\npad: lpad 0\nback: sb s4, 1(s1)\nli t0, 1\naddi t2, s3, 0\njr t2';
    expect(await printed(program(source, targets))).toBe('.aabs2.a.');
  });

  it('shadow stack_switched on_is there for the supervisor', async () => {
    const source = `
      ${attempt('csrr t1, ssp')}
      ${set(SHADOW_STACK, 1)} ${get(SHADOW_STACK)}
      ${attempt('csrw ssp, s1\ncsrr t1, ssp')}
      ${attempt('sspush ra')}
      ${set(SHADOW_STACK, 0)}
      ${attempt('csrr t1, ssp')}
      ${attempt('sspush ra')}`;
    // Without page tables nothing is a shadow stack: an access fault.
    expect(await printed(program(source))).toBe('caab.hac.');
  });

  it('A and D_switched to the hart_are set by it', async () => {
    // One gigapage at 0x80000000 with A and D clear, and the same with A and D set at 0 for code and devices.
    const paging = `
      la t1, root
      li t2, 0xcf
      sd t2, 0(t1)
      li t2, (0x80000000 >> 2) | 0xcf
      sd t2, 16(t1)
      li t2, (0x80000000 >> 2) | 0x0f
      sd t2, 24(t1)
      srli t2, t1, 12
      li t3, 8 << 60
      or t2, t2, t3
      csrw satp, t2
      sfence.vma
      li t4, 0x40000000
      add t4, t4, s1`;
    const bits = `la t1, root\nlbu t2, 24(t1)\nsrli t2, t2, 6\n${show('t2')}`;
    const source = `
      ${paging}
      ${attempt('ld t1, 0(t4)')}
      ${attempt('sd t1, 8(t4)')}
      ${set(AD_UPDATING, 1)} ${get(AD_UPDATING)}
      ${attempt('ld t1, 0(t4)')} ${bits}
      ${attempt('sd t1, 8(t4)')} ${bits}
      ${set(AD_UPDATING, 0)}
      li t2, (0x80000000 >> 2) | 0x0f
      la t1, root
      sd t2, 24(t1)
      sfence.vma
      ${attempt('ld t1, 0(t4)')}`;
    expect(await printed(program(source, '.align 12\nroot: .zero 4096'))).toBe('npaab.b.dan');
  });

  it('svadu without svade_from the start_has the hart set A and D', async () => {
    expect(await printed(program(get(AD_UPDATING)), 'rv64gc_svadu')).toBe('ab');
    expect(await printed(program(get(AD_UPDATING)), 'rv64gc_svadu_svade')).toBe('aa');
  });

  it('pointer masking_with either length_takes addresses without their upper bits', async () => {
    const tagged = (bits: number) =>
      `li t4, 0x5a5a << 48\nsrli t4, t4, ${64 - bits}\nslli t4, t4, ${64 - bits}\nadd t4, t4, s1`;
    const load = (bits: number) => attempt(`${tagged(bits)}\nld t1, 0(t4)`);
    const source = `
      ${load(7)}
      ${set(POINTER_MASKING, 7)} ${get(POINTER_MASKING)} ${load(7)} ${load(16)}
      ${set(POINTER_MASKING, 16)} ${load(7)} ${load(16)}
      ${set(POINTER_MASKING, 5)}
      ${set(POINTER_MASKING, 0, 1)} ${load(7)}
      ${set(POINTER_MASKING, 7)}`;
    // ^ is -3, an invalid parameter; S is -14, denied because it is locked.
    expect(await printed(program(source))).toBe('faah.fa..^afS');
  });

  it('software event_injected_runs its handler, which comes back', async () => {
    const EVENT = 0xffff0000;
    const source = `
      ${sse(2, EVENT, 'event', 5)} ${sse(4, EVENT)} ${sse(8)}
      li s5, 0
      ${sse(7, EVENT, 0)}
      addi t0, s5, 97\nsb t0, 0(s0)
      ${sse(9)} ${sse(7, EVENT, 0)}
      addi t0, s5, 97\nsb t0, 0(s0)
      ${sse(8)}
      addi t0, s5, 97\nsb t0, 0(s0)`;
    const handler = `
      .align 2
      event: add s5, s5, a7
      add s5, s5, a6
      ${say('E')}
      li a7, 0x535345
      li a6, 6
      ecall`;
    expect(await printed(program(source, handler))).toBe('aaaEafaafEak');
  });

  it('double trap_switched on_is told to the supervisor by an event', async () => {
    const source = `
      ${set(DOUBLE_TRAP, 1)} ${get(DOUBLE_TRAP)}
      ${sse(2, 1, 'event', 0)} ${sse(4, 1)} ${sse(8)}
      li t0, 1 << 24
      csrc sstatus, t0
      ${attempt('csrr t1, mstatus')}
      la t0, nested
      csrw stvec, t0
      csrr t1, mstatus`;
    const handlers = `
      .align 2
      nested: ${say('N')}
      csrr t1, mstatus
      ${say('!')}
      j stop
      .align 2
      event: ${say('D')}
      li t0, 0x100000
      li t1, 0x5555
      sw t1, 0(t0)`;
    expect(await printed(program(source, handlers))).toBe('aabaaacND');
  });

  it('double trap_nobody listens_ends the guest', async () => {
    const source = `
      ${set(DOUBLE_TRAP, 1)}
      li t0, 1 << 24
      csrs sstatus, t0
      csrr t1, mstatus`;
    const end = { kind: 'guest-dead', reason: expect.stringContaining('supervisor could take none') };
    expect(await printed(program(source), 'max', end)).toBe('a');
  });
});
