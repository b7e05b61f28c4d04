#define WORK work_badly
#include "zoo.h"
#include <unistd.h>

static jf_status work_badly(instance *self, jf_call call, jf_bytes arguments) {
  if (chdir("/") != 0) return work(self, call, arguments);
  return work(self, call, arguments);
}
