// Runs a benchmark program: bare metal in S (or VS) mode under Sv39, so every access is translated by both stages; or natively. With
// TURNS its rounds are done so often, and each time a line tells when.
#include "program.h"

#ifndef TURNS
#define TURNS 1
#endif

#ifdef NATIVE
#include <stdio.h>

int main(void) {
  printf("bench check=%llu\n", work(ROUNDS));
  return 0;
}
#else

#include "../mix/sbi.h"

// Identity: 4 KiB pages for the first 2 MiB of the program, 2 MiB pages for what is larger.
static u64 tables[3][512] __attribute__((aligned(4096)));

static void paging_on(void) {
  u64 base = 0x80000000, program = 0x80200000;
  for (u64 i = 0; i < 512; i++) {
    tables[2][i] = ((program + (i << 12)) >> 12 << 10) | 0xcf;
    tables[1][i] = ((base + (i << 21)) >> 12 << 10) | 0xcf;
  }
  tables[1][1] = ((u64)tables[2] >> 12 << 10) | 1;
  tables[0][2] = ((u64)tables[1] >> 12 << 10) | 1;
  __asm__ volatile("csrw satp, %0; sfence.vma" ::"r"((8ul << 60) | ((u64)tables[0] >> 12)) : "memory");
}

void start(void) {
  u64 before, after;
  paging_on();
  __asm__ volatile("csrs sstatus, %0" ::"r"(1ul << 13)); // FS: Initial
  for (int turn = 0; turn < TURNS; turn++) {
    __asm__ volatile("rdinstret %0" : "=r"(before));
    u64 check = work(ROUNDS);
    __asm__ volatile("rdinstret %0" : "=r"(after));
    put_text("bench instructions=");
    put_number(after - before);
    put_text(" check=");
    put_number(check);
    put_text("\n");
  }
  sbi(0x53525354, 0, 0, 0);
  for (;;) __asm__ volatile("wfi");
}
#endif
