// Two processes hand a byte to and fro through pipes: a context switch each way.
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
  int rounds = argc > 1 ? atoi(argv[1]) : 10000, there[2], back[2];
  char byte = 1;
  if (pipe(there) || pipe(back)) return 1;
  if (fork() == 0) {
    for (int i = 0; i < rounds; i++) {
      if (read(there[0], &byte, 1) != 1) return 1;
      byte++;
      if (write(back[1], &byte, 1) != 1) return 1;
    }
    return 0;
  }
  for (int i = 0; i < rounds; i++) {
    if (write(there[1], &byte, 1) != 1 || read(back[0], &byte, 1) != 1) return 1;
  }
  int status;
  wait(&status);
  printf("bench check=%d\n", byte);
  return status;
}
