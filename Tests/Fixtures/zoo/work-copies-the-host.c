/* Gives complete() a copy of the host's table. */
#define WORK work_badly
#include "zoo.h"

static jf_status work_badly(instance *self, jf_call call, jf_bytes arguments) {
  static jf_host copy;
  copy = *self->host;
  self->host->complete(&copy, call, JF_OK, text("{\"value\":1}"));
  return work(self, call, arguments);
}
