#define OPEN open_and_crash
#include "zoo.h"

static jf_status open_and_crash(const jf_host *host, const jf_open_info *info, void **made, jf_bytes *error) {
  *(volatile int *)8 = 1;
  return open_instance(host, info, made, error);
}
