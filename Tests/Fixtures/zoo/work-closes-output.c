#define WORK work_badly
#include "zoo.h"
#include <unistd.h>

static jf_status work_badly(instance *self, jf_call call, jf_bytes arguments) {
  close(STDOUT_FILENO);
  return work(self, call, arguments);
}
