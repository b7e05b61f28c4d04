/* Crashes where they are no object. */
#define WORK work_badly
#include "zoo.h"

static jf_status work_badly(instance *self, jf_call call, jf_bytes arguments) {
  if (arguments.len == 0 || arguments.ptr[0] != '{') *(volatile int *)8 = 1;
  return work(self, call, arguments);
}
