/* With every signal blocked. */
#define WORK work_badly
#include "zoo.h"
#include <signal.h>
#include <unistd.h>

static jf_status work_badly(instance *self, jf_call call, jf_bytes arguments) {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, NULL);
  for (;;) pause();
  return work(self, call, arguments);
}
