// Calls: Fibonacci and Ackermann by recursion, the queens on a board, and an expression evaluated through function pointers.
#include "program.h"

static KEPT u64 fibonacci(u32 n) { return n < 2 ? n : fibonacci(n - 1) + fibonacci(n - 2); }

static KEPT u32 ackermann(u32 m, u32 n) {
  return m == 0 ? n + 1 : n == 0 ? ackermann(m - 1, 1) : ackermann(m - 1, ackermann(m, n - 1));
}

static KEPT u32 queens(u32 all, u32 columns, u32 left, u32 right) {
  if (columns == all) return 1;
  u32 count = 0;
  for (u32 free = all & ~(columns | left | right); free;) {
    u32 bit = free & -free;
    free ^= bit;
    count += queens(all, columns | bit, (left | bit) << 1, (right | bit) >> 1);
  }
  return count;
}

struct expression {
  u64 (*evaluate)(const struct expression *);
  const struct expression *left, *right;
  u64 value;
};
#define NODES 1023
static struct expression nodes[NODES];

static u64 constant(const struct expression *e) { return e->value; }
static u64 sum(const struct expression *e) { return e->left->evaluate(e->left) + e->right->evaluate(e->right); }
static u64 product(const struct expression *e) { return e->left->evaluate(e->left) * (e->right->evaluate(e->right) | 1); }
static u64 difference(const struct expression *e) { return e->left->evaluate(e->left) - e->right->evaluate(e->right); }
static u64 either(const struct expression *e) {
  return e->left->evaluate(e->left) & 1 ? e->right->evaluate(e->right) : e->value;
}

u64 work(u32 rounds) {
  static u64 (*const inner[4])(const struct expression *) = {sum, product, difference, either};
  u64 check = 0;
  u32 seed = 99;
  for (int i = 0; i < NODES; i++) {
    int leaf = 2 * i + 2 >= NODES;
    nodes[i].value = next_random(&seed);
    nodes[i].evaluate = leaf ? constant : inner[next_random(&seed) & 3];
    nodes[i].left = leaf ? 0 : &nodes[2 * i + 1];
    nodes[i].right = leaf ? 0 : &nodes[2 * i + 2];
  }
  for (u32 round = 0; round < rounds; round++) {
    check = mix(check, fibonacci(22));
    check = mix(check, ackermann(2, 40));
    check = mix(check, queens(127, 0, 0, 0));
    for (int i = 0; i < 50; i++) {
      nodes[NODES - 1].value = check;
      check = mix(check, nodes[0].evaluate(nodes));
    }
  }
  return check;
}
