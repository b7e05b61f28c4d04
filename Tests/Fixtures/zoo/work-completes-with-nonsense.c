/* A status that ends no call. */
#define WORK work_badly
#include "zoo.h"

static jf_status work_badly(instance *self, jf_call call, jf_bytes arguments) {
  (void)arguments;
  self->host->complete(self->host, call, JF_PENDING, text("{\"value\":1}"));
  return JF_OK;
}
