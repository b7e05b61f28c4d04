#define WORK work_badly
#include "zoo.h"
#include <stdatomic.h>
#include <time.h>

static jf_status work_badly(instance *self, jf_call call, jf_bytes arguments) {
  static atomic_int inside;
  int others = atomic_fetch_add(&inside, 1);
  nanosleep(&(struct timespec){0, 50000}, NULL);
  atomic_fetch_sub(&inside, 1);
  return others > 0 ? JF_E_BUSY : work(self, call, arguments);
}
