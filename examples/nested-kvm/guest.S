# The guest of the guest: it runs in VS-mode under KVM, its own first stage on, and tells what it sees by loads and stores to a page
# where KVM has no memory. Linked into the program that runs it, copied to the start of its memory, position-independent.
# SBI: TIME, "s-mode IPI", HSM and SRST extensions. Privileged ISA, "Sv39", "Supervisor Cause (scause) Register".

#define DEVICE   0x10000000
#define TEXT     0      /* sb: a character */
#define NUMBER   8      /* ld: what the host wants to know is known */
#define ECHO     16     /* sd: the number again */
#define CAUSE    24     /* sd: scause of an interrupt */
#define DIRTY    32     /* sd: pages were written, 0 before the first */
#define SUM      40     /* sd: what both harts added up to */

        .option norvc
        .option norelax
        .section .rodata.guest, "a"
        .align 12
        .globl guest_begin, guest_end

guest_begin:
        mv      s0, a0                  # hart id
        lla     t0, trap
        csrw    stvec, t0
        lla     sp, stacks_end
        slli    t0, s0, 10
        sub     sp, sp, t0

        # The first stage: 1 GiB leaves that map the device and the memory to themselves.
        lla     t0, root
        li      t1, 0x0 | 0xcf
        sd      t1, 0(t0)
        li      t1, 0x20000000 | 0xcf
        sd      t1, 16(t0)
        srli    t0, t0, 12
        li      t1, 8 << 60
        or      t0, t0, t1
        sfence.vma
        csrw    satp, t0
        sfence.vma

        li      s1, DEVICE
        bnez    s0, second

        # An exit to the host for each character, and one that brings a number back.
        lla     t0, greeting
1:      lbu     t1, 0(t0)
        beqz    t1, 2f
        sb      t1, TEXT(s1)
        addi    t0, t0, 1
        j       1b
2:      ld      t1, NUMBER(s1)
        sd      t1, ECHO(s1)

        # A timer interrupt, slept for. It is set twice: KVM of Linux 6.12 keeps what is set in vstimecmp alone until the next exit, and clears that when
        # the vCPU's thread has to give way before (kvm_riscv_vcpu_timer_sync, kvm_riscv_vcpu_timer_save). Nothing would wake this hart then.
        li      t0, 1 << 5
        csrw    sie, t0
        csrr    s2, time
        li      t0, 20000               # 2 ms
        add     s2, s2, t0
        li      a7, 0x54494D45
        li      a6, 0
        mv      a0, s2
        ecall
        mv      a0, s2
        ecall
        call    sleep
        sd      a0, CAUSE(s1)

        # Pages 64, 69, 77 and 100 of the memory are written between two looks at the dirty log.
        sd      zero, DIRTY(s1)
        lla     t0, guest_begin
        li      t1, 64 << 12
        add     t1, t0, t1
        sd      t0, 0(t1)
        li      t1, 69 << 12
        add     t1, t0, t1
        sb      t0, 2047(t1)
        li      t1, 77 << 12
        add     t1, t0, t1
        amoadd.d zero, t0, (t1)
        li      t1, 100 << 12
        add     t1, t0, t1
        sw      t0, 8(t1)
        li      t1, 1
        sd      t1, DIRTY(s1)

        # The other hart is started, adds, and wakes this one.
        li      t0, 1 << 1
        csrw    sie, t0
        li      a0, 1
        lla     a1, guest_begin
        li      a2, 58
        li      a7, 0x48534D
        li      a6, 0
        ecall
        bnez    a0, failed
        call    sleep
        sd      a0, CAUSE(s1)
        lla     t0, total
        li      t1, 42
        amoadd.d t1, t1, (t0)
        ld      t1, 0(t0)
        sd      t1, SUM(s1)

        li      a0, 0                   # shutdown, no reason
        li      a1, 0
        li      a7, 0x53525354
        li      a6, 0
        ecall
failed: sd      a0, CAUSE(s1)
        j       failed

second: lla     t0, total
        amoadd.d zero, a1, (t0)         # what hart_start was told to hand over
        li      a0, 1
        li      a1, 0
        li      a7, 0x735049
        li      a6, 0
        ecall
        li      a7, 0x48534D            # hart_stop
        li      a6, 1
        ecall
        j       failed

# Sleeps until an interrupt has been taken; its cause in a0.
sleep:  csrci   sstatus, 2
        lla     t0, cause
        ld      a0, 0(t0)
        bnez    a0, 1f
        wfi
        csrsi   sstatus, 2              # what woke it is taken here
        j       sleep
1:      sd      zero, 0(t0)
        ret

# Interrupts: the cause is kept, and the interrupt goes away. Anything else is told as it is, and is the end.
        .align  2
trap:   csrr    t1, scause
        bgez    t1, failed_trap
        lla     t2, cause
        sd      t1, 0(t2)
        csrw    sie, zero
        csrci   sip, 2
        sret
failed_trap:
        li      t2, DEVICE
        sd      t1, CAUSE(t2)
        j       failed_trap

greeting: .asciz "hello from the middle"
        .align  3
cause:  .dword  0
total:  .dword  0
        .align  12
root:   .fill   4096, 1, 0
stacks: .fill   2048, 1, 0
stacks_end:
guest_end:
