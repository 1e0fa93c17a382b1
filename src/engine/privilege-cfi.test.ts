// Control-flow integrity: landing pads and shadow stacks, by mode, with their exceptions, through traps and back.
// Unpriv. ISA, "Control-flow Integrity (CFI)"; Priv. ISA, "Control-Flow Integrity (CFI)".
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { ELP, VCPU_AREA } from './hart/layout.js';
import type { Mode } from './privilege-testing/hart.js';
import { HANDLER, RAM, type Taken, TestMachine } from './privilege-testing/machine.js';

let machine: TestMachine;
beforeAll(async () => {
  machine = await TestMachine.create();
});
beforeEach(() => {
  machine.reset();
  machine.openPmp();
});

const CODE = RAM + 0x3000;
const LPE = 1n << 2n;
const SSE = 1n << 3n;
const MLPE = 1n << 10n;
const SPELP = 1n << 23n;
const MPELP = 1n << 41n;
const SOFTWARE_CHECK = 18;
const allModes = ['M', 'HS', 'U', 'VS', 'VU'] as const;

describe('landing pads', () => {
  /** Where each mode is told that it needs them. */
  const SWITCH = { M: 'mseccfg', HS: 'menvcfg', VS: 'henvcfg', U: 'senvcfg', VU: 'senvcfg' } as const;
  const enable = (mode: Mode) => machine.write(SWITCH[mode], mode === 'M' ? MLPE : LPE);

  /** Jumps to `target` by a register and executes what is there: the trap, if one came. */
  function jump(mode: Mode, target: string, by = 't3'): Taken | undefined {
    const at = machine.program(CODE, `go: jr ${by}\n.align 2\n${target}`);
    machine.write(by as 't3', at.get('there')!);
    const trap = machine.step(mode, CODE);
    return trap ?? machine.step(mode, machine.read('pc'));
  }
  const there = (text: string) => `there: ${text}`;
  const lpad = (label: number) => `.word ${(label << 12) | 0x17}`;

  test.each(allModes)('in %s_jumpToAnythingElse_isASoftwareCheck_ifThatModeAsksForThem', (mode) => {
    for (const other of allModes) {
      machine.reset();
      machine.openPmp();
      enable(other);
      const asked = SWITCH[other] === SWITCH[mode];
      const trap = jump(mode, there('nop'));
      if (!asked) expect([mode, other, trap]).toEqual([mode, other, undefined]);
      else expect(trap).toMatchObject({ level: 'M', cause: SOFTWARE_CHECK, tval: 2n, epc: BigInt(CODE + 4) });
      expect(jump(mode, there(lpad(0)))).toBeUndefined();
    }
  });

  test('labels_mustMatch_unlessThePadHasNone', () => {
    enable('U');
    machine.write('t2', 0x1234_5fffn);
    expect(jump('U', there(lpad(0x12345)))).toBeUndefined();
    expect(jump('U', there(lpad(0)))).toBeUndefined();
    expect(jump('U', there(lpad(0x12344)))).toMatchObject({ cause: SOFTWARE_CHECK, tval: 2n });
  });

  test('padNotAligned_isNone', () => {
    enable('U');
    expect(jump('U', `c.nop\nthere: ${lpad(0)}`)).toMatchObject({
      cause: SOFTWARE_CHECK,
      tval: 2n,
      epc: BigInt(CODE + 6),
    });
  });

  test('returnsAndGuardedJumps_needNone', () => {
    enable('U');
    for (const register of ['ra', 't0', 't2']) expect(jump('U', there('nop'), register)).toBeUndefined();
  });

  test.each(['c.jr t3', 'c.jalr t3', 'jalr t0, 8(t3)', 'jalr zero, -4(t3)'])(
    '%s_linksAndJumps_likeEverywhere',
    (instruction) => {
      enable('U');
      const short = instruction.startsWith('c.');
      machine.program(CODE, `${instruction}\n.align 4\nnop\nnop\npad: ${lpad(0)}\nadd a0, a0, a1`);
      const offset = instruction.includes('8(') ? 8 : instruction.includes('-4(') ? -4 : 0;
      machine.write('t3', CODE + 0x18 - offset + 1); // bit 0 is cleared
      machine.write('ra', 7);
      machine.write('t0', 7);
      machine.mode = 'U';
      machine.write('pc', CODE);
      machine.write('a0', 1);
      machine.write('a1', 2);
      machine.run(3);
      expect([machine.read('pc'), machine.read('a0')]).toEqual([BigInt(CODE + 0x20), 3n]);
      const link = BigInt(CODE + (short ? 2 : 4));
      expect(machine.read('ra')).toBe(instruction === 'c.jalr t3' ? link : 7n);
      expect(machine.read('t0')).toBe(instruction.startsWith('jalr t0') ? link : 7n);
    },
  );

  test('fetchFault_comesFirst_andTheExpectationIsStacked', () => {
    enable('U');
    machine.program(CODE, 'jr t3');
    machine.write('t3', 0x1000_0000);
    expect(machine.step('U', CODE)).toBeUndefined();
    expect(machine.step('U', machine.read('pc'))).toMatchObject({ cause: 1 });
    expect([machine.read('mstatus') & MPELP, machine.u64(ELP)]).toEqual([MPELP, 0n]);
  });

  test.each([
    ['M', 'mret', 'mstatus', MPELP],
    ['HS', 'sret', 'sstatus', SPELP],
    ['VS', 'sret', 'vsstatus', SPELP],
  ] as const)(
    'interrupt in %s between jump and pad_isReturnedFrom_withThePadStillExpected',
    (level, back, status, field) => {
      const user = level === 'VS' ? 'VU' : 'U';
      enable('U');
      machine.write('medeleg', -1n);
      machine.write('mideleg', level === 'M' ? 0n : -1n);
      machine.write('hideleg', level === 'VS' ? -1n : 0n);
      const line = level === 'VS' ? 4n : 2n; // VSSI or SSI
      machine.write('mie', line);
      const at = machine.program(CODE, `jr t3\n.align 2\nthere: nop`);
      machine.program(HANDLER[level], back);
      machine.write('t3', at.get('there')!);
      expect(machine.step(user, CODE)).toBeUndefined();
      expect(machine.u64(ELP)).toBe(1n);
      machine.write('mip', line);
      if (level === 'VS') machine.write('hvip', line);
      expect(machine.step(user, machine.read('pc'))).toMatchObject({ level });
      expect([machine.read(status) & field, machine.u64(ELP)]).toEqual([field, 0n]);
      machine.write('mip', 0n);
      machine.write('hvip', 0n);
      expect(machine.step(level, HANDLER[level])).toBeUndefined();
      expect([machine.mode, machine.u64(ELP), machine.read(status) & field]).toEqual([user, 1n, 0n]);
      expect(machine.step(user, machine.read('pc'))).toMatchObject({ cause: SOFTWARE_CHECK, tval: 2n });
    },
  );

  test('returnToAModeThatNeedsNone_forgetsTheExpectation', () => {
    machine.program(CODE, 'mret');
    machine.write('mepc', CODE);
    machine.write('mstatus', MPELP);
    expect(machine.step('M', CODE)).toBeUndefined();
    expect([machine.mode, machine.u64(ELP), machine.read('mstatus') & MPELP]).toEqual(['U', 0n, 0n]);
  });

  test('switchedOn_andOffAgain_codeSeenBeforeFollows', () => {
    expect(jump('U', there('nop'))).toBeUndefined();
    enable('U');
    expect(jump('U', there('nop'))?.cause).toBe(SOFTWARE_CHECK);
    machine.write('senvcfg', 0n);
    expect(jump('U', there('nop'))).toBeUndefined();
  });

  test('withoutTheExtension_nothingOfItExists', () => {
    machine.reset(['Smdbltrp', 'Zicfilp']);
    machine.openPmp();
    for (const csr of ['menvcfg', 'henvcfg', 'senvcfg'] as const) {
      machine.write(csr, LPE);
      expect(machine.read(csr)).toBe(0n);
    }
    machine.write('mstatus', MPELP | SPELP);
    expect(machine.read('mstatus') & (MPELP | SPELP)).toBe(0n);
    expect(jump('U', there('nop'))).toBeUndefined();
  });
});

describe('shadow stacks', () => {
  const STACK = RAM + 0x20_0000;
  const OTHER = RAM + 0x21_0000;
  const [R, W, X, USER, AD] = [2n, 4n, 8n, 16n, 0xc1n];
  const STORE_ACCESS = 7;
  const STORE_PAGE = 15;

  /** Sv39 tables: RAM as it is for supervisor and user by two gigabytes, and one page more at 0xc000_0000 for the shadow stack. */
  function paging(kind: bigint, user: boolean): void {
    const [root, middle, leaf] = [RAM + 0x10_0000, RAM + 0x10_1000, RAM + 0x10_2000];
    const u = user ? USER : 0n;
    machine.poke(root + 2 * 8, (BigInt(RAM) >> 2n) | R | W | X | u | AD);
    machine.poke(root + 3 * 8, (BigInt(middle) >> 2n) | 1n);
    machine.poke(middle, (BigInt(leaf) >> 2n) | 1n);
    machine.poke(leaf, (BigInt(STACK) >> 2n) | kind | u | AD);
    machine.write('satp', (8n << 60n) | (BigInt(root) >> 12n));
    machine.write('vsatp', (8n << 60n) | (BigInt(root) >> 12n));
    machine.engine.flushTlb(VCPU_AREA);
  }
  const SHADOW = 0xc000_0000;
  const isUser = (mode: Mode) => mode === 'U' || mode === 'VU';

  function activate(): void {
    machine.write('menvcfg', SSE | (1n << 6n) | (1n << 7n));
    machine.write('henvcfg', SSE);
    machine.write('senvcfg', SSE | (1n << 6n) | (1n << 7n));
  }

  beforeEach(() => {
    machine.program(
      CODE,
      'sspush ra\nsspush t0\nsspopchk ra\nsspopchk t0\nssrdp a0\nssamoswap.d a0, a1, (a2)\nssamoswap.w a0, a1, (a2)\nc.sspush ra\nc.sspopchk t0\ncsrr a0, ssp\ncsrw ssp, a1',
    );
  });
  const [PUSH_RA, PUSH_T0, POP_RA, POP_T0, READ, SWAP_D, SWAP_W, C_PUSH, C_POP, CSR_READ, CSR_WRITE] = [
    0, 4, 8, 12, 16, 20, 24, 28, 30, 32, 36,
  ].map((offset) => CODE + offset) as [
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
    number,
  ];

  test.each(['HS', 'U', 'VS', 'VU'] as Mode[])('in %s_whatWasPushed_isPopped_ifItIsTheSame', (mode) => {
    activate();
    paging(W, isUser(mode));
    machine.write('ssp', SHADOW + 0x100);
    machine.write('ra', 0x1234);
    machine.write('t0', 0x5678);
    expect(machine.step(mode, PUSH_RA)).toBeUndefined();
    expect(machine.step(mode, PUSH_T0)).toBeUndefined();
    expect([machine.read('ssp'), machine.peek(STACK + 0xf8), machine.peek(STACK + 0xf0)]).toEqual([
      BigInt(SHADOW + 0xf0),
      0x1234n,
      0x5678n,
    ]);
    expect(machine.step(mode, READ)).toBeUndefined();
    expect(machine.read('a0')).toBe(BigInt(SHADOW + 0xf0));
    expect(machine.step(mode, POP_RA)).toEqual({ level: 'M', cause: SOFTWARE_CHECK, tval: 3n, epc: BigInt(POP_RA) });
    expect(machine.step(mode, POP_T0)).toBeUndefined();
    expect(machine.step(mode, POP_RA)).toBeUndefined();
    expect(machine.read('ssp')).toBe(BigInt(SHADOW + 0x100));
    expect(machine.step(mode, C_PUSH)).toBeUndefined();
    expect([machine.read('pc'), machine.peek(STACK + 0xf8)]).toEqual([BigInt(C_PUSH + 2), 0x1234n]);
    machine.write('t0', 0x1234);
    expect(machine.step(mode, C_POP)).toBeUndefined();
    expect([machine.read('pc'), machine.read('ssp')]).toEqual([BigInt(C_POP + 2), BigInt(SHADOW + 0x100)]);
    machine.write('a2', SHADOW);
    machine.write('a1', 0x9999_8888_7777_6666n);
    expect(machine.step(mode, SWAP_D)).toBeUndefined();
    expect([machine.read('a0'), machine.peek(STACK)]).toEqual([0n, 0x9999_8888_7777_6666n]);
    machine.write('a1', 0x8000_0000n);
    expect(machine.step(mode, SWAP_W)).toBeUndefined();
    expect(machine.step(mode, SWAP_W)).toBeUndefined();
    expect([machine.read('a0'), machine.peek(STACK)]).toEqual([0xffff_ffff_8000_0000n, 0x9999_8888_8000_0000n]);
  });

  test('notActive_instructionsAreMayBeOperations', () => {
    paging(W, false);
    for (const mode of ['M', 'HS', 'VS'] as const) {
      machine.write('a0', 5n);
      for (const at of [PUSH_RA, POP_RA, C_PUSH, C_POP])
        expect([mode, machine.step(mode, at)]).toEqual([mode, undefined]);
      expect(machine.read('pc')).toBe(BigInt(C_POP + 2));
      expect(machine.step(mode, READ)).toBeUndefined();
      expect([machine.read('ssp'), machine.read('a0')]).toEqual([0n, 0n]);
    }
  });

  test.each([
    ['ssp', 'csr'],
    ['ssamoswap', 'swap'],
  ])('%s_eachModeAndSwitch_isAllowed_illegal_orVirtual', (_, what) => {
    const verdict = (mode: Mode, [m, h, s]: readonly [boolean, boolean, boolean]): number | undefined => {
      if (mode === 'M') return undefined;
      if (!m) return 2;
      if (mode === 'U') return s ? undefined : 2;
      if (mode === 'VS') return h ? undefined : 22;
      if (mode === 'VU') return h && s ? undefined : 22;
      return undefined;
    };
    for (const mode of allModes) {
      for (let bits = 0; bits < 8; bits++) {
        const on = [(bits & 1) !== 0, (bits & 2) !== 0, (bits & 4) !== 0] as const;
        machine.write('menvcfg', SSE);
        machine.write('senvcfg', on[2] ? SSE : 0n);
        machine.write('henvcfg', on[1] ? SSE : 0n);
        machine.write('menvcfg', on[0] ? SSE : 0n);
        if (on[0]) machine.write('henvcfg', on[1] ? SSE : 0n);
        paging(W, isUser(mode));
        machine.write('a2', SHADOW);
        const cause = machine.step(mode, what === 'csr' ? CSR_READ : SWAP_D)?.cause;
        const refusal = mode === 'M' && what === 'swap' ? STORE_ACCESS : undefined; // no page is M-mode's
        expect([mode, bits, cause]).toEqual([mode, bits, verdict(mode, on) ?? refusal]);
      }
    }
  });

  test('senvcfg_switch_isThere_onlyWhereTheLevelsAboveHaveIt', () => {
    machine.write('senvcfg', SSE);
    expect(machine.read('senvcfg') & SSE).toBe(0n);
    machine.write('menvcfg', SSE);
    machine.write('senvcfg', SSE);
    expect(machine.read('senvcfg') & SSE).toBe(SSE);
    machine.mode = 'VS';
    expect(machine.read('senvcfg') & SSE).toBe(0n);
    machine.write('henvcfg', SSE);
    expect(machine.read('senvcfg') & SSE).toBe(SSE);
  });

  test('ssp_holdsMultiplesOf8', () => {
    machine.write('a1', -1n);
    expect(machine.step('M', CSR_WRITE)).toBeUndefined();
    expect(machine.read('ssp')).toBe(0xffff_ffff_ffff_fff8n);
  });

  test('pagesOfEachKind_shadowInstructions_areRefusedAsStores', () => {
    activate();
    machine.write('ssp', SHADOW + 0x100);
    for (const [kind, cause] of [
      [W, undefined],
      [R, STORE_PAGE],
      [R | W, STORE_ACCESS],
      [R | X, STORE_ACCESS],
      [X, STORE_ACCESS],
      [R | W | X, STORE_ACCESS],
    ] as const) {
      paging(kind, false);
      for (const [at, address] of [
        [PUSH_RA, SHADOW + 0xf8],
        [POP_RA, SHADOW + 0x100],
      ] as const) {
        machine.write('ssp', SHADOW + 0x100);
        machine.write('ra', 0);
        const trap = machine.step('HS', at);
        expect([kind, trap?.cause]).toEqual([kind, cause]);
        if (trap) expect(trap.tval).toBe(BigInt(address));
        expect(machine.read('ssp')).toBe(
          BigInt(trap ? SHADOW + 0x100 : at === PUSH_RA ? SHADOW + 0xf8 : SHADOW + 0x108),
        );
      }
    }
  });

  test('otherInstructions_mayReadAShadowStack_andNothingElse', () => {
    activate();
    paging(W, false);
    machine.poke(STACK, 77n);
    machine.write('a1', SHADOW);
    machine.program(
      OTHER,
      'ld a0, 0(a1)\nsd a0, 0(a1)\namoadd.w a0, a0, (a1)\ncbo.zero (a1)\ncbo.clean (a1)\njr a1\nld a0, 0(a1)',
    );
    expect(machine.step('HS', OTHER)).toBeUndefined();
    expect(machine.read('a0')).toBe(77n);
    for (const offset of [4, 8, 12, 16]) {
      expect([offset, machine.step('HS', OTHER + offset)]).toMatchObject([
        offset,
        { cause: STORE_ACCESS, tval: BigInt(SHADOW) },
      ]);
    }
    // That comes before the bits of the entry are looked at.
    const leaf = RAM + 0x10_2000;
    machine.poke(leaf, machine.peek(leaf) & ~0xc0n);
    machine.engine.flushTlb(VCPU_AREA);
    expect(machine.step('HS', OTHER + 16)).toMatchObject({ cause: STORE_ACCESS, tval: BigInt(SHADOW) });
    expect(machine.peek(leaf) & 0xc0n).toBe(0n);
    paging(W, false);
    machine.step('HS', OTHER + 20);
    expect(machine.step('HS', SHADOW)).toMatchObject({ cause: 1, tval: BigInt(SHADOW) });
    // Switched off, such pages are reserved at once.
    machine.write('menvcfg', 0n);
    expect(machine.step('HS', OTHER + 24)).toMatchObject({ cause: 13 });
  });

  test('misalignedOrWithoutPageTables_isRefused', () => {
    activate();
    machine.write('ssp', SHADOW + 0x100);
    expect(machine.step('HS', PUSH_RA)).toMatchObject({ cause: STORE_ACCESS, tval: BigInt(SHADOW + 0xf8) });
    paging(W, false);
    machine.write('a2', SHADOW + 4);
    expect(machine.step('HS', SWAP_D)).toMatchObject({ cause: 6, tval: BigInt(SHADOW + 4) });
  });

  test('userPages_areForUsers_andForSupervisorsWithSum', () => {
    activate();
    machine.write('ssp', SHADOW + 0x100);
    paging(W, false);
    machine.poke(RAM + 0x10_0000 + 16, (BigInt(RAM) >> 2n) | R | W | X | USER | AD);
    expect(machine.step('U', PUSH_RA)).toMatchObject({ cause: STORE_PAGE });
    paging(W, true);
    machine.poke(RAM + 0x10_0000 + 16, (BigInt(RAM) >> 2n) | R | W | X | AD);
    expect(machine.step('HS', PUSH_RA)).toMatchObject({ cause: STORE_PAGE });
    machine.write('mstatus', 1n << 18n);
    expect(machine.step('HS', PUSH_RA)).toBeUndefined();
  });

  test('withoutTheExtension_mayBeOperationsAndReservedEncodings', () => {
    machine.reset(['Smdbltrp', 'Zicfiss']);
    machine.openPmp();
    machine.program(CODE, 'sspush ra\ncsrr a0, ssp\nssamoswap.d a0, a1, (a2)\nssrdp a0\nc.sspush ra');
    machine.write('menvcfg', SSE);
    expect(machine.read('menvcfg') & SSE).toBe(0n);
    machine.write('a0', 9);
    expect(machine.step('M', CODE)).toBeUndefined();
    expect(machine.step('M', CODE + 4)?.cause).toBe(2);
    expect(machine.step('M', CODE + 8)?.cause).toBe(2);
    expect(machine.step('M', CODE + 12)).toBeUndefined();
    expect(machine.read('a0')).toBe(0n);
    expect(machine.step('M', CODE + 16)).toBeUndefined();
  });
});
