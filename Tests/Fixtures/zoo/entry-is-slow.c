#define ENTRY sound_entry
#include "zoo.h"
#include <time.h>

JF_EXPORT const jf_plugin *jackfield_plugin_v1(uint32_t host_abi) {
  nanosleep(&(struct timespec){0, 40000000}, NULL);
  return sound_entry(host_abi);
}
