/* Looks at those of the call before. */
#define WORK work_badly
#include "zoo.h"

static jf_status work_badly(instance *self, jf_call call, jf_bytes arguments) {
  static jf_bytes before;
  if (before.ptr && before.len > 0 && *(const volatile uint8_t *)before.ptr == 0) return JF_E_ARGUMENT;
  before = arguments;
  return work(self, call, arguments);
}
