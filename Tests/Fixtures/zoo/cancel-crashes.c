/* Takes it that the call is there. */
#define CANCEL cancel_blindly
#include "zoo.h"

static void cancel_blindly(void *called, jf_call call) {
  const instance *self = called;
  const jf_call_info *volatile info = self->host->info(self->host, call);
  if (info->attempt == 0) abort();
}
