/* A worker from the moment in which it is confined. */
#ifndef WORKER_H
#define WORKER_H

#include "confinement.h"

/* Waits for the plugin, loads it, and runs its calls on the channel until the host ends it. */
__attribute__((noreturn)) void worker_run(const confinement *plan, const confined *confined);

#endif
