/* A status that is none. */
#define WORK work_badly
#include "zoo.h"

static jf_status work_badly(instance *self, jf_call call, jf_bytes arguments) {
  (void)self, (void)call, (void)arguments;
  return 7;
}
