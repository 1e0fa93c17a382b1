// Every CSR: its value after reset, the bits that can be set, its aliases; and for all 4096 addresses in all modes,
// whether an access is allowed, illegal or a virtual instruction, against a second reading of the specification.
import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { compilePrivilege, type Mode, modeNames, modes, PrivilegeHart, results } from './privilege-testing/hart.js';

let hart: PrivilegeHart;
beforeAll(async () => {
  hart = new PrivilegeHart(await compilePrivilege());
}, 240_000);
beforeEach(() => hart.reset());

const all = (1n << 64n) - 1n;
const sd = 1n << 63n;
const uxl = 2n << 32n;
const sxl = 2n << 34n;
const c32 = 0xffff_ffffn;
const sstatusFields = 0x8c6122n; // SIE SPIE SPP FS SUM MXR SPELP
const mstatusFields = sstatusFields | 0x7e_1888n | (0xbn << 38n); // MIE MPIE MPP MPRV TVM TW TSR GVA MPV MPELP
const envcfg = 0x3_0000_00f5n; // FIOM LPE CBIE CBCFE CBZE PMM
const granted = (0x1dn << 59n) | (1n << 3n); // DTE ADUE PBMTE STCE SSE
const event = (0x7cn << 56n) | ((1n << 56n) - 1n); // MINH SINH UINH VSINH VUINH, the event
const hstatusFields = 0x3_0000_0070_03c0n; // GVA SPV SPVP HU VTVM VTW VTSR HUPMM

/** name: address, value after reset, value after writing all ones, value after writing zero (its reset value if not given) */
const table: Record<string, [number, bigint, bigint, bigint?]> = {
  fflags: [0x001, 0n, 31n],
  frm: [0x002, 0n, 7n],
  ssp: [0x011, 0n, all & ~7n],
  fcsr: [0x003, 0n, 255n],
  sstatus: [0x100, uxl, uxl | sstatusFields | sd],
  stvec: [0x105, 0n, ~2n & all],
  scounteren: [0x106, 0n, c32],
  senvcfg: [0x10a, 0n, envcfg],
  sstateen0: [0x10c, 0n, 0n],
  sscratch: [0x140, 0n, all],
  sepc: [0x141, 0n, ~1n & all],
  scause: [0x142, 0n, all],
  stval: [0x143, 0n, all],
  stimecmp: [0x14d, 0n, all],
  satp: [0x180, 0n, 0n], // mode 15 does not exist: ignored
  vsstatus: [0x200, uxl, uxl | sstatusFields | sd],
  vstvec: [0x205, 0n, ~2n & all],
  vsscratch: [0x240, 0n, all],
  vsepc: [0x241, 0n, ~1n & all],
  vscause: [0x242, 0n, all],
  vstval: [0x243, 0n, all],
  vstimecmp: [0x24d, 0n, all],
  vsatp: [0x280, 0n, 0n],
  mstatus: [0x300, uxl | sxl, uxl | sxl | mstatusFields | sd],
  misa: [0x301, (2n << 62n) | 0x1411afn, (2n << 62n) | 0x1411afn], // S U I M A B C D F H
  medeleg: [0x302, 0n, 0xfcb7ffn],
  mideleg: [0x303, 0x444n, 0x2666n],
  mie: [0x304, 0n, 0x2eeen],
  mtvec: [0x305, 0n, ~2n & all],
  mcounteren: [0x306, 0n, c32],
  menvcfg: [0x30a, 0n, envcfg | granted],
  mstateen0: [0x30c, 0n, 3n << 62n],
  mstateen3: [0x30f, 0n, 1n << 63n],
  mcountinhibit: [0x320, 0n, c32 & ~2n],
  mcyclecfg: [0x321, 0n, 0x7cn << 56n],
  minstretcfg: [0x322, 0n, 0x7cn << 56n],
  mhpmevent3: [0x323, 0n, (1n << 63n) | event],
  mhpmevent31: [0x33f, 0n, (1n << 63n) | event],
  scountovf: [0xda0, 0n, 0n],
  mscratch: [0x340, 0n, all],
  mepc: [0x341, 0n, ~1n & all],
  mcause: [0x342, 0n, all],
  mtval: [0x343, 0n, all],
  mip: [0x344, 0n, 0x2226n], // SSIP VSSIP STIP SEIP LCOFIP; the others have drivers
  mtinst: [0x34a, 0n, all],
  mtval2: [0x34b, 0n, all],
  pmpaddr0: [0x3b0, 0n, (1n << 54n) - 1n],
  pmpaddr15: [0x3bf, 0n, (1n << 54n) - 1n],
  hstatus: [0x600, uxl, uxl | hstatusFields],
  hedeleg: [0x602, 0n, 0xcb1ffn],
  hideleg: [0x603, 0n, 0x444n],
  hie: [0x604, 0n, 0x444n],
  htimedelta: [0x605, 0n, all],
  hcounteren: [0x606, 0n, c32],
  hgeie: [0x607, 0n, 0n], // GEILEN is 0
  henvcfg: [0x60a, 0n, envcfg], // menvcfg grants nothing yet
  hstateen0: [0x60c, 0n, 0n], // nor does mstateen
  htval: [0x643, 0n, all],
  hip: [0x644, 0n, 4n],
  hvip: [0x645, 0n, 0x444n],
  htinst: [0x64a, 0n, all],
  hgatp: [0x680, 0n, (1n << 58n) - 4n], // mode 15 does not exist: stays Bare, the other fields are written
  mseccfg: [0x747, 0n, 0x3_0000_0707n, 3n], // PMM MLPE SSEED USEED RLB MMWP MML; the last two are sticky
  tselect: [0x7a0, 0n, 0n],
  tdata1: [0x7a1, 0n, 0n],
  tinfo: [0x7a4, 1n, 1n],
  mcycle: [0xb00, 0n, all],
  minstret: [0xb02, 0n, all],
  mhpmcounter3: [0xb03, 0n, all],
  mhpmcounter31: [0xb1f, 0n, all],
  cycle: [0xc00, 0n, 0n],
  time: [0xc01, 0n, 0n],
  instret: [0xc02, 0n, 0n],
  hpmcounter3: [0xc03, 0n, 0n],
  hgeip: [0xe12, 0n, 0n],
  mvendorid: [0xf11, 0n, 0n],
  marchid: [0xf12, 0n, 0n],
  mimpid: [0xf13, 0n, 0n],
  mhartid: [0xf14, 0n, 0n],
  mconfigptr: [0xf15, 0n, 0n],
};

describe('fields', () => {
  test.each(Object.entries(table))('%s_reset and all ones and zero_reads its legal values', (_name, row) => {
    const [csr, reset, ones, zero = reset] = row;
    expect(hart.read(csr)).toBe(reset);
    hart.write(csr, all);
    expect(hart.read(csr)).toBe(ones);
    hart.write(csr, 0n);
    expect(hart.read(csr)).toBe(zero);
  });

  test.each([
    [0x180, 0xffffn << 44n, ''],
    [0x280, 0xffffn << 44n, ''],
    [0x680, 0x3fffn << 44n, 'x4'],
  ])('address translation register %#x_each mode_takes Bare, Sv39, Sv48 and Sv57 only', (csr, idBits, x4) => {
    const ppn = x4 ? (1n << 44n) - 4n : (1n << 44n) - 1n;
    for (let mode = 0n; mode < 16n; mode++) {
      hart.write(csr, 9n << 60n);
      hart.write(csr, (mode << 60n) | ((1n << 60n) - 1n));
      const taken = mode === 0n || (mode >= 8n && mode <= 10n);
      const written = idBits | ppn;
      if (taken) expect(hart.read(csr)).toBe((mode << 60n) | written);
      else expect(hart.read(csr)).toBe((9n << 60n) | (x4 ? written : 0n));
    }
  });

  test('mstatus.MPP_reserved value_keeps the old one', () => {
    for (const old of [0n, 1n, 3n]) {
      hart.write(0x300, old << 11n);
      hart.write(0x300, 2n << 11n);
      expect((hart.read(0x300) >> 11n) & 3n).toBe(old);
    }
  });

  test('xenvcfg.CBIE_reserved value_keeps the old one', () => {
    for (const csr of [0x30a, 0x60a, 0x10a]) {
      hart.write(csr, 0x30n);
      hart.write(csr, 0x20n);
      expect(hart.read(csr)).toBe(0x30n);
    }
  });

  test('henvcfg_menvcfg takes a field away_the field is read-only zero', () => {
    hart.write(0x30a, granted);
    hart.write(0x60a, granted | 1n);
    expect(hart.read(0x60a)).toBe(granted | 1n);
    hart.write(0x30a, 1n << 62n);
    expect(hart.read(0x60a)).toBe((1n << 62n) | 1n);
  });

  test('hstateen_mstateen bit clear_reads zero and takes nothing', () => {
    hart.write(0x30c, 1n << 63n);
    hart.write(0x60c, all);
    expect(hart.read(0x60c)).toBe(1n << 63n);
    hart.write(0x30c, 0n);
    expect(hart.read(0x60c)).toBe(0n);
  });

  test('SD_any of FS states_set when dirty only', () => {
    for (const csr of [0x100, 0x200, 0x300]) {
      for (let fs = 0n; fs < 4n; fs++) {
        hart.write(csr, fs << 13n);
        expect(hart.read(csr) >> 63n).toBe(fs === 3n ? 1n : 0n);
        expect((hart.read(csr) >> 13n) & 3n).toBe(fs);
      }
    }
  });

  test('sstatus_any write_is a view of mstatus', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, all), fc.bigInt(0n, all), (m, s) => {
        hart.write(0x300, m);
        const before = hart.read(0x300);
        hart.write(0x100, s);
        const after = hart.read(0x300);
        expect(after & ~(sstatusFields | sd)).toBe(before & ~(sstatusFields | sd));
        expect(hart.read(0x100) & sstatusFields).toBe(s & sstatusFields);
        expect(after & sstatusFields).toBe(s & sstatusFields);
      }),
    );
  });

  test('pmp_locked entry_keeps its configuration and addresses', () => {
    hart.write(0x3a0, 0x1f_9b_07n); // entry 0 RWX off, entry 1 locked NA4... TOR below
    expect(hart.read(0x3a0)).toBe(0x1f_9b_07n);
    hart.write(0x3b1, 5n);
    expect(hart.read(0x3b1)).toBe(0n); // entry 1 is locked
    hart.write(0x3a0, 0n);
    expect(hart.read(0x3a0)).toBe(0x9b_00n);
    hart.reset();
    hart.write(0x3b3, 7n);
    hart.write(0x3a0, 0x89n << 32n); // entry 4 locked, top of range
    hart.write(0x3b3, 9n);
    expect(hart.read(0x3b3)).toBe(7n); // the range's bottom
    hart.write(0x3a2, 0x62n);
    expect(hart.read(0x3a2)).toBe(0n); // bits 5 and 6 do not exist, W without R is reserved
  });

  test('misa and H CSRs_without H_letter off, CSRs gone', () => {
    hart.reset('H');
    expect(hart.read(0x301) & 0x80n).toBe(0n);
    expect(hart.read(0x303)).toBe(0n);
    hart.write(0x302, all);
    expect(hart.read(0x302)).toBe(0xcb3ffn);
    hart.write(0x300, all);
    expect(hart.read(0x300) & (3n << 38n)).toBe(0n);
    for (const csr of [0x600, 0x200, 0x24d, 0x34a, 0xe12, 0x680]) {
      expect(hart.csr('CSRRS', 5, csr, 0)).toBe(results.trap);
      expect(hart.cause).toBe(2);
    }
  });

  test.each([
    [['H'], true],
    [['Ssdbltrp'], true],
    [['H', 'Ssdbltrp'], false],
  ])('mtval2_without %j_is there for guest-page faults or double traps', (without, there) => {
    hart.reset(without);
    expect(hart.csr('CSRRS', 5, 0x34b, 0)).toBe(there ? results.ok : results.trap);
  });
});

describe('interrupt registers', () => {
  test('sie and sip_delegated bits only_are views of mie and mip', () => {
    hart.write(0x303, 0x202n); // SEI and SSI go to HS
    hart.write(0x304, 0xaaan);
    expect(hart.read(0x104)).toBe(0x202n);
    hart.write(0x104, 0n);
    expect(hart.read(0x304)).toBe(0x8a8n);
    hart.write(0x344, 0x222n);
    expect(hart.read(0x144)).toBe(0x202n);
    hart.write(0x144, 0n); // only SSIP is writable there
    expect(hart.read(0x344)).toBe(0x220n);
  });

  test('hideleg_bit that M-mode keeps_reads zero and takes nothing', () => {
    hart.write(0x603, 1n << 13n);
    expect(hart.read(0x603)).toBe(0n);
    hart.write(0x303, 1n << 13n);
    expect(hart.read(0x603)).toBe(0n);
    hart.write(0x603, 1n << 13n);
    expect(hart.read(0x603)).toBe(1n << 13n);
    hart.write(0x303, 0n);
    expect(hart.read(0x603)).toBe(0n);
  });

  test('vsie and vsip_hideleg set_are hie and hip shifted by one', () => {
    for (let delegated = 0n; delegated < 8n; delegated++) {
      const hideleg = ((delegated & 1n) << 2n) | ((delegated & 2n) << 5n) | ((delegated & 4n) << 8n);
      hart.write(0x603, hideleg);
      hart.write(0x604, 0x444n);
      hart.write(0x645, 0x444n);
      expect(hart.read(0x204)).toBe(hideleg >> 1n);
      expect(hart.read(0x244)).toBe(hideleg >> 1n);
      hart.write(0x204, 0n);
      expect(hart.read(0x604)).toBe(0x444n & ~hideleg);
      hart.write(0x244, 0n); // VSSIP only
      expect(hart.read(0x645)).toBe(0x444n & ~(hideleg & 4n));
    }
  });

  test('hvip_bits set_show in hip, mip and not in sip', () => {
    hart.write(0x303, all);
    hart.write(0x645, 0x444n);
    expect([hart.read(0x644), hart.read(0x344), hart.read(0x144)]).toEqual([0x444n, 0x444n, 0n]);
    hart.write(0x644, 0n); // VSSIP is the same bit; VSEIP and VSTIP are read-only in hip
    expect(hart.read(0x645)).toBe(0x440n);
  });

  test('lines_raised from outside_show in mip and cannot be written away', () => {
    hart.setU32('IRQ_LINES', 0xe08);
    hart.setU32('TIMER_LINES', 0x80);
    hart.write(0x344, 0n);
    expect(hart.read(0x344)).toBe(0xe88n);
  });

  test('SSIP and VSSIP_raised by another hart_cleared by software', () => {
    hart.write(0x303, all);
    hart.setU32('IRQ_LINES', 6);
    expect(hart.read(0x344)).toBe(6n);
    expect(hart.read(0x645)).toBe(4n);
    hart.mode = 'HS';
    hart.csr('CSRRCI', 0, 0x144, 2);
    expect(hart.u32('IRQ_LINES')).toBe(4);
    hart.write(0x603, 4n);
    hart.mode = 'VS';
    hart.csr('CSRRCI', 0, 0x144, 2);
    expect(hart.u32('IRQ_LINES')).toBe(0);
    expect(hart.read(0x344)).toBe(0n);
  });

  test('mip_set bits of another interrupt_does not latch lines into software bits', () => {
    hart.setU32('IRQ_LINES', 0x200);
    hart.setX(5, 2n);
    hart.csr('CSRRS', 6, 0x344, 5);
    expect(hart.x(6)).toBe(0x200n);
    hart.setU32('IRQ_LINES', 0);
    expect(hart.read(0x344)).toBe(2n);
  });

  test('STIP_with stimecmp on_is read-only and the software bit is gone', () => {
    hart.time = 5;
    hart.write(0x14d, 100n);
    hart.write(0x344, 0x20n);
    expect(hart.read(0x344)).toBe(0x20n);
    hart.write(0x30a, sd); // STCE
    expect(hart.read(0x344)).toBe(0n);
    hart.write(0x344, 0x20n);
    expect(hart.read(0x344)).toBe(0n);
  });
});

// ---- access ---------------------------------------------------------------------------------------------------------

interface Controls {
  mcounteren: number;
  hcounteren: number;
  scounteren: number;
  menvcfgStce: boolean;
  henvcfgStce: boolean;
  tvm: boolean;
  vtvm: boolean;
  fs: boolean;
  vsfs: boolean;
  mstateen0: number; // bits 63 and 62
  hstateen0: number;
  mstateen1: boolean;
  hstateen1: boolean;
  useed: boolean;
  sseed: boolean;
  menvcfgSse: boolean;
  henvcfgSse: boolean;
  senvcfgSse: boolean;
}

const exists = new Set(Object.values(table).map(([csr]) => csr));
for (const csr of [0x104, 0x144, 0x204, 0x244, 0x7a2, 0x7a3, 0x3a0, 0x3a2, 0x747, 0x015]) exists.add(csr);
for (let n = 3; n < 32; n++) for (const base of [0x320, 0xb00, 0xc00]) exists.add(base + n);
for (let n = 0; n < 16; n++) exists.add(0x3b0 + n);
for (let n = 0; n < 4; n++) for (const base of [0x10c, 0x30c, 0x60c]) exists.add(base + n);

type Verdict = 'ok' | 'illegal' | 'virtual';

/** The hypervisor chapter's rules, written as it words them: what HS-mode may do decides what a guest's refusal is. */
function verdict(csr: number, write: boolean, mode: Mode, c: Controls): Verdict {
  const { priv, virt } = modes[mode];
  if (!exists.has(csr)) return 'illegal';
  if (write && csr >= 0xc00) return 'illegal';
  if (csr <= 3) return c.fs && (!virt || c.vsfs) ? 'ok' : 'illegal';
  if (csr === 0x015) {
    // seed: polled by read-write instructions only.
    if (!write) return 'illegal';
    if (mode === 'M') return 'ok';
    if (mode === 'U') return c.useed ? 'ok' : 'illegal';
    if (!c.sseed) return 'illegal';
    return virt ? 'virtual' : 'ok';
  }
  if (mode === 'M') return 'ok';
  if (csr === 0x011) {
    if (!c.menvcfgSse) return 'illegal';
    const user = priv === 1 || c.senvcfgSse;
    if (!virt) return user ? 'ok' : 'illegal';
    return c.henvcfgSse && user ? 'ok' : 'virtual';
  }
  const level = (csr >> 8) & 3;
  if (level === 3) return 'illegal';
  const bit = (register: number) => ((register >>> (csr & 31)) & 1) === 1;
  const counter = csr >= 0xc00 && csr <= 0xc1f;
  const stateen = (csr >= 0x10c && csr <= 0x10f) || (csr >= 0x60c && csr <= 0x60f);

  let hsMay = true; // assuming TVM = 0
  if (counter) hsMay = bit(c.mcounteren);
  if (csr === 0x14d || csr === 0x24d) hsMay = c.menvcfgStce && (c.mcounteren & 2) !== 0;
  if (csr === 0x10a || csr === 0x60a) hsMay = (c.mstateen0 & 1) !== 0;
  if (stateen) hsMay = (csr & 3) === 0 ? (c.mstateen0 & 2) !== 0 : (csr & 3) === 1 && c.mstateen1;
  if (!hsMay) return 'illegal';

  if (mode === 'HS') return c.tvm && (csr === 0x180 || csr === 0x680) ? 'illegal' : 'ok';
  if (mode === 'U') return level === 0 && (!counter || bit(c.scounteren)) ? 'ok' : 'illegal';

  if (level === 2) return 'virtual';
  if (priv === 0 && level === 1) return 'virtual';
  if (counter && !bit(c.hcounteren)) return 'virtual';
  if (counter && priv === 0 && !bit(c.scounteren)) return 'virtual';
  if (csr === 0x180 && c.vtvm) return 'virtual';
  if (csr === 0x14d && !(c.menvcfgStce && c.henvcfgStce && (c.hcounteren & 2) !== 0)) return 'virtual';
  if (csr === 0x10a && (c.mstateen0 & c.hstateen0 & 1) === 0) return 'virtual';
  if (stateen) {
    const may = (csr & 3) === 0 ? (c.hstateen0 & 2) !== 0 : c.hstateen1;
    if (!may) return 'virtual';
  }
  return 'ok';
}

function configure(c: Controls): void {
  const stce = (on: boolean) => (on ? sd : 0n);
  hart.write(0x306, BigInt(c.mcounteren));
  hart.write(0x606, BigInt(c.hcounteren));
  hart.write(0x106, BigInt(c.scounteren));
  hart.mode = 'M';
  hart.write(0x30a, stce(c.menvcfgStce) | (c.menvcfgSse ? 8n : 0n));
  hart.write(0x60a, stce(c.henvcfgStce) | (c.henvcfgSse ? 8n : 0n));
  hart.write(0x10a, c.senvcfgSse ? 8n : 0n);
  hart.write(0x300, (c.tvm ? 1n << 20n : 0n) | (c.fs ? 1n << 13n : 0n));
  hart.write(0x200, c.vsfs ? 1n << 13n : 0n);
  hart.write(0x600, c.vtvm ? 1n << 20n : 0n);
  hart.write(0x30c, BigInt(c.mstateen0) << 62n);
  hart.write(0x60c, BigInt(c.hstateen0) << 62n);
  hart.write(0x30d, stce(c.mstateen1));
  hart.write(0x60d, stce(c.hstateen1));
  hart.write(0x747, (c.useed ? 1n << 8n : 0n) | (c.sseed ? 1n << 9n : 0n));
}

const register = fc.oneof(fc.constant(0), fc.constant(0xffff_ffff), fc.nat(0xffff_ffff));
const controls: fc.Arbitrary<Controls> = fc.record({
  mcounteren: register,
  hcounteren: register,
  scounteren: register,
  menvcfgStce: fc.boolean(),
  henvcfgStce: fc.boolean(),
  tvm: fc.boolean(),
  vtvm: fc.boolean(),
  fs: fc.boolean(),
  vsfs: fc.boolean(),
  mstateen0: fc.nat(3),
  hstateen0: fc.nat(3),
  mstateen1: fc.boolean(),
  hstateen1: fc.boolean(),
  useed: fc.boolean(),
  sseed: fc.boolean(),
  menvcfgSse: fc.boolean(),
  henvcfgSse: fc.boolean(),
  senvcfgSse: fc.boolean(),
});

describe('access', () => {
  test('every address in every mode_any controls_is allowed, illegal or virtual as specified', () => {
    hart.setX(5, 0n);
    hart.fetchBits = 0xdead_beef;
    fc.assert(
      fc.property(controls, (c) => {
        configure(c);
        const wrong: string[] = [];
        for (const mode of modeNames) {
          for (let csr = 0; csr < 4096; csr++) {
            for (const write of [false, true]) {
              hart.mode = mode;
              const result = hart.csr('CSRRS', 6, csr, write ? 5 : 0); // x5 is zero: a write that changes nothing
              let got: Verdict = 'ok';
              if (result === results.trap) got = hart.cause === 22 ? 'virtual' : hart.cause === 2 ? 'illegal' : 'ok';
              const want = verdict(csr, write, mode, c);
              if (got !== want)
                wrong.push(`${mode} ${write ? 'write' : 'read'} ${csr.toString(16)}: ${got}, not ${want}`);
            }
          }
          hart.write(0x200, c.vsfs ? 1n << 13n : 0n); // writing fcsr made it dirty
          hart.write(0x300, (c.tvm ? 1n << 20n : 0n) | (c.fs ? 1n << 13n : 0n));
        }
        expect(wrong).toEqual([]);
      }),
      { numRuns: 25 },
    );
  });

  test('refused access_instruction bits go to tval', () => {
    hart.mode = 'VU';
    hart.fetchBits = 0x1000_2573;
    expect(hart.csr('CSRRS', 10, 0x100, 0)).toBe(results.trap);
    expect([hart.cause, hart.get('TRAP_TVAL')]).toEqual([22, 0x1000_2573n]);
  });

  test('supervisor CSRs_V=1_reach the virtual supervisor registers', () => {
    hart.write(0x30a, granted);
    hart.write(0x60a, granted);
    hart.write(0x306, c32);
    hart.write(0x606, c32);
    const pairs = [0x100, 0x105, 0x140, 0x141, 0x142, 0x143, 0x14d, 0x180];
    for (const csr of pairs) {
      const value = csr === 0x180 ? (8n << 60n) | 0x1234n : 0x40000n | 0xc0n; // SUM in status
      hart.mode = 'VS';
      hart.setX(7, value);
      const before = hart.read(csr);
      expect(hart.csr('CSRRW', 0, csr, 7)).not.toBe(results.trap);
      expect(hart.read(csr)).toBe(before);
      const seen = csr === 0x100 ? uxl | 0x40000n : value;
      expect(hart.read(csr + 0x100)).toBe(seen);
      hart.csr('CSRRS', 8, csr, 0);
      expect(hart.x(8)).toBe(seen);
    }
    hart.mode = 'VS';
    hart.setX(7, 0x55n);
    hart.csr('CSRRW', 0, 0x106, 7); // scounteren has no virtual twin
    expect(hart.read(0x106)).toBe(0x55n);
  });
});

describe('CSR instructions', () => {
  test.each([
    ['CSRRW', 0x33n],
    ['CSRRS', 0x3fn],
    ['CSRRC', 0x0cn],
  ] as const)('%s_register_changes the CSR and returns the old value', (name, after) => {
    for (const csr of [0x140, 0x340]) {
      hart.write(csr, 0x3cn & (name === 'CSRRS' ? 0x0fn : 0x3fn));
      const old = hart.read(csr);
      hart.setX(5, 0x33n);
      hart.csr(name, 5, csr, 5); // rd = rs1: the operand is read first
      expect(hart.x(5)).toBe(old);
      expect(hart.read(csr)).toBe(after);
    }
  });

  test('immediate forms_act on five bits', () => {
    hart.csr('CSRRWI', 0, 0x340, 31);
    expect(hart.read(0x340)).toBe(31n);
    hart.csr('CSRRCI', 0, 0x340, 5);
    expect(hart.read(0x340)).toBe(26n);
    hart.csr('CSRRSI', 9, 0x340, 1);
    expect([hart.read(0x340), hart.x(9)]).toEqual([27n, 26n]);
  });

  test('CSRRS with x0_read-only register_is a read', () => {
    expect(hart.csr('CSRRS', 5, 0xf14, 0)).toBe(results.ok);
    expect(hart.csr('CSRRW', 5, 0xf14, 0)).toBe(results.trap);
    expect(hart.csr('CSRRCI', 5, 0xc01, 1)).toBe(results.trap);
  });

  test('floating-point CSRs_written_make the state dirty at both levels', () => {
    hart.write(0x300, 1n << 13n);
    hart.write(0x200, 1n << 13n);
    hart.mode = 'VS';
    expect(hart.deriveFpState()).toBe(1);
    hart.csr('CSRRS', 5, 0x003, 0);
    expect(hart.u32('FP_STATE')).toBe(1);
    hart.csr('CSRRWI', 0, 0x002, 3);
    expect(hart.u32('FP_STATE')).toBe(2);
    expect([hart.read(0x300) >> 63n, hart.read(0x200) >> 63n, hart.u32('FRM')]).toEqual([1n, 1n, 3]);
  });

  test.each([
    [0, 0, 0, 0],
    [1, 0, 1, 0],
    [3, 0, 2, 0],
    [3, 1, 2, 1],
    [3, 3, 2, 2],
    [0, 3, 0, 0],
    [1, 3, 1, 1],
  ])('deriveFpState_FS=%i and vsstatus.FS=%i_is %i in HS and %i in VS', (fs, vsfs, hs, vs) => {
    hart.write(0x300, BigInt(fs) << 13n);
    hart.write(0x200, BigInt(vsfs) << 13n);
    hart.mode = 'HS';
    expect(hart.deriveFpState()).toBe(hs);
    hart.mode = 'VS';
    expect(hart.deriveFpState()).toBe(vs);
  });

  test('what changed_decides whether the interpreter must leave its loop', () => {
    hart.write(0x303, all);
    hart.mode = 'HS';
    hart.setX(5, 1n << 18n);
    expect(hart.csr('CSRRS', 0, 0x100, 5)).toBe(results.leave); // SUM set
    expect(hart.csr('CSRRS', 0, 0x100, 5)).toBe(results.ok); // and again
    expect(hart.csr('CSRRSI', 0, 0x100, 2)).toBe(results.ok); // SIE with nothing pending
    expect(hart.csr('CSRRCI', 0, 0x100, 2)).toBe(results.ok);
    hart.write(0x304, 2n);
    hart.setU32('IRQ_LINES', 2);
    expect(hart.csr('CSRRSI', 0, 0x100, 2)).toBe(results.leave); // SIE with SSI waiting
    hart.setX(5, 8n << 60n);
    expect(hart.csr('CSRRW', 0, 0x180, 5)).toBe(results.leave);
  });
});
