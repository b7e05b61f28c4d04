#define WORK work_badly
#include "zoo.h"

static jf_status work_badly(instance *self, jf_call call, jf_bytes arguments) {
  (void)arguments;
  self->host->complete(self->host, call, JF_E_TOOL, text("it does not work"));
  return JF_E_TOOL;
}
