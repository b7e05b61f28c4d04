/* How a worker begins: a child of the zygote that confines itself, reports, and waits for its plugin. */
#ifndef BIRTH_H
#define BIRTH_H

#include "cgroup.h"

typedef struct birth {
  pid_t pid;
  int pidfd;
  int channel; /* the host's end */
} birth;

/* Makes one, and answers when it is confined. On failure nothing of it is left, but a complaint. */
bool begin_worker(const confinement *plan, birth *born, complaint *why);

#endif
