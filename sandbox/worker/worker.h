/* A worker from the moment in which it is confined. */
#ifndef WORKER_H
#define WORKER_H

#include "confinement.h"

/* How a worker ends by itself. Whatever else it ends with came from its plugin. */
enum {
  WORKER_CLOSED = 0,
  WORKER_REFUSED = 2,      /* after WIRE_FAILED */
  WORKER_HOST_IS_GONE = 3, /* the channel ended */
  WORKER_BAD_FRAME = 4     /* the host said what makes no sense */
};

/* Waits for the plugin, loads it, and runs its calls on the channel until the host ends it. */
__attribute__((noreturn)) void worker_run(const confinement *plan, const confined *confined);

__attribute__((noreturn)) void worker_end(int status);

#endif
