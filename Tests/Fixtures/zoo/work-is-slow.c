#define WORK work_badly
#include "zoo.h"
#include <time.h>

static jf_status work_badly(instance *self, jf_call call, jf_bytes arguments) {
  nanosleep(&(struct timespec){0, 300000000}, NULL);
  return work(self, call, arguments);
}
