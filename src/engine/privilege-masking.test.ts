// Pointer masking: in which modes the upper bits of an address are ignored, for which accesses, and what faults report.
// Priv. ISA, "Pointer Masking Extensions" (Ssnpm, Smnpm, Smmpm); Hypervisor, "hstatus" (HUPMM).
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import type { Mode } from './privilege-testing/hart.js';
import { RAM, TestMachine } from './privilege-testing/machine.js';

let machine: TestMachine;
beforeAll(async () => {
  machine = await TestMachine.create();
});
beforeEach(() => {
  machine.reset();
  machine.openPmp();
  machine.program(
    CODE,
    'ld a0, 0(a1)\nsd a0, 8(a1)\namoadd.d a0, a0, (a1)\nlr.d a0, (a1)\nlw a0, 2(a1)\ncbo.zero (a1)',
  );
  machine.write('menvcfg', 1n << 7n);
  machine.write('senvcfg', 1n << 7n);
  machine.write('henvcfg', 1n << 7n);
});

const CODE = RAM + 0x3000;
const DATA = RAM + 0x4000;
const PMM7 = 2n << 32n;
const PMM16 = 3n << 32n;
const MPRV = 1n << 17n;
const MXR = 1n << 19n;
const LOAD_ACCESS = 5;
const LOAD_PAGE = 13;

/** The register that governs the masking of a mode. */
const GOVERNOR = { M: 'mseccfg', HS: 'menvcfg', VS: 'henvcfg', U: 'senvcfg', VU: 'senvcfg' } as const;

function govern(mode: Mode, pmm: bigint): void {
  const csr = GOVERNOR[mode];
  machine.write(csr, (machine.read(csr) & ~PMM16) | pmm);
}

/** A pointer with its upper `bits` bits filled in some way. */
const tagged = (address: number | bigint, bits: number) =>
  BigInt.asUintN(64, (0xa5a5n << BigInt(64 - 16)) & (-1n << BigInt(64 - bits))) ^ BigInt(address);

/** Sv39 tables that map 0x8000_0000 onwards to itself, as user or supervisor pages, and the same in the top half. */
function paging(user: boolean): bigint {
  const root = RAM + 0x10_0000;
  const leaf = (BigInt(RAM) >> 2n) | (user ? 0xdfn : 0xcfn);
  machine.poke(root + 2 * 8, leaf);
  machine.poke(root + 511 * 8, leaf);
  return (8n << 60n) | (BigInt(root) >> 12n);
}

describe('which mode', () => {
  test.each(['M', 'HS', 'U', 'VS', 'VU'] as Mode[])('%s_itsOwnRegister_andNoOther_decides', (mode) => {
    machine.poke(DATA, 0x1234n);
    for (const [pmm, bits] of [
      [PMM7, 7],
      [PMM16, 16],
    ] as const) {
      for (const other of ['mseccfg', 'menvcfg', 'senvcfg', 'henvcfg'] as const) {
        machine.write(other, (machine.read(other) & ~PMM16) | pmm);
        machine.write('a1', tagged(DATA, bits));
        const trap = machine.step(mode, CODE);
        if (other === GOVERNOR[mode]) {
          expect(trap).toBeUndefined();
          expect(machine.read('a0')).toBe(0x1234n);
          // Bits below those that are ignored are part of the address as ever.
          machine.write('a1', tagged(DATA, bits) | (1n << BigInt(63 - bits)));
          expect(machine.step(mode, CODE)?.cause).toBe(LOAD_ACCESS);
        } else expect([mode, other, trap?.cause]).toEqual([mode, other, LOAD_ACCESS]);
        machine.write(other, machine.read(other) & ~PMM16);
      }
    }
  });

  test('reservedValue_keepsTheOldOne', () => {
    for (const csr of ['mseccfg', 'menvcfg', 'senvcfg', 'henvcfg'] as const) {
      machine.write(csr, PMM16);
      machine.write(csr, 1n << 32n);
      expect(machine.read(csr) & PMM16).toBe(PMM16);
    }
    machine.write('hstatus', 2n << 48n);
    machine.write('hstatus', 1n << 48n);
    expect((machine.read('hstatus') >> 48n) & 3n).toBe(2n);
  });

  test('withoutTheExtensions_noFieldExists', () => {
    machine.reset(['Smdbltrp', 'Smmpm', 'Smnpm', 'Ssnpm']);
    for (const csr of ['mseccfg', 'menvcfg', 'senvcfg', 'henvcfg'] as const) {
      machine.write(csr, PMM16);
      expect(machine.read(csr) & PMM16).toBe(0n);
    }
    machine.write('hstatus', 3n << 48n);
    expect((machine.read('hstatus') >> 48n) & 3n).toBe(0n);
  });

  test('mprv_theModeOfTheAccess_decides', () => {
    govern('HS', PMM7);
    machine.write('a1', tagged(DATA, 7));
    machine.write('mstatus', MPRV | (1n << 11n));
    expect(machine.step('M', CODE)).toBeUndefined();
    machine.write('mstatus', MPRV | (3n << 11n));
    expect(machine.step('M', CODE)?.cause).toBe(LOAD_ACCESS);
  });

  test('mxr_inEffect_addressesAreTakenWhole_butNotInMMode', () => {
    for (const mode of ['HS', 'U', 'VS', 'VU', 'M'] as const) {
      govern(mode, PMM16);
      machine.write('mstatus', MXR);
      machine.write('a1', tagged(DATA, 16));
      expect([mode, machine.step(mode, CODE)?.cause]).toEqual([mode, mode === 'M' ? undefined : LOAD_ACCESS]);
    }
    machine.write('mstatus', 0n);
    machine.write('vsstatus', MXR);
    expect(machine.step('VS', CODE)?.cause).toBe(LOAD_ACCESS);
    expect(machine.step('U', CODE)).toBeUndefined();
  });
});

describe('what kind of address', () => {
  test('virtual_isSignExtended_andFaultsReportTheResult', () => {
    machine.write('satp', paging(false));
    govern('HS', PMM7);
    machine.poke(DATA, 77n);
    const high = BigInt.asUintN(64, -(1n << 30n)) + 0x4000n; // maps to DATA
    for (const address of [BigInt(DATA), high]) {
      machine.write('a1', tagged(address, 7));
      expect(machine.step('HS', CODE)).toBeUndefined();
      expect(machine.read('a0')).toBe(77n);
    }
    const hole = BigInt.asUintN(64, -(1n << 31n));
    machine.write('a1', tagged(hole, 7));
    expect(machine.step('HS', CODE)).toMatchObject({ cause: LOAD_PAGE, tval: hole });
  });

  test('physical_isZeroExtended_andFaultsReportTheResult', () => {
    govern('M', PMM16);
    machine.write('a1', 0xffff_0000_1000_0000n);
    machine.write('pmpaddr0', 0x1000_0000n >> 2n);
    machine.write('pmpcfg0', 0x90n); // four bytes there that not even M-mode may touch
    expect(machine.step('M', CODE)).toMatchObject({ cause: LOAD_ACCESS, tval: 0x1000_0000n });
  });

  test('guestPhysical_withVsatpBare_isZeroExtended', () => {
    govern('VS', PMM7);
    machine.poke(DATA, 5n);
    machine.write('a1', tagged(DATA, 7));
    expect(machine.step('VS', CODE)).toBeUndefined();
    machine.write('vsatp', paging(false));
    expect(machine.step('VS', CODE)).toBeUndefined();
    expect(machine.read('a0')).toBe(5n);
  });
});

describe('which accesses', () => {
  test('storesAtomicsAndBlocks_go_whereTheUntaggedPointerGoes', () => {
    govern('U', PMM16);
    const pointer = tagged(DATA, 16);
    machine.poke(DATA, 40n);
    machine.write('a1', pointer);
    machine.write('a0', 2n);
    expect(machine.step('U', CODE + 4)).toBeUndefined();
    expect(machine.peek(DATA + 8)).toBe(2n);
    expect(machine.step('U', CODE + 8)).toBeUndefined();
    expect(machine.peek(DATA)).toBe(42n);
    expect(machine.step('U', CODE + 12)).toBeUndefined();
    expect(machine.read('a0')).toBe(42n);
    expect(machine.step('U', CODE + 20)).toBeUndefined();
    expect(machine.peek(DATA)).toBe(0n);
  });

  test('twoTags_oneAddress_areOneMemory', () => {
    govern('U', PMM16);
    machine.write('a1', 0x1111_0000_0000_0000n | BigInt(DATA));
    machine.write('a0', 9n);
    machine.step('U', CODE + 4);
    machine.write('a1', 0x2222_0000_0000_0008n | BigInt(DATA));
    machine.step('U', CODE);
    expect(machine.read('a0')).toBe(9n);
  });

  test('accessAcrossPages_isMaskedToo', () => {
    govern('U', PMM7);
    machine.poke(DATA + 0xff8, 0x1122_3344_5566_7788n);
    machine.poke(DATA + 0x1000, 0xddn);
    machine.write('a1', tagged(DATA + 0xffb, 7)); // lw at 2(a1)
    expect(machine.step('U', CODE + 16)).toBeUndefined();
    expect(machine.read('a0')).toBe(BigInt.asUintN(64, 0xffff_ffff_dd11_2233n) & 0xffff_ffff_ffff_ffffn);
  });

  test('misalignedAtomic_faultReportsTheUntaggedAddress', () => {
    govern('U', PMM16);
    machine.write('a1', tagged(DATA + 1, 16));
    expect(machine.step('U', CODE + 12)).toMatchObject({ cause: 4, tval: BigInt(DATA + 1) });
  });

  test('fetches_areNot', () => {
    govern('U', PMM16);
    expect(machine.step('U', tagged(CODE, 16))).toMatchObject({ cause: 1, tval: tagged(CODE, 16) });
  });

  test('changeOfTheTables_afterAFence_isSeenUnderEveryTag', () => {
    machine.write('satp', paging(true));
    govern('U', PMM16);
    machine.poke(DATA, 1n);
    machine.write('a1', tagged(DATA, 16));
    expect(machine.step('U', CODE)).toBeUndefined();
    machine.poke(RAM + 0x10_0000 + 16, 0n);
    machine.program(RAM + 0x5000, 'sfence.vma a2');
    machine.write('a2', DATA);
    expect(machine.step('M', RAM + 0x5000)).toBeUndefined();
    // Code is at the same gigabyte: reach it by the top half.
    const code = BigInt.asUintN(64, -(1n << 30n)) + BigInt(CODE - RAM);
    expect(machine.step('U', code)).toMatchObject({ cause: LOAD_PAGE, tval: BigInt(DATA) });
  });

  test('hypervisorAccesses_areMasked_byTheGuestsRegisters_orHupmmInUMode', () => {
    machine.program(RAM + 0x5000, 'hlv.d a0, (a1)\nhlvx.wu a0, (a1)');
    machine.poke(DATA, 3n);
    const hlv = (mode: Mode) => {
      machine.write('a1', tagged(DATA, 7));
      return machine.step(mode, RAM + 0x5000) === undefined;
    };
    machine.write('hstatus', 1n << 8n); // as VS
    expect(hlv('HS')).toBe(false);
    govern('VS', PMM7);
    expect(hlv('HS')).toBe(true);
    expect(machine.step('HS', RAM + 0x5004)?.cause).toBe(LOAD_ACCESS); // HLVX takes addresses whole
    machine.write('hstatus', 0n); // as VU
    expect(hlv('HS')).toBe(false);
    govern('VU', PMM7);
    expect(hlv('HS')).toBe(true);
    expect(hlv('M')).toBe(true);
    machine.write('hstatus', 1n << 9n); // from U
    expect(hlv('U')).toBe(false);
    machine.write('hstatus', (1n << 9n) | (2n << 48n));
    expect(hlv('U')).toBe(true);
  });
});
