#include <jackfield/plugin.h>

JF_EXPORT const jf_plugin *jackfield_plugin_v1(uint32_t host_abi) {
  (void)host_abi;
  __builtin_trap();
}
