#define WORK work_badly
#include "zoo.h"
#include <fcntl.h>
#include <unistd.h>

static jf_status work_badly(instance *self, jf_call call, jf_bytes arguments) {
  int file = open("/etc/passwd", O_RDONLY | O_CLOEXEC);
  if (file < 0) return JF_E_IO;
  close(file);
  return work(self, call, arguments);
}
