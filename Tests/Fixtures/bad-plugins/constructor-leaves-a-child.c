/* The child keeps every descriptor of the process that it came from, and outlives it. */
#include "good.c"
#include <sys/prctl.h>
#include <unistd.h>

__attribute__((constructor)) static void on_load(void) {
  if (fork() == 0) {
    prctl(PR_SET_NAME, "jf-left-behind");
    for (;;) pause();
  }
  _exit(3);
}
