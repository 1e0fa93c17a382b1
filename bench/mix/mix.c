// The workload of `npm run bench`: bench/programs/mix.c, bare metal in S (or VS) mode under Sv39, so every access is translated by both
// stages.
#include "../programs/mix.c"
#include "sbi.h"

#ifndef ITERATIONS
#define ITERATIONS 6000
#endif

// ---- Sv39, identity: 4 KiB pages for the program, so that the TLB has work, and one gigapage would be cheating ------
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
  u64 begin, end, before, after;
  paging_on();
  __asm__ volatile("rdtime %0" : "=r"(begin));
  __asm__ volatile("rdinstret %0" : "=r"(before));
  u64 crc = work(ITERATIONS);
  __asm__ volatile("rdinstret %0" : "=r"(after));
  __asm__ volatile("rdtime %0" : "=r"(end));
  put_text("mix ticks=");
  put_number(end - begin);
  put_text(" instructions=");
  put_number(after - before);
  put_text(" check=");
  put_number(crc);
  put_text("\n");
  sbi(0x53525354, 0, 0, 0);
  for (;;) __asm__ volatile("wfi");
}
