#define OPEN open_file
#include "zoo.h"
#include <fcntl.h>

static jf_status open_file(const jf_host *host, const jf_open_info *info, void **made, jf_bytes *error) {
  int lost = open("/dev/null", O_RDONLY | O_CLOEXEC);
  (void)lost;
  return open_instance(host, info, made, error);
}
