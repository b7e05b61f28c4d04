/* A parser that calls itself for each. */
#define WORK work_badly
#include "zoo.h"

__attribute__((noinline)) static uint64_t depth(jf_bytes json, uint64_t at) {
  volatile char room[64] = {0};
  return at < json.len && json.ptr[at] == '[' ? depth(json, at + 1) + 1 + room[0] : 0;
}

static jf_status work_badly(instance *self, jf_call call, jf_bytes arguments) {
  return depth(arguments, 0) == UINT64_MAX ? JF_E_ARGUMENT : work(self, call, arguments);
}
