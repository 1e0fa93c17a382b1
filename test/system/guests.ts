// Small guests for the system tests, made by our own assembler and given to the program as raw kernels.
import { assemble } from '../../src/isa/index.js';

/** Where the program loads a raw kernel. */
const BASE = 0x8020_0000n;

export function guest(source: string): Uint8Array {
  return assemble(source, { base: BASE }).bytes;
}

/** Prints a text through the UART, one byte after the other: needs no SBI. */
const print = (text: string) => `
  li t0, 0x10000000
${[...new TextEncoder().encode(text)].map((byte) => `  li t1, ${byte}\n  sb t1, 0(t0)`).join('\n')}
`;

/** SBI system reset: shutdown. */
const POWER_OFF = `
  li a7, 0x53525354
  li a6, 0
  li a0, 0
  li a1, 0
  ecall
`;

export const GUESTS = {
  powersOff: `${print('up\n')}${POWER_OFF}`,
  /** The finisher's failure word with a code of the guest's choice. */
  fails: (code: number) => `${print('up\n')}
  li t0, 0x100000
  li t1, 0x3333
  li t2, ${code}
  slli t2, t2, 16
  or t1, t1, t2
  sw t1, 0(t0)
here:
  j here
`,
  finisherPass: `${print('up\n')}
  li t0, 0x100000
  li t1, 0x5555
  sw t1, 0(t0)
here:
  j here
`,
  /** Jumps to where nothing is, with a trap vector that is nowhere, too: faults for ever. */
  jumpsNowhere: `${print('up\n')}
  csrw stvec, zero
  li t0, 0x40000000
  jr t0
`,
  spins: `${print('up\n')}
  csrw sie, zero
  csrci sstatus, 2
here:
  j here
`,
  /** Works for a while, stores to so many MiB of its memory, page by page, works on and powers off. Work is in millions of instructions. */
  takesMemory: ({ before, mebibytes, after }: { before: number; mebibytes: number; after: number }) => `
  li s1, ${before * 250_000 + 1}
early:
  mul s3, s3, s1
  sub s3, s3, s1
  addi s1, s1, -1
  bnez s1, early
  li s0, 0x80400000
  li s1, ${mebibytes << 20}
  add s1, s1, s0
  li s2, 4096
touch:
  sd s0, 0(s0)
  add s0, s0, s2
  bltu s0, s1, touch
  ${print('has it\n')}
  li s1, ${after * 250_000 + 1}
late:
  mul s3, s3, s1
  sub s3, s3, s1
  addi s1, s1, -1
  bnez s1, late
${POWER_OFF}`,
  /** Waits with every interrupt off: can never wake. */
  sleepsForEver: `${print('up\n')}
  csrw sie, zero
  csrci sstatus, 2
here:
  wfi
  j here
`,
  /** Counts the faults of accesses to unmapped space, load and store of every width, and reports them. */
  touchesUnmapped: `
  la t0, trap
  csrw stvec, t0
  li s0, 0
  li s1, 0x50000000
  lb t1, 0(s1)
  lh t1, 2(s1)
  lw t1, 4(s1)
  ld t1, 8(s1)
  sb t1, 0(s1)
  sh t1, 2(s1)
  sw t1, 4(s1)
  sd t1, 8(s1)
  li s1, 0x7fffffff000
  ld t1, 0(s1)
  sd t1, 0(s1)
  addi s0, s0, 64
  li t0, 0x10000000
  sb s0, 0(t0)
  ${POWER_OFF}
  .align 2
trap:
  addi s0, s0, 1
  csrr t2, sepc
  addi t2, t2, 4
  csrw sepc, t2
  sret
`,
} as const;
