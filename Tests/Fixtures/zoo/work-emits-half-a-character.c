#define WORK work_badly
#include "zoo.h"

static jf_status work_badly(instance *self, jf_call call, jf_bytes arguments) {
  self->host->emit(self->host, call, JF_EVENT_TEXT, (jf_bytes)TEXT("caf\xc3"));
  return work(self, call, arguments);
}
