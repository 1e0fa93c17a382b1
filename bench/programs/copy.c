// Copying memory: words, bytes, backwards and filling, at every alignment.
#include "program.h"

#define BYTES 65536
static u8 a[BYTES + 64] __attribute__((aligned(64))), b[BYTES + 64] __attribute__((aligned(64)));

static KEPT void copy(void *to, const void *from, u64 n) {
  u8 *t = to;
  const u8 *f = from;
  if ((((u64)t ^ (u64)f) & 7) == 0) {
    while (n && ((u64)t & 7)) *t++ = *f++, n--;
    for (; n >= 64; n -= 64, t += 64, f += 64) {
      u64 w0 = ((u64 *)f)[0], w1 = ((u64 *)f)[1], w2 = ((u64 *)f)[2], w3 = ((u64 *)f)[3];
      u64 w4 = ((u64 *)f)[4], w5 = ((u64 *)f)[5], w6 = ((u64 *)f)[6], w7 = ((u64 *)f)[7];
      ((u64 *)t)[0] = w0, ((u64 *)t)[1] = w1, ((u64 *)t)[2] = w2, ((u64 *)t)[3] = w3;
      ((u64 *)t)[4] = w4, ((u64 *)t)[5] = w5, ((u64 *)t)[6] = w6, ((u64 *)t)[7] = w7;
    }
    for (; n >= 8; n -= 8, t += 8, f += 8) *(u64 *)t = *(u64 *)f;
  }
  while (n--) *t++ = *f++;
}

static KEPT void move_back(u8 *to, const u8 *from, u64 n) {
  while (n--) to[n] = from[n];
}

static KEPT void fill(void *to, u8 value, u64 n) {
  u64 word = value * 0x0101010101010101ul;
  u8 *t = to;
  while (n && ((u64)t & 7)) *t++ = value, n--;
  for (; n >= 32; n -= 32, t += 32)
    ((u64 *)t)[0] = word, ((u64 *)t)[1] = word, ((u64 *)t)[2] = word, ((u64 *)t)[3] = word;
  while (n--) *t++ = value;
}

u64 work(u32 rounds) {
  u64 sum = 0;
  u32 seed = 5;
  for (int i = 0; i < BYTES; i++) a[i] = (u8)next_random(&seed);
  for (u32 round = 0; round < rounds; round++) {
    copy(b, a, BYTES);
    copy(a + 8, b, BYTES - 8);
    for (int i = 0; i < 200; i++) {
      u32 r = next_random(&seed);
      copy(a + (r & 4095), b + (r >> 12 & 4095), 8 + (r >> 24));
    }
    copy(b + 1, a, BYTES / 8);
    move_back(a + 16, b, BYTES / 8);
    fill(b + (round & 1023), (u8)round, BYTES / 2);
    sum = mix(sum, *(u64 *)(a + (round * 8 & (BYTES - 8))) ^ b[round & (BYTES - 1)]);
  }
  return sum;
}
