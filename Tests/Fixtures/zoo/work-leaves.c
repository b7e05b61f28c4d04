/* Past everything that exit() would have done. */
#define WORK work_badly
#include "zoo.h"
#include <unistd.h>

static jf_status work_badly(instance *self, jf_call call, jf_bytes arguments) {
  if (self) _exit(7);
  return work(self, call, arguments);
}
