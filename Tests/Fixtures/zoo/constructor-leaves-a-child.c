#include "zoo.h"
#include <unistd.h>

__attribute__((constructor)) static void on_load(void) {
  if (fork() == 0) _exit(0);
}
