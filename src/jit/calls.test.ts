// Calls between translated functions are calls of the machine: whichever way the guest comes back, or does not, it is where the interpreter is.
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import * as L from '../engine/hart/layout.js';
import { assemble } from '../isa/index.js';
import { CODE, DATA, Twins } from './jit-testing/twins.js';

const [SP, A0, A1, S0, S1, S2, S3] = [2, 10, 11, 8, 9, 18, 19];
/** The functions that are called lie in the next page. */
const FUNCTIONS = CODE + 0x1000;

let twins: Twins;
beforeAll(async () => {
  twins = await Twins.create();
});
beforeEach(() => {
  twins.reset();
});

function load(caller: string, functions: string): void {
  const symbols = { DATA, CODE, FUNCTIONS };
  twins.put(FUNCTIONS, assemble(functions, { base: FUNCTIONS, symbols }).bytes);
  twins.put(CODE, assemble(caller, { base: CODE, symbols }).bytes);
  twins.setX(SP, BigInt(DATA + 0x3000));
  twins.setX(S2, BigInt(FUNCTIONS));
  twins.setX(S3, BigInt(CODE));
}

/** Runs for so many instructions, in pieces; both must be alike after each. */
function run(most = 40_000): string {
  return twins.runToEnd([1999, 1000, 3001, 77], most);
}

describe('a call of translated code', () => {
  it('by a loop_comes back into the loop', () => {
    load('loop: addi a0, a0, 1\n jalr ra, 0(s2)\n add s0, s0, a1\n j loop', 'slli a1, a0, 3\n xor a1, a1, a0\n ret');
    expect(run()).toBe('budget');
    expect(twins.x(S0)).not.toBe(0n);
    expect(twins.retiredTranslated).toBeGreaterThan(30_000n);
  });

  it('by jal into another page, saving what it uses_comes back', () => {
    load(
      `loop: addi s1, s1, 1
        mv a0, s1
        jal ra, FUNCTIONS
        add s0, s0, a0
        bnez s1, loop`,
      `addi sp, sp, -32
        sd s0, 0(sp)
        sd s1, 8(sp)
        sd ra, 16(sp)
        mul s0, a0, a0
        addiw s1, s0, 5
        xor a0, s0, s1
        ld ra, 16(sp)
        ld s1, 8(sp)
        ld s0, 0(sp)
        addi sp, sp, 32
        ret`,
    );
    expect(run()).toBe('budget');
    expect(twins.retiredTranslated).toBeGreaterThan(30_000n);
  });

  it('deeper than calls may be nested_comes back all the same', () => {
    load(
      'loop: li a0, 300\n jal ra, FUNCTIONS\n add s0, s0, a0\n j loop',
      `beqz a0, bottom
        addi sp, sp, -16
        sd ra, 0(sp)
        sd a0, 8(sp)
        addi a0, a0, -1
        jalr ra, 0(s2)
        ld a1, 8(sp)
        ld ra, 0(sp)
        addi sp, sp, 16
        add a0, a0, a1
        ret
       bottom: ret`,
    );
    expect(run(60_000)).toBe('budget');
    expect(twins.x(S0)).toBeGreaterThan(45_000n);
    expect(twins.retiredTranslated).toBeGreaterThan(30_000n);
  });

  it('that returns elsewhere_goes on there', () => {
    // Every fourth call returns to `other`.
    load(
      `loop: addi s1, s1, 1
        jal ra, FUNCTIONS
        addi s0, s0, 1
        j loop
       other: addi s0, s0, 100
        j loop`,
      `andi t0, s1, 3
        bnez t0, back
        addi ra, ra, 8
       back: ret`,
    );
    expect(run()).toBe('budget');
    expect(twins.x(S0)).toBeGreaterThan(twins.x(S1) * 20n);
    expect(twins.retiredTranslated).toBeGreaterThan(20_000n);
  });

  it('that never returns, each leaving one more behind_takes no stack for ever', () => {
    load('loop: addi s0, s0, 1\n jal ra, FUNCTIONS\n addi s1, s1, 1\n j loop', 'addi a1, a1, 1\n jr s3');
    expect(run()).toBe('budget');
    expect(twins.x(S1)).toBe(0n);
  });

  it('that traps in the middle_is precise', () => {
    load(
      'loop: addi a0, a0, 1\n jal ra, FUNCTIONS\n addi s0, s0, 1\n j loop',
      'addi a1, a1, 3\n li t0, 900\n bne a0, t0, fine\n ebreak\n fine: ret',
    );
    expect(run()).toBe('trap');
    expect(twins.get64(L.EXIT_CAUSE)).toBe(3n);
    expect(twins.x(A0)).toBe(900n);
    expect(twins.x(A1)).toBe(2700n);
  });

  it('that overwrites its caller_comes back to what is there now', () => {
    load(
      `loop: addi a0, a0, 1
        jal ra, FUNCTIONS
       patched: addi s0, s0, 1
        j loop`,
      `li t0, 500
        bne a0, t0, fine
        lw t2, 16(s3)
        sw t2, 8(s3)
       fine: ret`,
    );
    // What it is overwritten with: addi s0, s0, 1 becomes addi s0, s0, 64.
    twins.put(CODE + 16, assemble('addi s0, s0, 64', { base: CODE + 16 }).bytes);
    expect(run()).toBe('budget');
    expect(twins.x(S0)).toBeGreaterThan(twins.x(A0) * 10n);
  });

  it('of doubles_finds the flags that the function raised', () => {
    load(
      `loop: addi a0, a0, 1
        jal ra, FUNCTIONS
        fadd.d f3, f3, f1
        andi t0, a0, 255
        bnez t0, loop
        csrr s1, fflags
        add s0, s0, s1
        csrw fflags, zero
        j loop`,
      `fcvt.d.l f1, a0
        andi t1, a0, 31
        bnez t1, back
        li t1, 3
        fcvt.d.l f2, t1
        fdiv.d f1, f1, f2
       back: ret`,
    );
    expect(run()).toBe('budget');
    expect(twins.x(S0)).not.toBe(0n);
  });
});
