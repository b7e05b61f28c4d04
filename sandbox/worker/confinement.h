/* What is taken away from a worker before any code of a plugin runs in it. Each layer is a file of its own; confine()
 * puts on those that are wanted, in the one order that works. */
#ifndef CONFINEMENT_H
#define CONFINEMENT_H

#include "complaint.h"
#include "worker_wire.h"
#include <stdbool.h>
#include <sys/types.h>

struct cgroup_place;

enum { READABLE_MAX = 64, CONFINED_CHANNEL = 3, CONFINED_REPORT = 4 };

typedef struct confinement {
  wire_spawn wanted;                  /* where it says 0, what the header says instead has been filled in */
  const char *readable[READABLE_MAX]; /* absolute paths without links in them: libraries, and what the host names */
  uint32_t readable_count;
  bool reads_files; /* the host names some */
  bool is_root; /* may make namespaces and change its uid without a user namespace */
  uid_t uid;    /* the zygote's own */
  gid_t gid;
  const char *cgroup; /* name of the worker's cgroup among `groups`, or null */
  const struct cgroup_place *groups;
  bool has_usual_tasks;
} confinement;

/* Where nobody says how many: a thread for each call, and some of the plugin's own. */
enum { TASKS = 32, MOST_TASKS = 288 };

static inline bool wants(const confinement *plan, uint32_t layer) { return (plan->wanted.layers & layer) != 0; }

/* What was prepared for the plugin's image. */
typedef struct confined {
  int image; /* a file to be filled with it, which nobody can write to afterwards; -1 where the process still has /proc */
} confined;

extern const char confined_image_path[];

/* Puts on the layers of `plan`, on the calling process, for good. Its channel is CONFINED_CHANNEL, and its report
 * CONFINED_REPORT, already. Answers false with a complaint where one cannot be put on; the process must end then. */
bool confine(const confinement *plan, confined *result, complaint *why);

/* --- the layers */
bool map_own_user(const confinement *plan, complaint *why); /* first of all in a user namespace */
bool clean_up(complaint *why);                          /* descriptors, streams, environment, signals */
bool leave_the_file_system(const confinement *plan, confined *result, complaint *why);
bool become_slot_user(const confinement *plan, complaint *why);
bool drop_capabilities(complaint *why);
bool set_limits(const confinement *plan, complaint *why);
/* After the image was written, and before it is loaded. */
bool limit_for_plugin(const confinement *plan, bool answers_as_model, complaint *why);
bool restrict_with_landlock(const confinement *plan, complaint *why);
/* What the loader needs, and the second filter. */
bool filter_for_loading(bool reads_files, complaint *why);
/* What a plugin needs; on every thread. */
bool filter_for_calls(bool reads_files, complaint *why);

#endif
