// The sieve of Eratosthenes over a quarter of a million odd numbers.
#include "program.h"

#define SIZE (1 << 18)
static u8 composite[SIZE];

static KEPT u32 sieve(void) {
  u32 primes = 1;
  for (u32 i = 0; i < SIZE; i++) composite[i] = 0;
  for (u32 i = 0; i < SIZE; i++) {
    if (composite[i]) continue;
    u32 prime = 2 * i + 3;
    primes++;
    for (u32 k = i + prime; k < SIZE; k += prime) composite[k] = 1;
  }
  return primes;
}

u64 work(u32 rounds) {
  u64 sum = 0;
  for (u32 i = 0; i < rounds; i++) sum = mix(sum, sieve());
  return sum;
}
