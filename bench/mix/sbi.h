// What bare-metal benchmarks say, and how they end: SBI calls, "Legacy Console Putchar", "System Reset Extension".
#pragma once

static long sbi(long extension, long function, long a0, long a1) {
  register long r0 __asm__("a0") = a0, r1 __asm__("a1") = a1, r6 __asm__("a6") = function, r7 __asm__("a7") = extension;
  __asm__ volatile("ecall" : "+r"(r0), "+r"(r1) : "r"(r6), "r"(r7) : "memory");
  return r0;
}

static void put_text(const char *text) {
  while (*text) sbi(1, 0, *text++, 0);
}

static void put_number(unsigned long long value) {
  char digits[21];
  int n = 20;
  digits[n] = 0;
  do {
    digits[--n] = (char)(48 + value % 10);
    value /= 10;
  } while (value);
  put_text(digits + n);
}
