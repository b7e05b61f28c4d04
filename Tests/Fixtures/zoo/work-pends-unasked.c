/* Completes before it returns, and answers JF_PENDING without having declared it. */
#define WORK work_badly
#include "zoo.h"

static jf_status work_badly(instance *self, jf_call call, jf_bytes arguments) {
  work(self, call, arguments);
  return JF_PENDING;
}
