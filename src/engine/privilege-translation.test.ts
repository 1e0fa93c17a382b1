// Address translation: page tables of every depth, what their entries permit, A and D bits, memory types and contiguous pages, both
// stages and what their faults report. Priv. ISA, "Sv39" and following, "Svnapot", "Svpbmt", "Svadu"; Hypervisor, "Two-Stage Address
// Translation", "Guest-Page Faults". Also what these names promise: Ssccptr, Sstvala, Shgatpa, Shtvala, Shvsatpa, Shvstvala.
import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { VCPU_AREA } from './hart/layout.js';
import { RAM, type Taken, TestMachine } from './privilege-testing/machine.js';

let machine: TestMachine;
beforeAll(async () => {
  machine = await TestMachine.create();
});
beforeEach(() => {
  machine.reset();
  machine.openPmp();
  machine.program(
    CODE,
    'ld a0, 0(a1)\nsd a0, 0(a1)\namoadd.d a0, a0, (a1)\nhlv.d a0, (a1)\nhsv.d a0, (a1)\nhlvx.wu a0, (a1)',
  );
});

const CODE = RAM + 0x3000;
const [LOAD, STORE, AMO, HLV, HSV, HLVX] = [0, 4, 8, 12, 16, 20].map((offset) => CODE + offset) as [
  number,
  number,
  number,
  number,
  number,
  number,
];
const TABLES = RAM + 0x10_0000;
const GUEST_TABLES = RAM + 0x18_0000;
const DATA = RAM + 0x20_0000;
const [V, R, W, X, U, G, A, D] = [1n, 2n, 4n, 8n, 16n, 32n, 64n, 128n];
const LEAF = V | R | W | X | A | D;
const ADUE = 1n << 61n;
const PBMTE = 1n << 62n;
const MPRV = 1n << 17n;
const SUM = 1n << 18n;
const MXR = 1n << 19n;
const [FETCH_PAGE, LOAD_PAGE, STORE_PAGE] = [12, 13, 15];
const [FETCH_GUEST, LOAD_GUEST, STORE_GUEST] = [20, 21, 23];

const ppn = (at: number | bigint) => (BigInt(at) >> 12n) << 10n;
const levels = { 8: 3, 9: 4, 10: 5 } as const;
type Scheme = keyof typeof levels;

/** Maps `va` by a leaf at `level`; the tables above it are made as they are needed, from `at` on. Returns where the leaf lies. */
class Tables {
  readonly #wide: boolean;
  #next: number;

  constructor(
    readonly root: number,
    readonly scheme: Scheme,
    wide = false,
  ) {
    this.#wide = wide;
    this.#next = root + 0x4000;
  }
  get register(): bigint {
    return (BigInt(this.scheme) << 60n) | (BigInt(this.root) >> 12n);
  }
  map(va: bigint, entry: bigint, level = 0): number {
    const depth = levels[this.scheme];
    let table = this.root;
    for (let i = depth - 1; ; i--) {
      const bits = this.#wide && i === depth - 1 ? 11n : 9n;
      const index = Number((va >> BigInt(12 + 9 * i)) & ((1n << bits) - 1n));
      const at = table + index * 8;
      if (i === level) {
        machine.poke(at, entry);
        return at;
      }
      if (machine.peek(at) === 0n) {
        machine.poke(at, ppn(this.#next) | V);
        this.#next += 0x1000;
      }
      table = Number((machine.peek(at) >> 10n) << 12n);
    }
  }
}

/** Loads and stores of M-mode made as by `mode`, so that no code needs to be mapped. */
function as(mode: 'HS' | 'U' | 'VS' | 'VU', at: number, va: bigint, more = 0n): Taken | undefined {
  const mpp = mode === 'HS' || mode === 'VS' ? 1n : 0n;
  const mpv = mode === 'VS' || mode === 'VU' ? 1n : 0n;
  machine.write('mstatus', MPRV | (mpp << 11n) | (mpv << 39n) | more);
  machine.write('a1', va);
  return machine.step('M', at);
}
const fenced = () => machine.engine.flushTlb(VCPU_AREA);

describe('first stage', () => {
  test.each([8, 9, 10] as const)('satp mode %i_everyPageSize_isFound', (scheme) => {
    const depth = levels[scheme];
    for (let level = 0; level < depth; level++) {
      machine.engine.u8.fill(0, TABLES, TABLES + 0x4_0000);
      const tables = new Tables(TABLES, scheme);
      const size = 1n << BigInt(12 + 9 * level);
      // Larger pages begin below RAM; the address is chosen so that they still reach DATA.
      const base = BigInt(DATA) & ~(size - 1n);
      const va = (1n << BigInt(12 + 9 * depth - 2)) | BigInt(DATA & 0x1f_ffff) | (BigInt(DATA) & (size - 1n));
      tables.map(va, ppn(base) | LEAF, level);
      machine.write('satp', tables.register);
      fenced();
      machine.poke(DATA, BigInt(0x100 + level));
      expect([level, as('HS', LOAD, va)]).toEqual([level, undefined]);
      expect(machine.read('a0')).toBe(BigInt(0x100 + level));
      const misaligned = tables.map(va, (ppn(base) | LEAF) ^ (level > 0 ? 1n << 10n : 0n), level);
      fenced();
      if (level > 0) expect(as('HS', LOAD, va)).toMatchObject({ cause: LOAD_PAGE, tval: va });
      machine.poke(misaligned, ppn(base) | LEAF);
    }
  });

  test.each([8, 9, 10] as const)('satp mode %i_addressThatIsNotSignExtended_faults', (scheme) => {
    const tables = new Tables(TABLES, scheme);
    machine.write('satp', tables.register);
    const bits = BigInt(12 + 9 * levels[scheme]);
    for (const va of [1n << bits, 1n << (bits - 1n), 1n << 63n]) {
      expect(as('HS', LOAD, va)).toEqual({ level: 'M', cause: LOAD_PAGE, tval: va, epc: BigInt(LOAD) });
      expect(as('HS', STORE, va)?.cause).toBe(STORE_PAGE);
    }
  });

  test('anyEntry_anyAccess_isPermittedAsTheModelSays', () => {
    const tables = new Tables(TABLES, 8);
    const va = 0x4000_0000n;
    machine.write('satp', tables.register);
    fc.assert(
      fc.property(
        fc.nat(255),
        fc.constantFrom('HS', 'U') as fc.Arbitrary<'HS' | 'U'>,
        fc.constantFrom('load', 'store', 'amo', 'fetch'),
        fc.boolean(),
        fc.boolean(),
        fc.boolean(),
        (low, mode, kind, sum, mxr, adue) => {
          const bits = BigInt(low);
          machine.write('menvcfg', adue ? ADUE : 0n);
          const at = tables.map(va, ppn(DATA) | bits);
          machine.program(DATA, 'nop');
          fenced();
          let trap: Taken | undefined;
          if (kind === 'fetch') {
            machine.write('mstatus', (sum ? SUM : 0n) | (mxr ? MXR : 0n));
            trap = machine.step(mode, va);
          } else {
            const instruction = { load: LOAD, store: STORE, amo: AMO }[kind]!;
            trap = as(mode, instruction, va, (sum ? SUM : 0n) | (mxr ? MXR : 0n));
          }
          const has = (bit: bigint) => (bits & bit) !== 0n;
          const writes = kind === 'store' || kind === 'amo';
          let may = has(V) && (has(R) || !has(W)) && (has(R) || has(X));
          if (has(U)) may &&= mode === 'U' || (kind !== 'fetch' && sum);
          else may &&= mode === 'HS';
          may &&= kind === 'fetch' ? has(X) : writes ? has(W) : has(R) || (mxr && has(X));
          const current = has(A) && (!writes || has(D));
          may &&= current || adue;
          const cause = kind === 'fetch' ? FETCH_PAGE : writes ? STORE_PAGE : LOAD_PAGE;
          expect([low, trap?.cause, trap?.tval]).toEqual([low, may ? undefined : cause, may ? undefined : va]);
          const updated = may ? bits | A | (writes ? D : 0n) : bits;
          expect(machine.peek(at) & 0xffn).toBe(updated);
        },
      ),
      { numRuns: 400 },
    );
  });

  test('reservedBits_andPointersWithLeafBits_fault', () => {
    const tables = new Tables(TABLES, 8);
    const va = 0x4000_0000n;
    machine.write('satp', tables.register);
    for (let bit = 54n; bit < 64n; bit++) {
      tables.map(va, ppn(DATA) | LEAF | (1n << bit));
      fenced();
      expect([bit, as('HS', LOAD, va)?.cause]).toEqual([bit, LOAD_PAGE]);
    }
    tables.map(va, ppn(DATA) | LEAF);
    const pointer = TABLES + 8; // of the gigabyte at va
    const good = machine.peek(pointer);
    for (const bit of [A, D, U]) {
      machine.poke(pointer, good | bit);
      fenced();
      expect([bit, as('HS', LOAD, va)?.cause]).toEqual([bit, LOAD_PAGE]);
    }
    machine.poke(pointer, good | G);
    fenced();
    expect(as('HS', LOAD, va)).toBeUndefined();
    // A pointer at the last level points nowhere.
    tables.map(va, ppn(DATA) | V);
    fenced();
    expect(as('HS', LOAD, va)?.cause).toBe(LOAD_PAGE);
  });

  test('memoryTypes_whereEnabled_areAccepted_butNotTheReservedOne', () => {
    const tables = new Tables(TABLES, 8);
    const va = 0x4000_0000n;
    machine.write('satp', tables.register);
    for (const enabled of [false, true]) {
      machine.write('menvcfg', enabled ? PBMTE : 0n);
      for (let type = 0n; type < 4n; type++) {
        tables.map(va, ppn(DATA) | LEAF | (type << 61n));
        fenced();
        const may = type === 0n || (enabled && type < 3n);
        expect([enabled, type, as('HS', LOAD, va)?.cause]).toEqual([enabled, type, may ? undefined : LOAD_PAGE]);
      }
    }
  });

  test('contiguousPages_sixteenOfThem_areOneTranslation', () => {
    const tables = new Tables(TABLES, 8);
    const base = 0x4001_0000n;
    machine.write('satp', tables.register);
    const napot = (1n << 63n) | ppn(DATA + 0x8000) | LEAF;
    for (let page = 0n; page < 16n; page++) {
      tables.map(base + page * 0x1000n, napot);
      machine.poke(DATA + Number(page) * 0x1000, 500n + page);
    }
    for (let page = 0n; page < 16n; page++) {
      expect(as('HS', LOAD, base + page * 0x1000n)).toBeUndefined();
      expect(machine.read('a0')).toBe(500n + page);
    }
    // Other sizes than 64 KiB, and larger leaves, are reserved.
    for (const wrong of [0x0000, 0x1000, 0x4000, 0x9000]) {
      tables.map(base, (1n << 63n) | ppn(DATA + wrong) | LEAF);
      fenced();
      expect([wrong, as('HS', LOAD, base)?.cause]).toEqual([wrong, LOAD_PAGE]);
    }
    machine.reset(['Smdbltrp', 'Svnapot']);
    machine.openPmp();
    machine.program(CODE, 'ld a0, 0(a1)');
    machine.write('satp', tables.register);
    tables.map(base, napot);
    expect(as('HS', LOAD, base)?.cause).toBe(LOAD_PAGE);
  });

  test('pageTable_outsideOfMemory_isAnAccessFaultOfTheAccess', () => {
    machine.write('satp', (8n << 60n) | (0x5000_0000n >> 12n));
    expect(as('HS', LOAD, 0x4000_0000n)).toMatchObject({ cause: 5, tval: 0x4000_0000n });
    expect(as('HS', STORE, 0x4000_0000n)).toMatchObject({ cause: 7, tval: 0x4000_0000n });
    machine.write('mstatus', 0n);
    expect(machine.step('HS', 0x4000_0000)).toMatchObject({ cause: 1, tval: 0x4000_0000n });
  });

  test('accessAcrossPages_secondPageMissing_faultsWithItsAddress_andWritesNothing', () => {
    const tables = new Tables(TABLES, 8);
    tables.map(0x4000_0000n, ppn(DATA) | LEAF);
    machine.write('satp', tables.register);
    machine.poke(DATA + 0xff8, 0n);
    machine.write('a0', -1n);
    expect(as('HS', STORE, 0x4000_0ffcn)).toMatchObject({ cause: STORE_PAGE, tval: 0x4000_1000n });
    expect(machine.peek(DATA + 0xff8)).toBe(0n);
    expect(as('HS', LOAD, 0x4000_0ffcn)).toMatchObject({ cause: LOAD_PAGE, tval: 0x4000_1000n });
  });

  test('fences_byAddressOrSpace_showWhatTheTablesSay', () => {
    machine.program(
      CODE + 0x100,
      'sfence.vma\nsfence.vma a1\nsfence.vma zero, a2\nsfence.vma a1, a2\nsinval.vma a1, a2',
    );
    const tables = new Tables(TABLES, 8);
    const va = 0x4000_0000n;
    for (let offset = 0; offset < 20; offset += 4) {
      tables.map(va, ppn(DATA) | LEAF);
      machine.write('satp', tables.register | (5n << 44n));
      fenced();
      machine.poke(DATA, 1n);
      machine.poke(DATA + 0x1000, 2n);
      as('HS', LOAD, va);
      tables.map(va, ppn(DATA + 0x1000) | LEAF);
      machine.write('a2', 5n);
      expect(machine.step('M', CODE + 0x100 + offset)).toBeUndefined();
      as('HS', LOAD, va);
      expect([offset, machine.read('a0')]).toEqual([offset, 2n]);
    }
  });

  test.each([
    ['superpage', 1, 0n],
    ['largest superpage', 2, 0n],
    ['contiguous pages', 0, 1n << 63n],
  ] as const)('fence_byAnotherAddressOfA %s_isAboutAllOfIt', (_, level, napot) => {
    machine.program(CODE + 0x100, 'sfence.vma a1');
    const tables = new Tables(TABLES, 8);
    const size = napot ? 0x1_0000n : 1n << BigInt(12 + 9 * level);
    const page = napot ? ppn(RAM) | (8n << 10n) | napot : ppn(BigInt(RAM) & ~(size - 1n));
    const va = (1n << 32n) + (BigInt(RAM) & (size - 1n));
    tables.map(va, page | LEAF, level);
    machine.write('satp', tables.register);
    fenced();
    machine.poke(DATA, 1n);
    expect(as('HS', LOAD, va)).toBeUndefined();
    tables.map(va, 0n, level);
    // The fence names the last page of it; what was cached is another.
    machine.write('a1', (va & ~(size - 1n)) + size - 0x1000n);
    expect(machine.step('M', CODE + 0x100)).toBeUndefined();
    expect(as('HS', LOAD, va)?.cause).toBe(LOAD_PAGE);
  });
});

describe('two stages', () => {
  const GPA = 0x6000_0000n; // where the guest believes its data to be
  const GVA = 0x4000_0000n;
  /** The guest's tables lie in the guest's memory, which is mapped as it is. */
  function stages(scheme: Scheme = 8, gscheme: Scheme = 8): { guest: Tables; host: Tables } {
    const host = new Tables(GUEST_TABLES, gscheme, true);
    const guest = new Tables(TABLES, scheme);
    for (let at = TABLES; at < TABLES + 0x1_0000; at += 0x1000) host.map(BigInt(at), ppn(at) | LEAF | U);
    host.map(GPA, ppn(DATA) | LEAF | U);
    guest.map(GVA, ppn(GPA) | LEAF);
    machine.write('vsatp', guest.register);
    machine.write('hgatp', host.register);
    machine.poke(DATA, 0xabcn);
    return { guest, host };
  }

  test.each([
    [8, 8],
    [9, 8],
    [10, 9],
    [8, 10],
    [10, 10],
  ] as const)('vsatp mode %i under hgatp mode %i_data_isFound', (scheme, gscheme) => {
    stages(scheme, gscheme);
    expect(as('VS', LOAD, GVA)).toBeUndefined();
    expect(machine.read('a0')).toBe(0xabcn);
  });

  test('guestPhysicalAddress_hasTwoBitsMore_andNoOthers', () => {
    const { host } = stages();
    machine.write('vsatp', 0n);
    const top = (1n << 41n) - 0x1000n;
    host.map(top, ppn(DATA) | LEAF | U);
    expect(as('VS', LOAD, top)).toBeUndefined();
    for (const gpa of [1n << 41n, 1n << 63n]) {
      expect(as('VS', LOAD, gpa)).toMatchObject({ cause: LOAD_GUEST, tval: gpa });
      expect(machine.read('mtval2')).toBe(gpa >> 2n);
    }
  });

  test.each([
    ['load', LOAD, LOAD_GUEST, 0x3003n | (10n << 7n)],
    ['store', STORE, STORE_GUEST, 0x3023n | (10n << 20n)],
    ['amo', AMO, STORE_GUEST, 0x302fn | (10n << 7n) | (10n << 20n)],
  ])('%s_guestPhysicalPageMissing_reportsAddressesAndInstruction', (_, at, cause, tinst) => {
    const { host } = stages();
    host.map(GPA, 0n);
    fenced();
    expect(as('VS', at, GVA + 8n)).toEqual({ level: 'M', cause, tval: GVA + 8n, epc: BigInt(at) });
    expect([machine.read('mtval2'), machine.read('mtinst')]).toEqual([(GPA + 8n) >> 2n, tinst]);
    expect((machine.read('mstatus') >> 38n) & 1n).toBe(1n);
  });

  test('fetch_guestPhysicalPageMissing_reportsNoInstruction', () => {
    const { host } = stages();
    host.map(GPA, 0n);
    machine.write('medeleg', -1n);
    expect(machine.step('VS', GVA + 4n)).toEqual({ level: 'HS', cause: FETCH_GUEST, tval: GVA + 4n, epc: GVA + 4n });
    expect([machine.read('htval'), machine.read('htinst'), machine.read('hstatus') & 0x40n]).toEqual([
      (GPA + 4n) >> 2n,
      0n,
      0x40n,
    ]);
  });

  test.each([
    ['load', LOAD, LOAD_GUEST],
    ['store', STORE, STORE_GUEST],
  ])('%s_pageOfTheGuestsTablesMissing_reportsItsAddress_asAnImplicitRead', (_, at, cause) => {
    const { host } = stages();
    host.map(BigInt(TABLES), 0n);
    expect(as('VS', at, GVA)).toMatchObject({ cause, tval: GVA });
    expect([machine.read('mtval2'), machine.read('mtinst')]).toEqual([(BigInt(TABLES) + 8n) >> 2n, 0x3000n]);
  });

  test('updateOfTheGuestsTables_whereTheyMayNotBeWritten_isAnImplicitWrite', () => {
    const { host, guest } = stages();
    machine.write('menvcfg', ADUE);
    machine.write('henvcfg', ADUE);
    const leaf = guest.map(GVA, ppn(GPA) | V | R | W);
    const table = BigInt(leaf) & ~0xfffn;
    host.map(table, ppn(table) | V | R | X | U | A);
    fenced();
    expect(as('VS', LOAD, GVA)).toMatchObject({ cause: LOAD_GUEST, tval: GVA });
    expect([machine.read('mtval2'), machine.read('mtinst')]).toEqual([BigInt(leaf) >> 2n, 0x3020n]);
    host.map(table, ppn(table) | V | R | W | U);
    fenced();
    expect(as('VS', STORE, GVA)).toBeUndefined();
    expect(machine.peek(leaf) & 0xffn).toBe(V | R | W | A | D);
  });

  test('hardwareUpdates_areGrantedStageByStage', () => {
    const { host, guest } = stages();
    for (const [m, h] of [
      [false, false],
      [true, false],
      [true, true],
    ]) {
      machine.write('menvcfg', m ? ADUE : 0n);
      machine.write('henvcfg', h ? ADUE : 0n);
      guest.map(GVA, ppn(GPA) | V | R | W);
      fenced();
      expect([m, h, as('VS', LOAD, GVA)?.cause]).toEqual([m, h, h ? undefined : LOAD_PAGE]);
      guest.map(GVA, ppn(GPA) | LEAF);
      host.map(GPA, ppn(DATA) | V | R | W | X | U);
      fenced();
      expect([m, h, as('VS', LOAD, GVA)?.cause]).toEqual([m, h, m ? undefined : LOAD_GUEST]);
      host.map(GPA, ppn(DATA) | LEAF | U);
    }
  });

  test('secondStage_everyAccess_isAUsersAccess', () => {
    const { host } = stages();
    host.map(GPA, ppn(DATA) | LEAF);
    expect(as('VS', LOAD, GVA)?.cause).toBe(LOAD_GUEST);
  });

  test('mxr_ofTheHost_reachesBothStages_thatOfTheGuest_onlyItsOwn', () => {
    const { host, guest } = stages();
    const setup = (first: bigint, second: bigint) => {
      guest.map(GVA, ppn(GPA) | V | A | D | first);
      host.map(GPA, ppn(DATA) | V | A | D | U | second);
      fenced();
    };
    setup(X, R | X);
    expect(as('VS', LOAD, GVA)?.cause).toBe(LOAD_PAGE);
    machine.write('vsstatus', MXR);
    expect(as('VS', LOAD, GVA)).toBeUndefined();
    setup(X, X);
    expect(as('VS', LOAD, GVA)?.cause).toBe(LOAD_GUEST);
    expect(as('VS', LOAD, GVA, MXR)).toBeUndefined();
    machine.write('vsstatus', 0n);
    expect(as('VS', LOAD, GVA, MXR)).toBeUndefined();
  });

  test('mxr_ofTheHost_doesNotLetTablesBeRead_thatAreOnlyExecutable', () => {
    const { host, guest } = stages();
    const leaf = guest.map(GVA, ppn(GPA) | LEAF);
    const table = BigInt(leaf) & ~0xfffn;
    host.map(table, ppn(table) | V | X | U | A | D);
    fenced();
    expect(as('VS', LOAD, GVA, MXR)).toMatchObject({ cause: LOAD_GUEST, tval: GVA });
    expect(machine.read('mtinst')).toBe(0x3000n);
  });

  test('hypervisorAccesses_areCached_untilAFenceOfTheGuests', () => {
    machine.program(CODE + 0x100, 'sfence.vma\nhfence.vvma\nhfence.gvma');
    const { host, guest } = stages();
    machine.write('hstatus', 1n << 8n);
    machine.poke(DATA, 1n);
    machine.poke(DATA + 0x1000, 2n);
    const hlv = (): bigint => {
      machine.write('mstatus', 0n);
      machine.write('a1', GVA);
      expect(machine.step('HS', HLV)).toBeUndefined();
      return machine.read('a0');
    };
    const fence = (offset: number) => expect(machine.step('HS', CODE + 0x100 + offset)).toBeUndefined();
    expect(hlv()).toBe(1n);
    host.map(GPA, ppn(DATA + 0x1000) | LEAF | U);
    fence(0);
    expect(hlv()).toBe(1n);
    fence(8);
    expect(hlv()).toBe(2n);
    host.map(GPA, ppn(DATA) | LEAF | U);
    host.map(GPA + 0x1000n, ppn(DATA + 0x1000) | LEAF | U);
    guest.map(GVA, ppn(GPA + 0x1000n) | LEAF);
    fence(4);
    expect(hlv()).toBe(2n);
    // More contexts than there are banks: what the hart itself uses stays.
    machine.write('a2', 7n);
    for (let asid = 1n; asid < 40n; asid++) {
      machine.write('vsatp', guest.register | (asid << 44n));
      expect(hlv()).toBe(2n);
      machine.write('a1', BigInt(DATA));
      expect(machine.step('HS', LOAD)).toBeUndefined();
      expect(machine.read('a0')).toBe(1n);
    }
  });

  test('hypervisorAccesses_actForTheGuest_andSayThatTheAddressIsItsOwn', () => {
    const { guest, host } = stages();
    machine.write('hstatus', 1n << 8n);
    machine.write('medeleg', -1n);
    machine.write('a1', GVA);
    expect(machine.step('HS', HLV)).toBeUndefined();
    expect(machine.read('a0')).toBe(0xabcn);
    machine.write('a0', 0xdefn);
    expect(machine.step('HS', HSV)).toBeUndefined();
    expect(machine.peek(DATA)).toBe(0xdefn);
    guest.map(GVA, ppn(GPA) | V | R | W | A | D);
    fenced();
    expect(machine.step('HS', HLVX)).toMatchObject({ level: 'HS', cause: LOAD_PAGE, tval: GVA });
    expect(machine.read('hstatus') & 0xc0n).toBe(0x40n); // GVA, and not from a guest
    machine.write('hstatus', 1n << 8n);
    guest.map(GVA, ppn(GPA) | V | X | A);
    fenced();
    expect(machine.step('HS', HLVX)).toBeUndefined();
    host.map(GPA, ppn(DATA) | V | R | W | A | D | U);
    fenced();
    expect(machine.step('HS', HLVX)).toMatchObject({ level: 'HS', cause: LOAD_GUEST, tval: GVA });
    expect(machine.read('htval')).toBe(GPA >> 2n);
  });

  test('misalignedAccess_secondPageMissing_htinstTellsHowFarItLies', () => {
    const { guest } = stages();
    guest.map(GVA + 0x1000n, ppn(GPA + 0x1000n) | LEAF);
    expect(as('VS', LOAD, GVA + 0xffdn)).toMatchObject({ cause: LOAD_GUEST, tval: GVA + 0x1000n });
    expect([machine.read('mtval2'), (machine.read('mtinst') >> 15n) & 31n]).toEqual([(GPA + 0x1000n) >> 2n, 3n]);
  });

  test('guestsOwnFault_inTheGuest_goesThereWithItsAddress', () => {
    const { guest } = stages();
    guest.map(GVA, 0n);
    machine.write('medeleg', -1n);
    machine.write('hedeleg', -1n);
    expect(machine.step('VS', GVA)).toEqual({ level: 'VS', cause: FETCH_PAGE, tval: GVA, epc: GVA });
  });
});

describe('what names promise', () => {
  test.each([0, 8, 9, 10])('mode %i of satp_isOneOfVsatpAndHgatp', (mode) => {
    for (const csr of ['satp', 'vsatp', 'hgatp'] as const) {
      machine.write(csr, BigInt(mode) << 60n);
      expect(machine.read(csr) >> 60n).toBe(BigInt(mode));
    }
  });

  test('stvecAndVstvec_direct_holdAnyAlignedAddress', () => {
    for (const csr of ['stvec', 'vstvec'] as const) {
      for (const address of [0xffff_ffff_ffff_fffcn, 0x8000_0004n, 4n]) {
        machine.write(csr, address);
        expect(machine.read(csr)).toBe(address);
      }
    }
  });

  test('counterEnables_everyCounter_canBeSwitched', () => {
    for (const csr of ['mcounteren', 'scounteren', 'hcounteren'] as const) {
      machine.write(csr, -1n);
      expect(machine.read(csr)).toBe(0xffff_ffffn);
    }
  });

  test.each([
    ['illegal', '.word 0xffffffff', 2, 0xffff_ffffn],
    ['illegal and short', '.half 0', 2, 0n],
    ['a CSR that is not there', '.word 0x12302573', 2, 0x1230_2573n],
    ['ebreak', 'ebreak', 3, BigInt(CODE)],
    ['c.ebreak', 'c.ebreak', 3, BigInt(CODE)],
    ['ecall', 'ecall', 8, 0n],
  ])('trap value of %s_isWhatItShouldBe', (_, source, cause, tval) => {
    machine.program(CODE, source);
    machine.write('medeleg', -1n);
    expect(machine.step('U', CODE)).toEqual({ level: 'HS', cause, tval, epc: BigInt(CODE) });
  });

  test('virtualInstruction_trapValue_isTheInstruction', () => {
    machine.program(CODE, 'hfence.vvma\ncsrr a0, hstatus');
    machine.write('medeleg', -1n);
    expect(machine.step('VS', CODE)).toMatchObject({ level: 'HS', cause: 22, tval: 0x2200_0073n });
    expect(machine.step('VU', CODE + 4)).toMatchObject({ level: 'HS', cause: 22, tval: 0x6000_2573n });
  });
});
