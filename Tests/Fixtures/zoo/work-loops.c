#define WORK work_badly
#include "zoo.h"

static jf_status work_badly(instance *self, jf_call call, jf_bytes arguments) {
  for (volatile uint64_t round = 0;; round++)
    if (round == UINT64_MAX) break;
  return work(self, call, arguments);
}
