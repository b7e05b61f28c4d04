#define WORK work_badly
#include "zoo.h"

static jf_status work_badly(instance *self, jf_call call, jf_bytes arguments) {
  if (arguments.ptr && arguments.len > 0) *(uint8_t *)(uintptr_t)arguments.ptr = ' ';
  return work(self, call, arguments);
}
