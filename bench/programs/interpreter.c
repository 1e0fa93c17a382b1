// A bytecode interpreter, a stack machine with a switch, that runs a program: the Collatz steps of many numbers, hashed.
#include "program.h"

enum { PUSH, LOAD, STORE, ADD, SUB, MUL, AND, XOR, SHIFT_RIGHT, LESS, EQUAL, JUMP, JUMP_ZERO, COPY, INCREMENT, CALL, RETURN, HALT };

struct instruction {
  u16 op;
  u16 argument;
};

enum { NUMBER, STEPS, FIRST, HASH, LIMIT, VARIABLES };

// Each number in turn; 22 is the function that counts its steps.
static const struct instruction program[] = {
    /*  0 */ {PUSH, 1},   {STORE, FIRST},
    /*  2 */ {LOAD, FIRST}, {LOAD, LIMIT}, {LESS, 0}, {JUMP_ZERO, 21},
    /*  6 */ {LOAD, FIRST}, {STORE, NUMBER}, {PUSH, 0}, {STORE, STEPS}, {CALL, 22},
    /* 11 */ {LOAD, HASH}, {LOAD, STEPS}, {XOR, 0}, {PUSH, 31}, {MUL, 0}, {LOAD, FIRST}, {SUB, 0}, {STORE, HASH},
    /* 19 */ {INCREMENT, FIRST}, {JUMP, 2},
    /* 21 */ {HALT, 0},
    /* 22 */ {LOAD, NUMBER}, {PUSH, 1}, {EQUAL, 0}, {JUMP_ZERO, 27}, {RETURN, 0},
    /* 27 */ {INCREMENT, STEPS}, {LOAD, NUMBER}, {PUSH, 1}, {AND, 0}, {JUMP_ZERO, 41},
    /* 32 */ {LOAD, NUMBER}, {COPY, 0}, {COPY, 0}, {ADD, 0}, {ADD, 0}, {PUSH, 1}, {ADD, 0}, {STORE, NUMBER}, {JUMP, 22},
    /* 41 */ {LOAD, NUMBER}, {PUSH, 1}, {SHIFT_RIGHT, 0}, {STORE, NUMBER}, {JUMP, 22},
};

static KEPT u64 interpret(const struct instruction *code, u64 *variables) {
  u64 stack[64], *top = stack;
  u32 calls[16], depth = 0;
  for (u32 at = 0;;) {
    struct instruction i = code[at++];
    switch (i.op) {
      case PUSH: *++top = i.argument; break;
      case LOAD: *++top = variables[i.argument]; break;
      case STORE: variables[i.argument] = *top--; break;
      case ADD: top--, top[0] += top[1]; break;
      case SUB: top--, top[0] -= top[1]; break;
      case MUL: top--, top[0] *= top[1]; break;
      case AND: top--, top[0] &= top[1]; break;
      case XOR: top--, top[0] ^= top[1]; break;
      case SHIFT_RIGHT: top--, top[0] >>= top[1] & 63; break;
      case LESS: top--, top[0] = top[0] < top[1]; break;
      case EQUAL: top--, top[0] = top[0] == top[1]; break;
      case JUMP: at = i.argument; break;
      case JUMP_ZERO: if (*top-- == 0) at = i.argument; break;
      case COPY: top++, top[0] = top[-1]; break;
      case INCREMENT: variables[i.argument]++; break;
      case CALL: calls[depth++] = at, at = i.argument; break;
      case RETURN: at = calls[--depth]; break;
      default: return variables[HASH];
    }
  }
}

u64 work(u32 rounds) {
  u64 sum = 0;
  for (u32 round = 0; round < rounds; round++) {
    u64 variables[VARIABLES] = {[HASH] = sum, [LIMIT] = 500 + (round & 15)};
    sum = mix(sum, interpret(program, variables));
  }
  return sum;
}
