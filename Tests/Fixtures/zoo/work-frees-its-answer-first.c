#define WORK work_badly
#include "zoo.h"

static jf_status work_badly(instance *self, jf_call call, jf_bytes arguments) {
  (void)arguments;
  char *volatile json = strdup("{\"value\":1,\"text\":\"a text of which not much is left\"}");
  free(json);
  return answer(self, call, json);
}
