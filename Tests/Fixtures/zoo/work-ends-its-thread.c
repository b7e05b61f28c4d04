#define WORK work_badly
#include "zoo.h"
#include <pthread.h>

static jf_status work_badly(instance *self, jf_call call, jf_bytes arguments) {
  if (self) pthread_exit(NULL);
  return work(self, call, arguments);
}
