// How late timer interrupts are taken by a hart that is busy: bare metal in S (or VS) mode, paging off. The hart computes without a pause, a timer
// fires some hundred microseconds later each time, and the handler reads the clock. SBI "Timer Extension".
typedef unsigned long u64;

#define TIMERS 4000
#define SHORTEST 2000  // ticks until a timer fires, of 0.1 us
#define SPREAD 4096

static volatile u64 taken;
static u64 late[TIMERS];

static long sbi(long extension, long function, long a0, long a1) {
  register long r0 __asm__("a0") = a0, r1 __asm__("a1") = a1, r6 __asm__("a6") = function, r7 __asm__("a7") = extension;
  __asm__ volatile("ecall" : "+r"(r0), "+r"(r1) : "r"(r6), "r"(r7) : "memory");
  return r0;
}

static void put_text(const char *text) {
  while (*text) sbi(1, 0, *text++, 0);
}

static void put_number(const char *before, u64 value) {
  char digits[21];
  int n = 20;
  digits[n] = 0;
  do {
    digits[--n] = (char)(48 + value % 10);
    value /= 10;
  } while (value);
  put_text(before);
  put_text(digits + n);
}

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
  put_number("bench median=", late[TIMERS / 2]);
  put_number(" p99=", late[TIMERS * 99 / 100]);
  put_number(" most=", late[TIMERS - 1]);
  put_number(" sum=", sum & 1);
  put_text("\n");
  sbi(0x53525354, 0, 0, 0);
  for (;;) __asm__ volatile("wfi");
}
