/* The child keeps every descriptor of the process that it came from. */
#include "good.c"
#include <unistd.h>

__attribute__((constructor)) static void on_load(void) {
  if (fork() == 0)
    for (;;) pause();
  _exit(3);
}
