#define WORK work_badly
#include "zoo.h"

static jf_status work_badly(instance *self, jf_call call, jf_bytes arguments) {
  (void)arguments;
  return answer(self, call, "{\"value\":1,\"text\":\"\\ud800\"}");
}
