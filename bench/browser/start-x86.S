# Entry on an x86 PC, by a Multiboot loader: protected mode, no paging, no interrupts. Identity-maps 1 GiB with 4 MiB pages, so that both
# machines translate every access, and calls main.
  .section .text.start, "ax"
  .align 4
  .long 0x1badb002, 0, -0x1badb002
  .global _start
_start:
  mov $stack_top, %esp
  mov $directory, %edi
  mov $0x83, %eax                 # present, writable, 4 MiB
  mov $256, %ecx
1:
  stosl
  add $0x400000, %eax
  loop 1b
  mov %cr4, %eax
  or $0x610, %eax                 # PSE; OSFXSR and OSXMMEXCPT, for SSE
  mov %eax, %cr4
  mov $directory, %eax
  mov %eax, %cr3
  mov %cr0, %eax
  or $0x80000000, %eax
  mov %eax, %cr0
  call main
2:
  hlt
  jmp 2b
  .bss
  .align 4096
directory:
  .space 4096
  .space 16384
stack_top:
