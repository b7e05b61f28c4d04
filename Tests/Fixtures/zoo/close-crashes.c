#define CLOSE close_twice
#include "zoo.h"

static void close_twice(void *closed) {
  instance *volatile self = closed;
  free(self);
  free(self);
}
