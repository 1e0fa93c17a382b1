// Traps that the monitor injects, against the same exception taken by the hart itself: every CSR must come out alike.
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

type Row = [Composition, privilege: number, virtual: boolean, delegated: boolean];

/** A vCPU at an instruction in some mode, with recognisable handlers and interrupts on. */
function at(instruction: string, [composition, privilege, virtual, delegated]: Row): VCpu {
  const npt = new NestedPageTable(host);
  const page = host.allocPages(1);
  npt.map(BASE, page, 4096, 'rwx');
  host.memory.write(page, assemble(instruction, { base: BASE }).bytes);
  const vcpu = host.perCpu(0).createVcpu(0, BASE, { table: npt, composition });
  const both = (1n << BigInt(Cause.IllegalInstruction)) | (1n << BigInt(Cause.Breakpoint));
  if (composition !== 'hypervisor') {
    vcpu.write('medeleg', composition === 'firmware' || delegated ? both : 0n);
    vcpu.write('hedeleg', delegated ? both : 0n);
  }
  for (const csr of ['mtvec', 'stvec', 'vstvec'] as const) vcpu.write(csr, BASE + 0x101n);
  for (const csr of ['mstatus', 'vsstatus'] as const) vcpu.write(csr, 0xan);
  // Without a PMP entry only M-mode would get through to memory.
  vcpu.write('pmpaddr0', 0x3f_ffff_ffff_ffffn);
  vcpu.write('pmpcfg0', 0x1fn);
  const saved = vcpu.save();
  vcpu.restore({ ...saved, words: { ...saved.words, privilege, virtual: virtual ? 1 : 0 } });
  return vcpu;
}

const ROWS: Row[] = [
  ['hypervisor', 0, true, true],
  ['hypervisor', 1, true, true],
  ['firmware', 0, false, true],
  ['firmware', 1, false, true],
  ['firmware', 0, true, false],
  ['firmware', 1, true, false],
  ['firmware', 0, true, true],
  ['firmware', 1, true, true],
  ['bare', 3, false, true],
  ['bare', 1, false, false],
  ['bare', 1, false, true],
  ['bare', 0, true, false],
  ['bare', 1, true, true],
];

describe('injectException', () => {
  it.each(ROWS)('in %s at privilege %i (V %s, delegated %s)_endsAsTheHartsOwnTrapDoes', (...row) => {
    for (const [instruction, cause, tval] of [
      ['unimp', Cause.IllegalInstruction, 0xc000_1073n],
      ['.word 0x00100073', Cause.Breakpoint, BASE],
    ] as const) {
      const own = at(instruction, row);
      expect(own.run({ budget: 1 }).kind).toBe('budget');
      const injected = at(instruction, row);
      injected.injectException(cause, tval);
      expect(injected.read('pc')).toBe(BASE + 0x100n);
      expect(injected.save()).toEqual(own.save());
    }
  });
});

describe('double traps', () => {
  const DTE = 1n << 59n;
  const SDT = 1n << 24n;

  it.each(['hypervisor', 'firmware'] as const)(
    'in %s, injected while the handler cannot take it, are the next exit',
    (composition) => {
      const virtual = composition === 'hypervisor';
      const vcpu = at('nop', [composition, 1, virtual, true]);
      vcpu.write('menvcfg', DTE);
      vcpu.write('henvcfg', DTE);
      vcpu.write(virtual ? 'vsstatus' : 'sstatus', SDT);
      vcpu.injectException(Cause.IllegalInstruction, 0x1234n);
      expect(vcpu.run({ budget: 1 })).toMatchObject({ kind: 'exception', cause: Cause.DoubleTrap, tval: 0x1234n });
      expect(vcpu.read('pc')).toBe(BASE);
    },
  );

  it('in bare, a trap that machine mode cannot take stops the hart', () => {
    const vcpu = at('unimp', ['bare', 3, false, true]);
    host.engine.setFeatures(vcpu.area, (1n << 128n) - 1n); // Smdbltrp is on only for those who ask
    expect(vcpu.run({ budget: 1 })).toEqual({ kind: 'critical-error', cause: BigInt(Cause.IllegalInstruction) });
    expect(vcpu.read('pc')).toBe(BASE);
  });
});
