#define WORK work_elsewhere
#include "zoo.h"

jf_status work_of_another_library(jf_call call);

static jf_status work_elsewhere(instance *self, jf_call call, jf_bytes arguments) {
  (void)self, (void)arguments;
  return work_of_another_library(call);
}
