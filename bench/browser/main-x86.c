// Runs a program of bench/programs on an x86 PC and tells the result of each turn, in hexadecimal, through the first serial port.
typedef unsigned char u8;
typedef unsigned int u32;

unsigned long long work(u32 rounds);

static void put(char byte) { __asm__ volatile("outb %0, %1" ::"a"(byte), "Nd"((unsigned short)0x3f8)); }

static void put_text(const char *text) {
  while (*text) put(*text++);
}

int main(void) {
  put_text("begin\n");
  for (int turn = 0; turn < TURNS; turn++) {
    unsigned long long check = work(ROUNDS);
    put_text("check=");
    for (int shift = 60; shift >= 0; shift -= 4) put("0123456789abcdef"[(check >> shift) & 15]);
    put('\n');
  }
  return 0;
}

// What gcc may call in a program without a library.
void *memcpy(void *to, const void *from, unsigned n) {
  void *start = to;
  __asm__ volatile("rep movsb" : "+D"(to), "+S"(from), "+c"(n)::"memory");
  return start;
}

void *memset(void *to, int value, unsigned n) {
  void *start = to;
  __asm__ volatile("rep stosb" : "+D"(to), "+c"(n) : "a"(value) : "memory");
  return start;
}
