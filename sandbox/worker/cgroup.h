/* One cgroup for each worker, which bounds its tasks and its memory, whatever it is made of. */
#ifndef CGROUP_H
#define CGROUP_H

#include "confinement.h"

enum { CGROUP_NAME_MAX = 64, CGROUP_PATH_MAX = 512 };

/* Below which folders they are made: one of the unified hierarchy, or one for each controller. */
typedef struct cgroup_place {
  bool is_unified;
  char tasks[CGROUP_PATH_MAX];
  char memory[CGROUP_PATH_MAX]; /* empty where it is the same */
} cgroup_place;

/* Finds where this process may make them, by making one. Also removes what an earlier zygote left. */
bool cgroup_find(cgroup_place *place, complaint *why);

/* Makes one with limits. */
bool cgroup_make(const cgroup_place *place, const char *name, const wire_spawn *wanted, complaint *why);

/* Moves the calling process into it. */
bool cgroup_join(const cgroup_place *place, const char *name, complaint *why);

/* Kills what is in it, and removes it; false where something is still ending there. */
bool cgroup_remove(const cgroup_place *place, const char *name);

#endif
