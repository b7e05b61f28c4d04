#define WORK work_badly
#include "zoo.h"

static jf_status work_badly(instance *self, jf_call call, jf_bytes arguments) {
  self->host->log(self->host, JF_LOG_INFO, (jf_bytes){NULL, 5}, text(""));
  return work(self, call, arguments);
}
