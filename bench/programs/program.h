// What the benchmark programs share. Each defines `work`: so many rounds of its own kind of labour, and a number that tells whether it was done right.
#pragma once
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef short s16;
typedef int s32;
typedef long long s64;

u64 work(u32 rounds);

/** A number that depends on all that came before. */
static inline u64 mix(u64 sum, u64 value) { return (sum ^ value) * 0x9e3779b97f4a7c15ul + (sum >> 29); }

/** Marsaglia's xorshift: the same data everywhere. */
static inline u32 next_random(u32 *state) {
  u32 x = *state;
  x ^= x << 13;
  x ^= x >> 17;
  x ^= x << 5;
  return *state = x;
}

/** Kept as a call, so that what a program is about is not compiled away. */
#define KEPT __attribute__((noinline))
