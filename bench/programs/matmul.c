// Products of matrices of doubles; the compiler makes fused multiply-adds of them, if it is not told to keep them SEPARATE. With
// EXACT all values are small integers, so that nothing is ever rounded and NX stays clear.
#include "program.h"

#define SIDE 96
static double left[SIDE][SIDE], right[SIDE][SIDE], product[SIDE][SIDE];

static KEPT void multiply(void) {
  for (int i = 0; i < SIDE; i++)
    for (int j = 0; j < SIDE; j++) {
      double cell = 0;
      for (int k = 0; k < SIDE; k++) cell += left[i][k] * right[k][j];
      product[i][j] = cell;
    }
}

u64 work(u32 rounds) {
  u64 sum = 0;
  u32 seed = 7;
  for (int i = 0; i < SIDE; i++)
    for (int j = 0; j < SIDE; j++) {
#ifdef EXACT
      left[i][j] = (double)(s32)(next_random(&seed) & 1023) - 512;
      right[i][j] = (double)(s32)(next_random(&seed) & 1023) - 512;
#else
      left[i][j] = (double)(s32)next_random(&seed) / 65537.0;
      right[i][j] = (double)(s32)next_random(&seed) / 65521.0;
#endif
    }
  for (u32 round = 0; round < rounds; round++) {
    multiply();
    double trace = 0;
    for (int i = 0; i < SIDE; i++) trace += product[i][i];
    union {
      double value;
      u64 bits;
    } seen = {trace};
    sum = mix(sum, seen.bits);
    left[round % SIDE][0] += 1;
  }
#ifdef __riscv
  u64 flags; // both kinds of data end with the flags they must have
  __asm__ volatile("csrr %0, fflags" : "=r"(flags));
#ifdef EXACT
  if (flags != 0) return 0;
#else
  if (flags != 1) return 0;
#endif
#endif
  return sum;
}
