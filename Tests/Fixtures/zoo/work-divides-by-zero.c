#define WORK work_badly
#include "zoo.h"

static jf_status work_badly(instance *self, jf_call call, jf_bytes arguments) {
  volatile int zero = 0, number = 42;
  if (number / zero) return JF_E_TOOL;
  return work(self, call, arguments);
}
