#define WORK work_badly
#include "zoo.h"
#include <fcntl.h>

static jf_status work_badly(instance *self, jf_call call, jf_bytes arguments) {
  int lost = open("/dev/null", O_RDONLY | O_CLOEXEC);
  (void)lost;
  return work(self, call, arguments);
}
