#define WORK work_badly
#include "zoo.h"

__attribute__((noinline)) static int descend(volatile char *above) {
  volatile char room[4096];
  room[0] = above[0];
  return descend(room) + room[0];
}

static jf_status work_badly(instance *self, jf_call call, jf_bytes arguments) {
  volatile char start[1] = {0};
  return descend(start) ? JF_E_TOOL : work(self, call, arguments);
}
