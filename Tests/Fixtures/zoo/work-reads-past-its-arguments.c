/* Takes them for a text with a zero at its end. */
#define WORK work_badly
#include "zoo.h"

static jf_status work_badly(instance *self, jf_call call, jf_bytes arguments) {
  volatile size_t length = arguments.ptr ? strlen((const char *)arguments.ptr) : 0;
  if (length == SIZE_MAX) return JF_E_ARGUMENT;
  return work(self, call, arguments);
}
