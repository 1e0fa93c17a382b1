// A tree whose nodes come from an allocator with free lists: inserted, looked up, removed; blocks of many sizes beside them.
#include "program.h"

#define POOL (1 << 20)
static u8 pool[POOL] __attribute__((aligned(16)));
static u64 used;
static void *lists[32];

static KEPT void *allocate(u64 bytes) {
  u64 units = (bytes + 15) >> 4;
  void *block = lists[units];
  if (block) {
    lists[units] = *(void **)block;
    return block;
  }
  if (used + units * 16 > POOL) return 0;
  block = pool + used;
  used += units * 16;
  return block;
}

static KEPT void release(void *block, u64 bytes) {
  u64 units = (bytes + 15) >> 4;
  *(void **)block = lists[units];
  lists[units] = block;
}

struct node {
  struct node *child[2];
  u32 key, priority;
  u8 *payload;
  u32 size;
};

static KEPT struct node *insert(struct node *at, u32 key, u32 *seed) {
  if (!at) {
    struct node *made = allocate(sizeof *made);
    made->child[0] = made->child[1] = 0;
    made->key = key;
    made->priority = next_random(seed);
    made->size = 8 + (key & 0xff);
    made->payload = allocate(made->size);
    for (u32 i = 0; i < made->size; i += 8) *(u64 *)(made->payload + (i & ~7u)) = key + i;
    return made;
  }
  if (key == at->key) return at;
  int side = key > at->key;
  struct node *child = at->child[side] = insert(at->child[side], key, seed);
  if (child->priority <= at->priority) return at;
  at->child[side] = child->child[!side];
  child->child[!side] = at;
  return child;
}

static KEPT struct node *join(struct node *a, struct node *b) {
  if (!a) return b;
  if (!b) return a;
  if (a->priority > b->priority) {
    a->child[1] = join(a->child[1], b);
    return a;
  }
  b->child[0] = join(a, b->child[0]);
  return b;
}

static KEPT struct node *erase(struct node *at, u32 key) {
  if (!at) return 0;
  if (key == at->key) {
    struct node *rest = join(at->child[0], at->child[1]);
    release(at->payload, at->size);
    release(at, sizeof *at);
    return rest;
  }
  int side = key > at->key;
  at->child[side] = erase(at->child[side], key);
  return at;
}

static KEPT u64 look(const struct node *at, u32 key) {
  while (at && at->key != key) at = at->child[key > at->key];
  return at ? *(u64 *)at->payload : 0;
}

static KEPT u64 total(const struct node *at) {
  return at ? total(at->child[0]) + total(at->child[1]) + at->key * (u64)at->payload[0] : 0;
}

u64 work(u32 rounds) {
  u64 sum = 0;
  u32 seed = 3;
  struct node *root = 0;
  // What the last turn's tree took is forgotten, not released.
  used = 0;
  for (int i = 0; i < 32; i++) lists[i] = 0;
  for (u32 round = 0; round < rounds; round++) {
    for (int i = 0; i < 4000; i++) {
      root = insert(root, next_random(&seed) & 0x7ff, &seed);
      sum += look(root, next_random(&seed) & 0x7ff);
      root = erase(root, next_random(&seed) & 0x7ff);
    }
    sum = mix(sum, total(root));
  }
  return sum;
}
