#define WORK work_badly
#include "zoo.h"

static jf_status work_badly(instance *self, jf_call call, jf_bytes arguments) {
  char *volatile lost = malloc(1000);
  if (lost) lost[0] = 1;
  return work(self, call, arguments);
}
