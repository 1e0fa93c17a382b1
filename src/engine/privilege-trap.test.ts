// Traps: who takes them, what the handler finds, when the engine is left instead; returns from every level; ECALL, WFI
// and the fences with their permissions; with which privilege loads and stores are made.
import fc from 'fast-check';
import { beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { EXIT_NONE, EXIT_OUTER_FAULT, EXIT_TRAP, EXIT_WFI, OWN_HS, OWN_M } from './hart/layout.js';
import { compilePrivilege, type Mode, modeNames, modes, PrivilegeHart, results } from './privilege-testing/hart.js';

let hart: PrivilegeHart;
beforeAll(async () => {
  hart = new PrivilegeHart(await compilePrivilege());
}, 240_000);
beforeEach(() => hart.reset());

const interrupt = 1n << 63n;
const all = (1n << 64n) - 1n;
const mode = fc.constantFrom(...modeNames);
const flag = fc.boolean();
const sie = 1n << 1n;
const spie = 1n << 5n;
const spp = 1n << 8n;
const spelp = 1n << 23n;
const mpelp = 1n << 41n;
const mprv = 1n << 17n;
const mpv = 1n << 39n;
const on = (bit: bigint, set: boolean | number) => (set ? bit : 0n);
const isGuest = (m: Mode) => modes[m].virt === 1;

/** Exceptions that can be raised below M-mode, and those hedeleg may pass on. */
const exceptions = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 20, 21, 22, 23];
const toGuest = new Set([0, 1, 2, 3, 4, 5, 6, 7, 8, 12, 13, 15]);
const withAddress = new Set([0, 1, 3, 4, 5, 6, 7, 12, 13, 15]);

describe('delegation', () => {
  test('exceptions_every mode, cause and delegation_go to the level the registers choose', () => {
    for (const from of modeNames) {
      for (const cause of exceptions) {
        for (const [m, h] of [
          [false, false],
          [true, false],
          [false, true],
          [true, true],
        ] as const) {
          hart.reset();
          hart.write(0x302, m ? all : 0n);
          hart.write(0x602, h ? all : 0n);
          for (const csr of [0x305, 0x105, 0x205]) hart.write(csr, (BigInt(csr) << 12n) | 1n);
          hart.mode = from;
          hart.set('PC', 0x8000_0002n);
          hart.raise(BigInt(cause), 0x1234n);
          expect(hart.takeTrap()).toBe(EXIT_NONE);
          let level: Mode = 'M';
          if (from !== 'M' && m && cause !== 11) level = isGuest(from) && h && toGuest.has(cause) ? 'VS' : 'HS';
          expect([from, cause, m, h, hart.mode]).toEqual([from, cause, m, h, level]);
          const [tvec, epc, xcause, tval] = {
            M: [0x305, 0x341, 0x342, 0x343],
            HS: [0x105, 0x141, 0x142, 0x143],
            VS: [0x205, 0x241, 0x242, 0x243],
          }[level];
          expect(hart.get('PC')).toBe(BigInt(tvec!) << 12n); // exceptions are never vectored
          expect(hart.read(epc!)).toBe(0x8000_0002n);
          expect(hart.read(xcause!)).toBe(BigInt(cause));
          expect(hart.read(tval!)).toBe(0x1234n);
          const gva = isGuest(from) && withAddress.has(cause) ? 1n : 0n;
          if (level === 'M') expect((hart.read(0x300) >> 38n) & 1n).toBe(gva);
          if (level === 'HS') expect((hart.read(0x600) >> 6n) & 1n).toBe(gva);
        }
      }
    }
  });

  test('VS-level interrupts_delegated to the guest_come under S-level numbers and vectors', () => {
    for (const code of [2n, 6n, 10n]) {
      hart.reset();
      hart.write(0x603, all);
      hart.write(0x205, 0x4000n | 1n);
      hart.mode = 'VU';
      hart.raise(interrupt | code);
      hart.takeTrap();
      expect([hart.mode, hart.read(0x242), hart.get('PC')]).toEqual([
        'VS',
        interrupt | (code - 1n),
        0x4000n + 4n * (code - 1n),
      ]);
    }
  });

  test('VS-level interrupts_not delegated_go to HS under their own numbers', () => {
    hart.write(0x105, 0x4000n | 1n);
    hart.mode = 'VS';
    hart.raise(interrupt | 10n);
    hart.takeTrap();
    expect([hart.mode, hart.read(0x142), hart.get('PC')]).toEqual(['HS', interrupt | 10n, 0x4028n]);
    expect([hart.read(0x643), hart.read(0x64a), hart.read(0x143)]).toEqual([0n, 0n, 0n]);
  });

  test('guest-page fault_in HS and in M_reports address, shifted gpa and instruction', () => {
    for (const [medeleg, tval, tval2, tinst, status, gva] of [
      [0n, 0x343, 0x34b, 0x34a, 0x300, 38n],
      [all, 0x143, 0x643, 0x64a, 0x600, 6n],
    ] as const) {
      hart.reset();
      hart.write(0x302, medeleg);
      hart.mode = 'VS';
      hart.raiseGuestPage(21n, 0xffff_ffff_0000_0123n, 0x8_1234_5678n, 0x3000n, false);
      expect(hart.takeTrap()).toBe(EXIT_NONE);
      expect(hart.read(tval)).toBe(0xffff_ffff_0000_0123n);
      expect(hart.read(tval2)).toBe(0x8_1234_5678n >> 2n);
      expect(hart.read(tinst)).toBe(0x3000n);
      expect((hart.read(status) >> gva) & 1n).toBe(1n);
    }
  });

  test('access through HLV from HS_page fault_sets GVA and leaves SPV and SPVP alone', () => {
    hart.write(0x302, all);
    hart.write(0x600, 1n << 8n);
    hart.mode = 'HS';
    hart.raiseAccess(13n, 0x1000n, 0n, true);
    hart.takeTrap();
    expect(hart.read(0x600) & 0x1c0n).toBe((1n << 8n) | (1n << 6n));
  });
});

describe('trap entry', () => {
  test('status fields_any state_stack as specified', () => {
    fc.assert(
      fc.property(
        mode,
        fc.bigInt(0n, all),
        fc.bigInt(0n, all),
        fc.bigInt(0n, all),
        flag,
        flag,
        (from, m, v, h, md, hd) => {
          hart.reset();
          hart.write(0x300, m);
          hart.write(0x200, v);
          hart.write(0x600, h);
          hart.write(0x302, md ? all : 0n);
          hart.write(0x602, hd ? all : 0n);
          hart.mode = from;
          const { priv, virt } = modes[from];
          const [m0, v0, h0] = [hart.read(0x300), hart.read(0x200), hart.read(0x600)];
          hart.raise(2n, 7n);
          hart.takeTrap();
          const [m1, v1, h1] = [hart.read(0x300), hart.read(0x200), hart.read(0x600)];
          const supervisor = (s: bigint) =>
            (s & ~(sie | spie | spp | spelp)) | on(spie, (s & sie) !== 0n) | on(spp, priv === 1);
          if (hart.mode === 'M') {
            const kept = m0 & ~((1n << 3n) | (1n << 7n) | (3n << 11n) | mpv | (1n << 38n) | mpelp);
            const mpie = on(1n << 7n, (m0 & 8n) !== 0n);
            expect([m1, v1, h1]).toEqual([kept | mpie | (BigInt(priv) << 11n) | on(mpv, virt), v0, h0]);
          } else if (hart.mode === 'HS') {
            let hstatus = (h0 & ~0xc0n) | on(0x80n, virt);
            if (virt) hstatus = (hstatus & ~0x100n) | on(0x100n, priv === 1);
            expect([m1, v1, h1]).toEqual([supervisor(m0), v0, hstatus]);
          } else {
            expect([m1, v1, h1]).toEqual([m0, supervisor(v0), h0]);
          }
        },
      ),
    );
  });
});

describe('owned levels', () => {
  test.each([
    ['M', OWN_M | OWN_HS, 9n, 'HS', 0n, EXIT_TRAP],
    ['HS', OWN_M | OWN_HS, 10n, 'VS', all, EXIT_TRAP],
    ['M', OWN_M, 9n, 'HS', 0n, EXIT_TRAP],
    ['HS, not owned', OWN_M, 10n, 'VS', all, EXIT_NONE],
    ['VS', OWN_M | OWN_HS, 8n, 'VU', all, EXIT_NONE],
    ['nothing owned', 0, 9n, 'HS', 0n, EXIT_NONE],
  ] as const)('trap into %s_owned mask %i_exits or is vectored', (_level, owned, cause, from, medeleg, reason) => {
    hart.setU32('OWNED', owned);
    hart.write(0x302, medeleg);
    hart.write(0x602, all);
    hart.write(0x300, 0x8an);
    hart.mode = from;
    hart.set('PC', 0x100n);
    const before = [0x300, 0x200, 0x600, 0x341, 0x141, 0x241, 0x342, 0x142].map((csr) => hart.read(csr));
    hart.raise(cause, 0x99n);
    expect(hart.takeTrap()).toBe(reason);
    if (reason !== EXIT_TRAP) return;
    expect([hart.mode, hart.get('PC'), hart.u32('EXIT_REASON')]).toEqual([from, 0x100n, EXIT_TRAP]);
    expect([0x300, 0x200, 0x600, 0x341, 0x141, 0x241, 0x342, 0x142].map((csr) => hart.read(csr))).toEqual(before);
    expect([hart.get('EXIT_CAUSE'), hart.get('EXIT_TVAL')]).toEqual([cause, 0x99n]);
    expect([hart.u32('EXIT_PRIV'), hart.u32('EXIT_VIRT')]).toEqual([modes[from].priv, modes[from].virt]);
  });

  test('outer fault_whatever is delegated or owned_is an exit with the whole address', () => {
    hart.write(0x302, all);
    hart.mode = 'VS';
    hart.raiseGuestPage(23n, 0xabcn, 0x1000_0abdn, 0x23n, true);
    expect(hart.takeTrap()).toBe(EXIT_OUTER_FAULT);
    expect([hart.get('EXIT_GPA'), hart.get('EXIT_TVAL'), hart.get('EXIT_TINST')]).toEqual([
      0x1000_0abdn,
      0xabcn,
      0x23n,
    ]);
    expect([hart.get('EXIT_CAUSE'), hart.get('EXIT_TVAL2'), hart.mode]).toEqual([23n, 0x1000_0abdn >> 2n, 'VS']);
    expect(hart.u32('EXIT_GVA')).toBe(1);
  });
});

describe('returns', () => {
  test('MRET_any mstatus_restores the mode that MPP and MPV name', () => {
    fc.assert(
      fc.property(fc.bigInt(0n, all), (status) => {
        hart.reset();
        hart.write(0x300, status);
        hart.write(0x341, 0x1235n);
        const before = hart.read(0x300);
        const mpp = Number((before >> 11n) & 3n);
        expect(hart.system('MRET')).toBe(results.jump);
        const virt = (before & mpv) !== 0n;
        expect(hart.mode).toBe(mpp === 3 ? 'M' : mpp === 1 ? (virt ? 'VS' : 'HS') : virt ? 'VU' : 'U');
        const kept = before & ~(8n | 0x80n | (3n << 11n) | mpv | mpelp) & ~on(mprv, mpp !== 3);
        expect(hart.read(0x300)).toBe(kept | 0x80n | on(8n, (before & 0x80n) !== 0n));
        expect(hart.get('PC')).toBe(0x1234n);
      }),
    );
  });

  test('SRET_any state_returns by hstatus and sstatus, or by vsstatus in a guest', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<Mode>('M', 'HS', 'VS'),
        fc.bigInt(0n, all),
        fc.bigInt(0n, all),
        flag,
        (from, m, v, spv) => {
          hart.reset();
          hart.write(0x300, m & ~(1n << 22n));
          hart.write(0x200, v);
          hart.write(0x600, on(0x80n, spv) | 0x100n);
          hart.write(0x141, 0x1000n);
          hart.write(0x241, 0x2000n);
          hart.mode = from;
          const [m0, v0] = [hart.read(0x300), hart.read(0x200)];
          expect(hart.system('SRET')).toBe(results.jump);
          const popped = (s: bigint) => (s & ~(sie | spp | spelp)) | spie | on(sie, (s & spie) !== 0n);
          if (from === 'VS') {
            expect([hart.read(0x200), hart.read(0x300)]).toEqual([popped(v0), m0 & ~mprv]);
            expect([hart.mode, hart.get('PC')]).toEqual([v0 & spp ? 'VS' : 'VU', 0x2000n]);
          } else {
            expect([hart.read(0x200), hart.read(0x300)]).toEqual([v0, popped(m0) & ~mprv]);
            const target = m0 & spp ? (spv ? 'VS' : 'HS') : spv ? 'VU' : 'U';
            expect([hart.mode, hart.get('PC'), hart.read(0x600) & 0x180n]).toEqual([target, 0x1000n, 0x100n]);
          }
        },
      ),
    );
  });
});

// ---- permissions of the privileged instructions ---------------------------------------------------------------------

interface Traps {
  tvm: boolean;
  tw: boolean;
  tsr: boolean;
  vtvm: boolean;
  vtw: boolean;
  vtsr: boolean;
}
type Verdict = 'ok' | 'illegal' | 'virtual';
const instructions = [
  'MRET',
  'SRET',
  'WFI',
  'WRS_NTO',
  'SFENCE_VMA',
  'SINVAL_VMA',
  'SFENCE_W_INVAL',
  'SFENCE_INVAL_IR',
  'HFENCE_VVMA',
  'HINVAL_VVMA',
  'HFENCE_GVMA',
  'HINVAL_GVMA',
] as const;

function permission(name: (typeof instructions)[number], m: Mode, t: Traps): Verdict {
  const user: Verdict | undefined = m === 'U' ? 'illegal' : m === 'VU' ? 'virtual' : undefined;
  switch (name) {
    case 'MRET':
      return m === 'M' ? 'ok' : 'illegal';
    case 'SRET':
      if (user) return user;
      if (m === 'VS') return t.vtsr ? 'virtual' : 'ok';
      return m === 'HS' && t.tsr ? 'illegal' : 'ok';
    case 'WFI':
      if (m === 'M') return 'ok';
      if (t.tw) return 'illegal';
      if (user) return user;
      return m === 'VS' && t.vtw ? 'virtual' : 'ok';
    case 'WRS_NTO':
      return 'ok';
    case 'SFENCE_VMA':
    case 'SINVAL_VMA':
      if (user) return user;
      if (m === 'VS') return t.vtvm ? 'virtual' : 'ok';
      return m === 'HS' && t.tvm ? 'illegal' : 'ok';
    case 'SFENCE_W_INVAL':
    case 'SFENCE_INVAL_IR':
      return user ?? 'ok';
    case 'HFENCE_VVMA':
    case 'HINVAL_VVMA':
      if (user) return user;
      return m === 'VS' ? 'virtual' : 'ok';
    default:
      if (user) return user;
      if (m === 'VS') return 'virtual';
      return m === 'HS' && t.tvm ? 'illegal' : 'ok';
  }
}

describe('privileged instructions', () => {
  test('every mode and every trapping bit_execute, or are illegal or virtual', () => {
    const any = fc.record({ tvm: flag, tw: flag, tsr: flag, vtvm: flag, vtw: flag, vtsr: flag });
    fc.assert(
      fc.property(any, (t) => {
        for (const m of modeNames) {
          for (const name of instructions) {
            hart.reset();
            hart.write(0x300, on(1n << 20n, t.tvm) | on(1n << 21n, t.tw) | on(1n << 22n, t.tsr));
            hart.write(0x600, on(1n << 20n, t.vtvm) | on(1n << 21n, t.vtw) | on(1n << 22n, t.vtsr));
            hart.mode = m;
            hart.fetchBits = 0x1020_0073;
            const trapped = hart.system(name) === results.trap;
            const got = !trapped ? 'ok' : hart.cause === 22 ? 'virtual' : hart.cause === 2 ? 'illegal' : hart.cause;
            expect([name, m, got]).toEqual([name, m, permission(name, m, t)]);
            if (trapped) expect(hart.get('TRAP_TVAL')).toBe(0x1020_0073n);
          }
        }
      }),
      { numRuns: 64 },
    );
  });

  test.each([
    ['M', 11],
    ['HS', 9],
    ['U', 8],
    ['VS', 10],
    ['VU', 8],
  ] as const)('ECALL_in %s_raises cause %i with tval 0', (m, cause) => {
    hart.mode = m;
    hart.set('PC', 0x80n);
    expect(hart.system('ECALL')).toBe(results.trap);
    expect([hart.cause, hart.get('TRAP_TVAL')]).toEqual([cause, 0n]);
  });

  test('EBREAK_anywhere_raises a breakpoint with its own address', () => {
    hart.set('PC', 0x80n);
    expect(hart.system('EBREAK')).toBe(results.trap);
    expect([hart.cause, hart.get('TRAP_TVAL')]).toEqual([3, 0x80n]);
  });

  test('WFI_nothing enabled is pending_leaves the engine', () => {
    hart.setU32('IRQ_LINES', 0x200);
    expect([hart.system('WFI'), hart.u32('EXIT_REASON')]).toEqual([results.exit, EXIT_WFI]);
  });

  test('WFI_pending but globally disabled_resumes', () => {
    hart.setU32('IRQ_LINES', 0x200);
    hart.write(0x304, 0x200n);
    expect(hart.system('WFI')).toBe(results.leave);
  });

  test('WFI_timer has just expired_resumes', () => {
    hart.write(0x30a, 1n << 63n);
    hart.write(0x14d, 10n);
    hart.write(0x304, 0x20n);
    expect(hart.system('WFI')).toBe(results.exit);
    hart.time = 10;
    expect(hart.system('WFI')).toBe(results.leave);
  });

  test.each([
    ['SFENCE_VMA', 'HS', 'first', 0x1234_5000n, 0x5678n],
    ['SINVAL_VMA', 'VS', 'guest', 0x1234_5000n, 0x5678n],
    ['HFENCE_VVMA', 'HS', 'guest', 0x1234_5000n, 0x5678n],
    ['HFENCE_GVMA', 'M', 'gstage', 0x48d1_4000n, 0x1678n],
    ['HINVAL_GVMA', 'HS', 'gstage', 0x48d1_4000n, 0x1678n],
  ] as const)('%s_in %s_fences the %s stage by address and id', (name, m, kind, address, id) => {
    hart.setX(5, 0x1234_5000n);
    hart.setX(6, 0xabc_5678n); // ids have 16 bits (ASID) and 14 bits (VMID)
    for (const [rs1, rs2] of [
      [5, 6],
      [0, 6],
      [5, 0],
      [0, 0],
    ] as const) {
      hart.mode = m;
      expect(hart.system(name, rs1, rs2)).toBe(results.leave);
      const fence = hart.takeFence();
      expect([fence.kind, fence.has]).toEqual([kind, BigInt(Number(rs1 !== 0) | (Number(rs2 !== 0) << 1))]);
      if (rs1) expect(fence.address).toBe(address);
      if (rs2) expect(fence.id).toBe(id);
    }
  });

  test('instructions of an extension that is off_are illegal in every mode', () => {
    const off = {
      SINVAL_VMA: 'Svinval',
      HINVAL_GVMA: 'Svinval',
      HFENCE_VVMA: 'H',
      HFENCE_GVMA: 'H',
      WRS_STO: 'Zawrs',
      SFENCE_W_INVAL: 'Svinval',
    };
    for (const [name, extension] of Object.entries(off)) {
      hart.reset(extension);
      expect([name, hart.system(name), hart.cause]).toEqual([name, results.trap, 2]);
    }
  });
});

describe('privilege of loads and stores', () => {
  const [VIRT, SUM, MXR, MXR_G] = [4, 8, 16, 32];

  test('dataPriv_any mode and status_follows MPRV, MPP and MPV', () => {
    fc.assert(
      fc.property(mode, fc.bigInt(0n, all), fc.bigInt(0n, all), (m, status, guest) => {
        hart.reset();
        hart.write(0x300, status);
        hart.write(0x200, guest);
        hart.mode = m;
        const s = hart.read(0x300);
        const v = hart.read(0x200);
        let { priv, virt }: { priv: number; virt: number } = modes[m];
        if (s & mprv) {
          priv = Number((s >> 11n) & 3n);
          virt = priv !== 3 && s & mpv ? 1 : 0;
        }
        let expected = priv | (virt ? VIRT : 0);
        if ((virt ? v : s) & (1n << 18n)) expected |= SUM;
        if ((s | (virt ? v : 0n)) & (1n << 19n)) expected |= MXR;
        if (virt && s & (1n << 19n)) expected |= MXR_G;
        expect(hart.dataPriv()).toBe(expected);
      }),
    );
  });

  test.each([
    ['M', false, 'ok'],
    ['HS', false, 'ok'],
    ['U', false, 'illegal'],
    ['U', true, 'ok'],
    ['VS', true, 'virtual'],
    ['VU', true, 'virtual'],
  ] as const)('hlvAccess_in %s with HU=%s_is %s', (m, hu, outcome) => {
    for (const spvp of [0, 1]) {
      hart.write(0x300, mprv | (3n << 11n)); // ignored
      hart.write(0x600, on(0x200n, hu) | on(0x100n, spvp));
      hart.mode = m;
      const got = hart.hlvAccess();
      if (outcome === 'ok') expect(got).toBe(spvp | VIRT);
      else expect([got, hart.cause]).toEqual([0xffff_ffff, outcome === 'virtual' ? 22 : 2]);
    }
  });
});
