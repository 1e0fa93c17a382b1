# Entry: S (or VS) mode, paging off. One stack, no traps expected.
  .section .text.start, "ax"
  .global _start
_start:
  la sp, stack_top
  la t0, trap
  csrw stvec, t0
  j start
  .align 2
trap:
  j trap
  .bss
  .align 4
  .space 16384
stack_top:
