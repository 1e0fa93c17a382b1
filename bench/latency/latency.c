// How late timer interrupts are taken by a hart that is busy: bare metal in S (or VS) mode, paging off. The hart computes without a pause, a timer
// fires some hundred microseconds later each time, and the handler reads the clock. SBI "Timer Extension".
#include "../mix/sbi.h"

typedef unsigned long u64;

#define TIMERS 4000
#define SHORTEST 2000  // ticks until a timer fires, of 0.1 us
#define SPREAD 4096

static volatile u64 taken;
static u64 late[TIMERS];

static u64 now(void) {
  u64 time;
  __asm__ volatile("rdtime %0" : "=r"(time));
  return time;
}

__attribute__((interrupt("supervisor"), aligned(4))) static void handler(void) {
  taken = now();
  __asm__ volatile("csrc sie, %0" ::"r"(1ul << 5));
}

static void sort(void) {
  for (int i = 1; i < TIMERS; i++) {
    u64 value = late[i];
    int at = i;
    for (; at > 0 && late[at - 1] > value; at--) late[at] = late[at - 1];
    late[at] = value;
  }
}

void start(void) {
  u64 sum = 1;
  __asm__ volatile("csrw stvec, %0" ::"r"(handler));
  __asm__ volatile("csrsi sstatus, 2");
  for (int i = 0; i < TIMERS; i++) {
    u64 due = now() + SHORTEST + sum % SPREAD;
    taken = 0;
    sbi(0x54494D45, 0, (long)due, 0);
    __asm__ volatile("csrs sie, %0" ::"r"(1ul << 5));
    while (taken == 0) {
      for (int k = 0; k < 1000; k++) sum = (sum ^ (u64)k) * 0x9e3779b97f4a7c15ul + (sum >> 29);
    }
    late[i] = taken - due;
  }
  sort();
  put_text("bench median=");
  put_number(late[TIMERS / 2]);
  put_text(" p99=");
  put_number(late[TIMERS * 99 / 100]);
  put_text(" most=");
  put_number(late[TIMERS - 1]);
  put_text(" sum=");
  put_number(sum & 1);
  put_text("\n");
  sbi(0x53525354, 0, 0, 0);
  for (;;) __asm__ volatile("wfi");
}
