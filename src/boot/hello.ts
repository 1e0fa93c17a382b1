// The embedded guest `hello`: a small kernel made by our own assembler, so that there is something to boot without a
// download. It greets, ticks by the SBI timer, echoes keys that arrive by interrupt from UART and PLIC, and powers off:
// on `q`, on Ctrl-D, or after some ticks without a key. It runs in S (`firmware`) and in VS (`hypervisor`) alike.
import { assemble } from '../isa/assemble.js';

/** Where `hello` is linked and starts: 2 MiB into the RAM of the `virt` map, like a Linux kernel. */
export const HELLO_BASE = 0x8020_0000n;

/** How many ticks without a key `hello` waits before it powers off. */
export const HELLO_TICKS = 10;

const SOURCE = `
  .equ UART, 0x10000000
  .equ PLIC_PRIORITY_10, 0x0c000028
  .equ PLIC_ENABLE, 0x0c002080
  .equ PLIC_CONTEXT, 0x0c201000
  .equ TICK, 5000000                 # half a second at 10 MHz

_start:                              # there is no stack: nothing nests. a0 = hart id, a1 = device tree
  mv s0, a0
  la t0, trap
  csrw stvec, t0
  li s1, UART
  la a0, greeting
  call puts
  mv a0, s0
  call putnum
  la a0, on_sbi
  call puts
  li a7, 0x10                        # Base: get_spec_version
  li a6, 0
  ecall
  mv s7, a1
  srli a0, s7, 24
  call putnum
  li a0, 46                          # full stop
  call putchar
  slli a0, s7, 40
  srli a0, a0, 40
  call putnum
  la a0, manual
  call puts

  li t0, 7                           # FIFOs on and empty; receive interrupt on
  sb t0, 2(s1)
  li t0, 1
  sb t0, 1(s1)
  li t0, PLIC_PRIORITY_10
  li t1, 1
  sw t1, 0(t0)
  slli t2, s0, 8                     # hart h's S context is 2h + 1
  li t0, PLIC_ENABLE
  add t0, t0, t2
  li t1, 0x400
  sw t1, 0(t0)
  slli t2, s0, 13
  li s5, PLIC_CONTEXT
  add s5, s5, t2
  sw zero, 0(s5)                     # threshold
  call arm_timer
  li t0, 0x220                       # STIE and SEIE
  csrw sie, t0
  csrsi sstatus, 2
idle:
  wfi
  j idle

trap:                                # idle holds nothing in registers, so nothing is saved
  csrr t0, scause
  bgez t0, unexpected
  andi t0, t0, 0xff
  li t1, 5
  beq t0, t1, tick
  li t1, 9
  beq t0, t1, keys
  sret

tick:
  addi s2, s2, 1                     # ticks in all
  addi s3, s3, 1                     # ticks since the last key
  la a0, tick_text
  call puts
  mv a0, s2
  call putnum
  li a0, 10
  call putchar
  li t0, ${HELLO_TICKS}
  bge s3, t0, power_off
  call arm_timer
  sret

keys:
  lw s6, 4(s5)                       # claim
  beqz s6, keys_done
next_key:
  lbu t0, 5(s1)
  andi t0, t0, 1
  beqz t0, no_more_keys
  lbu s8, 0(s1)
  li s3, 0
  li t0, 113                         # q
  beq s8, t0, power_off
  li t0, 4                           # Ctrl-D
  beq s8, t0, power_off
  li t0, 13                          # return
  bne s8, t0, echo
  li s8, 10
echo:
  lbu t0, 5(s1)
  andi t0, t0, 0x20
  beqz t0, echo
  sb s8, 0(s1)
  j next_key
no_more_keys:
  sw s6, 4(s5)                       # complete
keys_done:
  sret

unexpected:
  la a0, unexpected_text
  call puts
  li a1, 1                           # reason: system failure
  j reset

power_off:
  la a0, bye
  call puts
  li a1, 0
reset:
  li a0, 0                           # SRST: shutdown
  li a6, 0
  li a7, 0x53525354
  ecall
stop:
  j stop

arm_timer:
  rdtime a0
  li t0, TICK
  add a0, a0, t0
  li a6, 0
  li a7, 0x54494d45                  # TIME: set_timer
  ecall
  ret

puts:                                # a0 = a string; by DBCN, the whole string in one call
  mv a1, a0
  mv t0, a0
puts_length:
  lbu t1, 0(t0)
  beqz t1, puts_write
  addi t0, t0, 1
  j puts_length
puts_write:
  sub a0, t0, a1
  li a2, 0
  li a6, 0
  li a7, 0x4442434e
  ecall
  ret

putchar:                             # a0 = a byte; by DBCN
  li a6, 2
  li a7, 0x4442434e
  ecall
  ret

putnum:                              # a0 = a number, in decimal
  la t0, digits_end
  li t1, 10
putnum_next:
  addi t0, t0, -1
  remu t2, a0, t1
  addi t2, t2, 48
  sb t2, 0(t0)
  divu a0, a0, t1
  bnez a0, putnum_next
  mv a0, t0
  j puts

greeting:
  .asciz "Hello from a hypercraft guest: hart "
on_sbi:
  .asciz ", SBI "
manual:
  .asciz ".\\nKeys are echoed; q powers off, and so do ${HELLO_TICKS} ticks without a key.\\n"
tick_text:
  .asciz "tick "
bye:
  .asciz "Bye.\\n"
unexpected_text:
  .asciz "unexpected exception\\n"
digits:
  .space 24
digits_end:
  .byte 0
`;

/** The kernel, to be loaded at {@link HELLO_BASE}, and its symbols. */
export function helloImage(): { bytes: Uint8Array; symbols: Map<string, bigint> } {
  return assemble(SOURCE, { base: HELLO_BASE });
}
