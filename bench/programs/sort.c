// Sorting and strings: quicksort of numbers, merge sort of strings by comparison, search for a word in text.
#include "program.h"

#define NUMBERS 20000
#define STRINGS 4000
#define LENGTH 12
static u32 numbers[NUMBERS];
static char strings[STRINGS][LENGTH + 4];
static char *order[STRINGS], *merged[STRINGS];
static char text[STRINGS * (LENGTH + 1) + 1];

static KEPT void quicksort(u32 *a, long low, long high) {
  while (low < high) {
    u32 pivot = a[(low + high) >> 1];
    long i = low, j = high;
    while (i <= j) {
      while (a[i] < pivot) i++;
      while (a[j] > pivot) j--;
      if (i <= j) {
        u32 t = a[i];
        a[i++] = a[j];
        a[j--] = t;
      }
    }
    if (j - low < high - i) {
      quicksort(a, low, j);
      low = i;
    } else {
      quicksort(a, i, high);
      high = j;
    }
  }
}

static KEPT int compare(const char *a, const char *b) {
  while (*a && *a == *b) a++, b++;
  return (u8)*a - (u8)*b;
}

static KEPT u32 length(const char *s) {
  const char *at = s;
  while (*at) at++;
  return (u32)(at - s);
}

static KEPT void mergesort(char **a, char **space, u32 n) {
  if (n < 2) return;
  u32 half = n / 2;
  mergesort(a, space, half);
  mergesort(a + half, space, n - half);
  u32 i = 0, j = half, k = 0;
  while (i < half && j < n) space[k++] = compare(a[i], a[j]) <= 0 ? a[i++] : a[j++];
  while (i < half) space[k++] = a[i++];
  while (j < n) space[k++] = a[j++];
  for (k = 0; k < n; k++) a[k] = space[k];
}

static KEPT u32 occurrences(const char *where, const char *word) {
  u32 count = 0, size = length(word);
  for (const char *at = where; *at; at++) {
    u32 i = 0;
    while (i < size && at[i] == word[i]) i++;
    count += i == size;
  }
  return count;
}

u64 work(u32 rounds) {
  u64 sum = 0;
  u32 seed = 12345;
  for (u32 round = 0; round < rounds; round++) {
    for (int i = 0; i < NUMBERS; i++) numbers[i] = next_random(&seed);
    quicksort(numbers, 0, NUMBERS - 1);
    sum = mix(sum, numbers[round % NUMBERS]);
    for (int i = 0; i < STRINGS; i++) {
      u32 n = 3 + next_random(&seed) % (LENGTH - 3);
      for (u32 k = 0; k < n; k++) strings[i][k] = (char)('a' + next_random(&seed) % 4);
      strings[i][n] = 0;
      order[i] = strings[i];
    }
    mergesort(order, merged, STRINGS);
    char *at = text;
    for (int i = 0; i < STRINGS; i++) {
      for (const char *from = order[i]; *from;) *at++ = *from++;
      *at++ = ' ';
    }
    *at = 0;
    sum = mix(sum, occurrences(text, "abca"));
    sum = mix(sum, length(text));
  }
  return sum;
}
