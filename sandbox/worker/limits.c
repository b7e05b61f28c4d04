/* Limits of the process itself. */
#include "confinement.h"
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <sys/resource.h>

typedef struct limit {
  int resource;
  const char *name;
  uint64_t most;
} limit;

/* Soft and hard, and never more than there was. */
static bool set_limit(limit wanted, complaint *why) {
  struct rlimit now;
  if (getrlimit(wanted.resource, &now) < 0) return complain(why, "limits: %s: %s", wanted.name, strerror(errno));
  rlim_t most = wanted.most < now.rlim_max ? wanted.most : now.rlim_max;
  if (setrlimit(wanted.resource, &(struct rlimit){most, most}) == 0) return true;
  return complain(why, "limits: %s: %s", wanted.name, strerror(errno));
}

/* Counted for each user and user namespace: where the worker has neither of its own, the user's other programs would be
 * counted too. The address space still bounds its threads. */
static bool limit_tasks(const confinement *plan, uint32_t most, complaint *why) {
  bool is_counted_alone = wants(plan, WIRE_LAYER_SLOT_UID) || (wants(plan, WIRE_LAYER_NAMESPACES) && !plan->is_root);
  return !is_counted_alone || set_limit((limit){RLIMIT_NPROC, "tasks", most}, why);
}

bool set_limits(const confinement *plan, complaint *why) {
  const wire_spawn *wanted = &plan->wanted;
  const limit limits[] = {
    {RLIMIT_AS, "address space", wanted->memory_bytes},
    {RLIMIT_NOFILE, "descriptors", wanted->descriptors},
    {RLIMIT_CORE, "core", 0},
    {RLIMIT_MEMLOCK, "locked memory", 0},
    {RLIMIT_MSGQUEUE, "message queues", 0},
    {RLIMIT_SIGPENDING, "pending signals", 64},
    {RLIMIT_STACK, "stack", 8 << 20},
    {RLIMIT_NICE, "nice", 0},
    {RLIMIT_RTPRIO, "real-time priority", 0},
  };
  for (size_t at = 0; at < sizeof limits / sizeof *limits; at++)
    if (!set_limit(limits[at], why)) return false;
  /* Below the host, which has to answer in time whatever plugins do; nobody can take it back. */
  setpriority(PRIO_PROCESS, 0, 5);
  if (wanted->cpu_seconds > 0 && !set_limit((limit){RLIMIT_CPU, "processor time", wanted->cpu_seconds}, why)) return false;
  return limit_tasks(plan, wanted->tasks, why);
}

bool limit_for_plugin(const confinement *plan, bool answers_as_model, complaint *why) {
  if (!set_limit((limit){RLIMIT_FSIZE, "length of files", plan->wanted.file_bytes}, why)) return false;
  return !plan->has_usual_tasks || answers_as_model || limit_tasks(plan, TASKS, why);
}
