#define WORK work_badly
#include "zoo.h"

static jf_status work_badly(instance *self, jf_call call, jf_bytes arguments) {
  if (self) __builtin_trap();
  return work(self, call, arguments);
}
