#define INVOKE work_always
#include "zoo.h"

static jf_status work_always(void *called, jf_call call, uint32_t function, jf_bytes arguments) {
  (void)function;
  return work(called, call, arguments);
}
