#define WORK work_badly
#include "zoo.h"
#include <signal.h>

static jf_status work_badly(instance *self, jf_call call, jf_bytes arguments) {
  signal(SIGINT, SIG_IGN);
  return work(self, call, arguments);
}
