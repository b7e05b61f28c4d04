#define WORK work_badly
#include "zoo.h"

static jf_status work_badly(instance *self, jf_call call, jf_bytes arguments) {
  static const uint8_t zeros[80 << 20];
  (void)arguments;
  self->host->complete(self->host, call, JF_OK, (jf_bytes){zeros, sizeof zeros});
  return JF_OK;
}
