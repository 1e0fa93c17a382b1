// Physical memory protection: the registers with their locks, and every kind of access against a byte-by-byte model of the rules.
// Priv. ISA, "Physical Memory Protection"; "Smepmp".
import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { OWN_M, OWNED } from './hart/layout.js';
import { RAM, TestMachine } from './privilege-testing/machine.js';

let machine: TestMachine;
beforeAll(async () => {
  machine = await TestMachine.create();
});
beforeEach(() => machine.reset());

const OFF = 0x00;
const TOR = 0x08;
const NA4 = 0x10;
const NAPOT = 0x18;
const R = 1;
const W = 2;
const X = 4;
const L = 0x80;
const FETCH_FAULT = 1;
const LOAD_FAULT = 5;
const STORE_FAULT = 7;
const MML = 1n;
const MMWP = 2n;
const RLB = 4n;

/** An address as pmpaddr holds it. */
const word = (at: number) => BigInt(at) >> 2n;
/** pmpaddr of a naturally aligned range of 2^bits bytes. */
const napot = (at: number, bits: number) => (BigInt(at) >> 2n) | ((1n << BigInt(bits - 3)) - 1n);

function entry(index: number, cfg: number, address: bigint): void {
  machine.write(`pmpaddr${index}` as 'pmpaddr0', address);
  const register = index < 8 ? 'pmpcfg0' : 'pmpcfg2';
  const shift = BigInt((index & 7) * 8);
  machine.write(register, (machine.read(register) & ~(0xffn << shift)) | (BigInt(cfg) << shift));
}
const cfgOf = (index: number) =>
  Number((machine.read(index < 8 ? 'pmpcfg0' : 'pmpcfg2') >> BigInt((index & 7) * 8)) & 0xffn);

interface Rule {
  readonly cfg: number;
  readonly addr: bigint;
}
type Kind = 'fetch' | 'load' | 'store';

/** Rights as the tables of the specification give them: machine mode first, then S and U. */
function rights(cfg: number, isMachine: boolean, mml: boolean): string {
  const own = `${cfg & R ? 'r' : ''}${cfg & W ? 'w' : ''}${cfg & X ? 'x' : ''}`;
  if (!mml) return isMachine && !(cfg & L) ? 'rwx' : own;
  const table: Record<string, [string, string]> = {
    '0': ['', ''],
    '0x': ['', 'x'],
    '0w': ['rw', 'r'],
    '0wx': ['rw', 'rw'],
    '0r': ['', 'r'],
    '0rx': ['', 'rx'],
    '0rw': ['', 'rw'],
    '0rwx': ['', 'rwx'],
    '1': ['', ''],
    '1x': ['x', ''],
    '1w': ['x', 'x'],
    '1wx': ['rx', 'x'],
    '1r': ['r', ''],
    '1rx': ['rx', ''],
    '1rw': ['rw', ''],
    '1rwx': ['r', 'r'],
  };
  return table[`${cfg & L ? 1 : 0}${own}`]![isMachine ? 0 : 1];
}

/** Which rule a byte matches. */
function match(rules: readonly Rule[], at: bigint): number {
  return rules.findIndex(({ cfg, addr }, n) => {
    switch (cfg & 0x18) {
      case TOR:
        return at >= (n === 0 ? 0n : rules[n - 1]!.addr << 2n) && at < addr << 2n;
      case NA4:
        return at >> 2n === addr;
      case NAPOT: {
        const ones = addr.toString(2).split('').reverse().join('').indexOf('0');
        const bits = BigInt((ones < 0 ? addr.toString(2).length : ones) + 3);
        return at >> bits === (addr << 2n) >> bits;
      }
      default:
        return false;
    }
  });
}

function permitted(rules: readonly Rule[], at: bigint, bytes: number, kind: Kind, isMachine: boolean, seccfg: bigint) {
  const found = Array.from({ length: bytes }, (_, i) => match(rules, at + BigInt(i)));
  const lowest = Math.min(...found.filter((n) => n >= 0));
  const letter = { fetch: 'x', load: 'r', store: 'w' }[kind];
  const mml = (seccfg & MML) !== 0n;
  if (lowest === Number.POSITIVE_INFINITY) {
    if (!isMachine || seccfg & MMWP) return false;
    return !(mml && kind === 'fetch');
  }
  if (found.some((n) => n !== lowest)) return false;
  return rights(rules[lowest]!.cfg, isMachine, mml).includes(letter);
}

describe('registers', () => {
  test('configuration_reservedBits_areZero_andWriteWithoutReadIsNotHeld', () => {
    entry(0, 0x7f, 0n);
    expect(cfgOf(0)).toBe(0x1f);
    entry(0, W | X, 0n);
    expect(cfgOf(0)).toBe(X);
  });

  test('lockedEntry_writes_areIgnored_alsoOfTheBottomOfItsRange', () => {
    entry(1, 0, 0x100n);
    entry(2, L | TOR | R, 0x200n);
    entry(2, TOR | W | R, 0x300n);
    machine.write('pmpaddr1', 0x180n);
    machine.write('pmpaddr3', 0x400n);
    expect([cfgOf(2), machine.read('pmpaddr2'), machine.read('pmpaddr1')]).toEqual([L | TOR | R, 0x200n, 0x100n]);
    expect(machine.read('pmpaddr3')).toBe(0x400n);
  });

  test('entryThatIsOff_locked_staysLocked', () => {
    entry(4, L | OFF, 0x55n);
    entry(4, 0, 0x66n);
    expect([cfgOf(4), machine.read('pmpaddr4')]).toEqual([L, 0x55n]);
  });

  test('addresses_have54Bits_andOddConfigurationRegistersDoNotExist', () => {
    machine.write('pmpaddr7', -1n);
    expect(machine.read('pmpaddr7')).toBe((1n << 54n) - 1n);
    machine.program(RAM, 'csrr a0, pmpcfg0\n.word 0x3a102573'); // csrr a0, 0x3a1
    expect(machine.step('M', RAM)).toBeUndefined();
    expect(machine.step('M', RAM + 4)?.cause).toBe(2);
  });
});

describe('mseccfg', () => {
  test('lockdownAndAllowlist_areSticky', () => {
    machine.write('mseccfg', MML | MMWP);
    machine.write('mseccfg', 0);
    expect(machine.read('mseccfg')).toBe(MML | MMWP);
  });

  test('lockBypass_cannotBeSetOnceSomethingIsLocked', () => {
    machine.write('mseccfg', RLB);
    entry(3, L, 0n);
    entry(3, 0, 0n);
    expect(cfgOf(3)).toBe(0);
    machine.write('mseccfg', 0);
    entry(3, L, 0n);
    machine.write('mseccfg', RLB);
    expect(machine.read('mseccfg')).toBe(0n);
    entry(3, 0, 0n);
    expect(cfgOf(3)).toBe(L);
  });

  test('lockBypass_whileSet_canBeTakenBackWithLocksInPlace', () => {
    machine.write('mseccfg', RLB);
    entry(3, L | R, 0n);
    machine.write('mseccfg', 0);
    expect(machine.read('mseccfg')).toBe(0n);
  });

  test('lockdown_ruleThatMachineModeCouldExecute_cannotBeAddedWithoutBypass', () => {
    machine.write('mseccfg', MML);
    for (let own = 0; own < 8; own++) {
      entry(0, own, 0n);
      entry(0, L | own, 0n);
      const executable = [X, R | X, W, W | X].includes(own);
      expect([own, cfgOf(0)]).toEqual([own, executable ? own : L | own]);
      machine.reset();
      machine.write('mseccfg', MML);
    }
    machine.write('mseccfg', MML | RLB);
    expect(machine.read('mseccfg')).toBe(MML | RLB);
    entry(0, L | X | R, 0n);
    expect(cfgOf(0)).toBe(L | X | R);
  });

  test('without Smepmp_theRegisterHasNoSuchFields', () => {
    machine.reset(['Smdbltrp', 'Smepmp']);
    machine.write('mseccfg', MML | MMWP | RLB);
    expect(machine.read('mseccfg')).toBe(0n);
  });
});

describe('accesses', () => {
  const page = RAM + 0x10_0000;

  /** Makes an access with an instruction of its own, and says whether it went through, checking the trap if not. */
  function access(kind: Kind, mode: 'M' | 'HS' | 'U', at: number, bytes: number): boolean {
    const code = RAM + 0x2000;
    const name = { 1: 'b', 2: 'h', 4: 'w', 8: 'd' }[bytes]!;
    if (kind === 'fetch') {
      machine.view.setUint16(at, 1, true); // c.nop
      machine.engine.invalidateCode(at, 2);
      const trap = machine.step(mode, at);
      if (trap) expect(trap).toEqual({ level: 'M', cause: FETCH_FAULT, tval: BigInt(at), epc: BigInt(at) });
      return trap === undefined;
    }
    machine.program(code, kind === 'load' ? `l${name} a0, 0(a1)` : `s${name} a0, 0(a1)`);
    machine.write('a1', at);
    const trap = machine.step(mode, code);
    if (trap) {
      expect(trap).toEqual({
        level: 'M',
        cause: kind === 'load' ? LOAD_FAULT : STORE_FAULT,
        tval: BigInt(at),
        epc: BigInt(code),
      });
    }
    return trap === undefined;
  }

  test('noEntry_lowerModes_areRefused_machineModeIsNot', () => {
    for (const kind of ['fetch', 'load', 'store'] as const) {
      expect(access(kind, 'M', page, kind === 'fetch' ? 2 : 8)).toBe(true);
      expect(machine.step('HS', page)?.cause).toBe(FETCH_FAULT);
      expect(machine.step('U', page)?.cause).toBe(FETCH_FAULT);
    }
  });

  test('machineModeOfTheMonitor_nothingIsChecked', () => {
    machine.setU32(OWNED, OWN_M);
    machine.program(page, 'ld a0, 0(a1)');
    machine.write('a1', page);
    expect(machine.step('U', page)).toBeUndefined();
  });

  test('randomRules_everyAccess_isWhatAByteByByteModelSays', () => {
    const within = fc.integer({ min: 0, max: 40 }).map((n) => word(page) + BigInt(n));
    const rule = fc.record({
      cfg: fc
        .tuple(fc.integer({ min: 0, max: 7 }), fc.constantFrom(OFF, TOR, TOR, NA4, NAPOT, NAPOT), fc.constantFrom(0, L))
        .map(([own, kind, lock]) => own | kind | lock),
      addr: fc.oneof(
        within,
        fc.tuple(within, fc.integer({ min: 3, max: 6 })).map(([at, bits]) => napot(Number(at << 2n), bits)),
        fc.constantFrom(napot(page, 12), napot(page, 13), word(page + 4096), (1n << 54n) - 1n),
      ),
    });
    // What keeps the test itself going in lower modes and under lockdown: its code, by the first rule.
    const code: Rule = { cfg: NAPOT | L | R | X, addr: napot(RAM + 0x2000, 12) };
    const lower: Rule = { cfg: NAPOT | R | X, addr: napot(RAM + 0x2000, 12) };
    fc.assert(
      fc.property(
        fc.array(rule, { minLength: 1, maxLength: 5 }),
        fc.constantFrom('M', 'HS', 'U') as fc.Arbitrary<'M' | 'HS' | 'U'>,
        fc.constantFrom(0n, 0n, MML, MMWP, MML | MMWP),
        fc.array(
          fc.tuple(
            fc.constantFrom('fetch', 'load', 'store') as fc.Arbitrary<Kind>,
            fc.integer({ min: 0, max: 168 }),
            fc.constantFrom(1, 2, 4, 8),
          ),
          { minLength: 4, maxLength: 12 },
        ),
        (random, mode, seccfg, accesses) => {
          machine.reset();
          machine.write('mseccfg', seccfg | RLB);
          const rules = [mode === 'M' ? code : lower, ...random];
          for (const [n, { cfg, addr }] of rules.entries()) entry(n, cfg, addr);
          const held = rules.map(({ addr }, n) => ({ cfg: cfgOf(n), addr }));
          for (const [kind, offset, width] of accesses) {
            const at = kind === 'fetch' ? page + (offset & ~1) : page + offset;
            const bytes = kind === 'fetch' ? 2 : width;
            const expected = permitted(held, BigInt(at), bytes, kind, mode === 'M', seccfg);
            expect([kind, offset, bytes, access(kind, mode, at, bytes)]).toEqual([kind, offset, bytes, expected]);
          }
        },
      ),
      { numRuns: 150 },
    );
  });

  test('mprv_dataAccesses_areCheckedAsThoseOfTheModeInMpp', () => {
    machine.program(RAM, 'ld a0, 0(a1)');
    machine.write('a1', page);
    machine.write('mstatus', 1n << 17n);
    expect(machine.step('M', RAM)).toMatchObject({ cause: LOAD_FAULT, tval: BigInt(page) });
    machine.write('mstatus', (1n << 17n) | (3n << 11n));
    expect(machine.step('M', RAM)).toBeUndefined();
  });

  test('ruleTakenBack_pageAlreadyCached_isRefusedAtOnce', () => {
    entry(0, NAPOT | R | W | X, (1n << 54n) - 1n);
    machine.program(RAM, 'ld a0, 0(a1)\nld a0, 0(a1)');
    machine.write('a1', page);
    expect(machine.step('HS', RAM)).toBeUndefined();
    entry(0, NAPOT | R | X, napot(RAM, 12));
    expect(machine.step('HS', RAM + 4)?.cause).toBe(LOAD_FAULT);
  });

  test('instructionOfFourBytes_secondHalfNotExecutable_faultsWithItsAddress', () => {
    machine.program(page, 'c.nop\naddi a0, a0, 1\nc.nop');
    entry(0, NA4 | X, word(page));
    expect(machine.step('HS', page)).toBeUndefined();
    expect(machine.read('pc')).toBe(BigInt(page + 2));
    expect(machine.step('HS', page + 2)).toEqual({
      level: 'M',
      cause: FETCH_FAULT,
      tval: BigInt(page + 4),
      epc: BigInt(page + 2),
    });
  });

  test('instructionAcrossPages_eachHalf_isCheckedInItsPage', () => {
    const at = page + 0xffe;
    machine.program(at, 'addi a0, a0, 1');
    entry(0, NAPOT | X, napot(page, 12));
    expect(machine.step('HS', at)).toMatchObject({ cause: FETCH_FAULT, tval: BigInt(page + 0x1000), epc: BigInt(at) });
    entry(1, NA4 | X, word(page + 0x1000));
    machine.write('a0', 1);
    expect(machine.step('HS', at)).toBeUndefined();
    expect(machine.read('a0')).toBe(2n);
    // Now the first page is divided too.
    entry(0, NA4 | X, word(page + 0xffc));
    expect(machine.step('HS', at)).toBeUndefined();
    expect([machine.read('a0'), machine.read('pc')]).toEqual([3n, BigInt(at + 4)]);
  });

  test('codeInADividedPage_loopsAndCalls_runAsEverywhere', () => {
    machine.program(
      page,
      'li a0, 0\nli a1, 10\nloop: addi a0, a0, 3\ncall twice\naddi a1, a1, -1\nbnez a1, loop\nebreak\ntwice: add a0, a0, a0\nret',
    );
    entry(0, NAPOT | X, napot(page, 6));
    entry(1, TOR | X, word(page + 0x7c));
    machine.mode = 'U';
    machine.write('pc', page);
    let expected = 0;
    for (let i = 0; i < 10; i++) expected = (expected + 3) * 2;
    while (machine.mode === 'U') machine.run(1);
    expect([machine.taken().cause, machine.read('a0')]).toEqual([3, BigInt(expected)]);
  });

  test('illegalInstructionInADividedPage_reportsItsBits', () => {
    machine.view.setUint32(page + 4, 0xffff_ffff, true);
    entry(0, NAPOT | X, napot(page, 3));
    expect(machine.step('HS', page + 4)).toMatchObject({ cause: 2, tval: 0xffff_ffffn });
  });

  test('pageTables_areReadAndWrittenAsSupervisor_andRefusalsAreFaultsOfTheOriginalAccess', () => {
    const root = RAM + 0x20_0000;
    machine.poke(root + 2 * 8, (BigInt(RAM) >> 2n) | 0xcfn); // a gigabyte at 0x8000_0000, A and D set
    machine.write('satp', (8n << 60n) | (BigInt(root) >> 12n));
    machine.program(RAM, 'ld a0, 0(a1)\nsd a0, 0(a1)');
    machine.write('a1', page);
    entry(15, NAPOT | R | W | X, (1n << 54n) - 1n);
    expect(machine.step('HS', RAM)).toBeUndefined();
    entry(0, NA4, word(root + 20)); // half of the entry that is used
    expect(machine.step('HS', RAM)).toEqual({ level: 'M', cause: FETCH_FAULT, tval: BigInt(RAM), epc: BigInt(RAM) });
    machine.write('mstatus', (1n << 17n) | (1n << 11n));
    expect(machine.step('M', RAM)).toMatchObject({ cause: LOAD_FAULT, tval: BigInt(page) });
    machine.write('mstatus', (1n << 17n) | (1n << 11n));
    expect(machine.step('M', RAM + 4)).toMatchObject({ cause: STORE_FAULT, tval: BigInt(page) });
  });

  test('pageTables_readable_butNotWritable_refuseOnlyTheUpdateOfTheirBits', () => {
    const root = RAM + 0x20_0000;
    machine.poke(root + 2 * 8, (BigInt(RAM) >> 2n) | 0x0fn);
    machine.write('satp', (8n << 60n) | (BigInt(root) >> 12n));
    machine.write('menvcfg', 1n << 61n); // ADUE
    entry(0, NAPOT | R, napot(root, 12));
    entry(15, NAPOT | R | W | X, (1n << 54n) - 1n);
    machine.program(RAM, 'ld a0, 0(a1)');
    machine.write('a1', page);
    machine.write('mstatus', (1n << 17n) | (1n << 11n));
    expect(machine.step('M', RAM)).toMatchObject({ cause: LOAD_FAULT, tval: BigInt(page) });
    entry(0, NAPOT | R | W, napot(root, 12));
    machine.write('mstatus', (1n << 17n) | (1n << 11n));
    expect(machine.step('M', RAM)).toBeUndefined();
    expect(machine.peek(root + 16) & 0xffn).toBe(0x4fn);
  });

  test.each([R, R | W, X])('hlvx_regionWith%i_needsBothReadingAndExecuting', (rights) => {
    machine.program(RAM, 'hlvx.wu a0, (a1)\nhlv.wu a0, (a1)');
    machine.write('a1', page);
    machine.write('hstatus', 1n << 8n);
    entry(0, NAPOT | R | X, napot(RAM, 12));
    entry(1, NAPOT | R | X, napot(page, 12));
    expect(machine.step('HS', RAM)).toBeUndefined();
    entry(1, NAPOT | rights, napot(page, 12));
    expect(machine.step('HS', RAM)).toMatchObject({ cause: LOAD_FAULT, tval: BigInt(page) });
    const readable = (rights & R) !== 0;
    expect(machine.step('HS', RAM + 4)?.cause).toBe(readable ? undefined : LOAD_FAULT);
  });

  test('cacheBlock_dividedByARule_mayNotBeManaged', () => {
    machine.program(RAM, 'cbo.clean (a1)\ncbo.zero (a1)');
    machine.write('menvcfg', (1n << 6n) | (1n << 7n));
    machine.write('a1', page + 72);
    entry(0, NAPOT | R | X, napot(RAM, 12));
    entry(1, TOR | R | W, word(page + 0x80));
    expect(machine.step('HS', RAM)).toBeUndefined();
    expect(machine.step('HS', RAM + 4)).toBeUndefined();
    entry(1, TOR | R | W, word(page + 0x7c));
    for (const at of [RAM, RAM + 4]) {
      expect(machine.step('HS', at)).toMatchObject({ cause: STORE_FAULT, tval: BigInt(page + 72) });
    }
  });

  test('atomics_needTheRightToWrite', () => {
    entry(0, NAPOT | R | X, napot(page, 12));
    entry(1, NAPOT | R | X, napot(RAM, 12));
    machine.program(RAM, 'amoadd.w a0, a0, (a1)\nlr.w a0, (a1)\nsc.w a0, a0, (a1)');
    machine.write('a1', page);
    expect(machine.step('HS', RAM)).toMatchObject({ cause: STORE_FAULT, tval: BigInt(page) });
    expect(machine.step('HS', RAM + 4)).toBeUndefined();
    expect(machine.step('HS', RAM + 8)).toMatchObject({ cause: STORE_FAULT, tval: BigInt(page) });
  });
});
