#define WORK work_badly
#include "zoo.h"

static jf_status work_badly(instance *self, jf_call call, jf_bytes arguments) {
  self->host->complete(self->host, call, JF_OK, (jf_bytes){(const uint8_t *)8, 12});
  (void)arguments;
  return JF_OK;
}
