#define INVOKE work_by_table
#include "zoo.h"

static jf_status work_by_table(void *called, jf_call call, uint32_t function, jf_bytes arguments) {
  static jf_status (*const table[])(instance *, jf_call, jf_bytes) = {work, work};
  return table[function](called, call, arguments);
}
