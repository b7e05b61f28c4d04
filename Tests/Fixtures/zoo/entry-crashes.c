#define ENTRY sound_entry
#include "zoo.h"

JF_EXPORT const jf_plugin *jackfield_plugin_v1(uint32_t host_abi) {
  *(volatile uint32_t *)8 = host_abi;
  return &plugin;
}
