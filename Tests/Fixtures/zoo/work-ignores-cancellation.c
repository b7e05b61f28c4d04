/* Works on for as long as it likes. */
#define WORK work_badly
#define CANCEL ignore
#include "zoo.h"
#include <time.h>

static void ignore(void *called, jf_call call) { (void)called, (void)call; }

static jf_status work_badly(instance *self, jf_call call, jf_bytes arguments) {
  nanosleep(&(struct timespec){1, 200000000}, NULL);
  return work(self, call, arguments);
}
