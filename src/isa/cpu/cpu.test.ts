// Names of harts: what profiles and ISA strings stand for, and what is said about those that are wrong.
import { describe, expect, it } from 'vitest';
import { featureBits } from '../extensions/index.js';
import { cpuExtensions, cpuFeatures } from './cpu.js';
import { isaString } from './isa-string.js';

const isa = (cpu: string): string => isaString(cpuExtensions(cpu).filter((name) => !/^sv\d/.test(name)));
const COUNTERS = 'zicntr_zicsr_zifencei_zihpm';

describe('ISA string', () => {
  it.each([
    ['rv64i', `rv64i_${COUNTERS}`],
    ['RV64IMAC', `rv64imac_${COUNTERS}_zaamo_zalrsc_zca`],
    ['rv64gc', `rv64imafdc_${COUNTERS}_zaamo_zalrsc_zca_zcd`],
    ['rv64i2p1', 'rv64i_zicsr'], // the base after its parts went their own ways
    ['rv64i2p1m2p0_zifencei2', 'rv64im_zicsr_zifencei'],
    ['rv64id', `rv64ifd_${COUNTERS}`],
    ['rv64iZba_Zbb_zbs', `rv64ib_${COUNTERS}_zba_zbb_zbs`],
    ['rv64i_b', `rv64ib_${COUNTERS}_zba_zbb_zbs`],
    ['rv64i_svinval1p0_m_sstc', `rv64im_${COUNTERS}_sstc_svinval`],
    ['rv64i_zcb', `rv64ic_${COUNTERS}_zca_zcb`],
    ['rv64i_zfh', `rv64if_${COUNTERS}_zfh_zfhmin`],
    ['rv64i_zic64b_zama16b1p0', `rv64i_zic64b_${COUNTERS}_zama16b`],
    ['rv64ih_ss1p13_sm1p13', `rv64ih_${COUNTERS}`],
  ])('%s_read_stands for what it brings with it, in canonical order', (text, expected) => {
    expect(isa(text)).toBe(expected);
  });

  it('extensions_in any order_stand in the canonical one', () => {
    const mixed = [
      'sstc',
      'zbb',
      'C',
      'h',
      'zicsr',
      'zba',
      'd',
      'f',
      'a',
      'm',
      'i',
      'zifencei',
      'smepmp',
      'svnapot',
      'v',
      'zba',
    ];
    expect(isaString([...mixed, 'xown', 'sha'])).toBe(
      'rv64imafdcvh_zicsr_zifencei_zba_zbb_sstc_svnapot_sha_smepmp_xown',
    );
  });

  it.each([
    ['', /neither a profile nor an ISA string/],
    ['rv32imac', /64 bits/],
    ['rv128i', /64 bits/],
    ['rv64', /after rv64 comes the base/],
    ['rv64mac', /after rv64 comes the base/],
    ['rv64e', /half of the registers/],
    ['rv64gcv', /no vector unit yet/],
    ['rv64i_zve32x', /no extension 'zve32x'/],
    ['rv64gcq', /no extension 'q'/],
    ['rv64i_xthead', /no extension 'xthead'/],
    ['rv64gc_zfinx', /contradicts f/],
    ['rv64gc_', /two underscores/],
    ['rv64gc__zba', /two underscores/],
    ['rv64gc_zba zbb', /no extension 'zba zbb'/],
    ['rv64gcc', /'c' is named twice/],
    ['rv64gc_zba_ZBA', /'zba' is named twice/],
    ['rv64gc_zba2p0', /'zba' is there in version 1, not 2/],
    ['rv64i3', /'i' is there in version 2, not 3/],
    ['rv64imafd_zca', /name zcd/],
    ['rv64i-zba', /'-zba' is no extension/],
    ['rva99s64', /neither a profile/],
    ['rva22s64_zfoo', /no extension 'zfoo'/],
    ['max_smrnmi', /no extension 'smrnmi'/],
  ])("'%s'_read_is one clear error", (text, message) => {
    expect(() => cpuExtensions(text)).toThrowError(
      expect.objectContaining({ code: 'CPU_NAME', message: expect.stringMatching(message) }),
    );
    expect(() => cpuExtensions(text)).toThrowError(/^[^\n]{1,160}$/);
  });
});

describe('profile', () => {
  const lacks = (cpu: string, ...names: string[]): boolean => names.every((name) => !cpuExtensions(cpu).includes(name));
  const holds = (cpu: string, ...names: string[]): boolean => names.every((name) => cpuExtensions(cpu).includes(name));

  it('rva20s64 to rva23s64_each_has what it makes mandatory and no more', () => {
    expect(holds('rva20s64', 'zicntr', 'zifencei', 'svade', 'sv39')).toBe(true);
    expect(lacks('rva20s64', 'zba', 'zihpm', 'sstc', 'h', 'sv48')).toBe(true);
    expect(holds('rva22s64', 'b', 'zba', 'zicboz', 'zfhmin', 'svpbmt', 'svinval', 'zihpm')).toBe(true);
    expect(lacks('rva22s64', 'zfh', 'zicond', 'sstc', 'svnapot', 'h')).toBe(true);
    expect(holds('rva23s64', 'zicond', 'zcb', 'zfa', 'zawrs', 'ssnpm', 'sstc', 'svnapot', 'h', 'smstateen')).toBe(true);
    expect(lacks('rva23s64', 'v', 'zacas', 'zicfilp', 'sv48', 'svadu')).toBe(true);
  });

  it('more names_after a profile_are added', () => {
    expect(holds('RVA22S64_Zacas_sv48', 'zacas', 'zba', 'sv48', 'sv39')).toBe(true);
    expect(lacks('rva22s64_zacas', 'sv48')).toBe(true);
  });

  it('max_is_all that has a feature but what firmware or a hypervisor must know of', () => {
    const off = [...featureBits].filter(([, bit]) => !((cpuFeatures(cpuExtensions('max')) >> BigInt(bit)) & 1n));
    expect(off.map(([name]) => name)).toEqual(['Smrnmi', 'Smdbltrp', 'Shlcofideleg']);
    expect(holds('max_smdbltrp', 'smdbltrp', 'zacas')).toBe(true);
    expect(holds('max_shlcofideleg', 'shlcofideleg', 'sscofpmf', 'h')).toBe(true);
  });
});

it('features of rv64i_are the base, its levels and nothing to compute with', () => {
  const set = cpuFeatures(cpuExtensions('rv64i2p1'));
  const on = [...featureBits].filter(([, bit]) => (set >> BigInt(bit)) & 1n).map(([name]) => name);
  expect(on).toEqual(['I', 'Zicsr', 'Machine', 'S', 'U', 'Sv48', 'Sv57']);
});
