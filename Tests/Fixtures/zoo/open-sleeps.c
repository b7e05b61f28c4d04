#define OPEN open_and_sleep
#include "zoo.h"
#include <unistd.h>

static jf_status open_and_sleep(const jf_host *host, const jf_open_info *info, void **made, jf_bytes *error) {
  for (;;) pause();
  return open_instance(host, info, made, error);
}
