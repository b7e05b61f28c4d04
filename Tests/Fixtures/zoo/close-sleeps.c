#define CLOSE close_and_sleep
#include "zoo.h"
#include <unistd.h>

static void close_and_sleep(void *closed) {
  for (;;) pause();
  free(closed);
}
