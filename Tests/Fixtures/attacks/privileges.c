/* Taking confinement off again, and more than one's share. */
#include "attack.h"
#include <errno.h>
#include <sched.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

static void cut_the_tie(attempt *it) {
  outcome(it, prctl(PR_SET_PDEATHSIG, 0, 0, 0, 0), "the death of the parent is no signal any more");
}

static void become_dumpable(attempt *it) { outcome(it, prctl(PR_SET_DUMPABLE, 1, 0, 0, 0), "can be traced and dumped"); }

static void fix_addresses(attempt *it) {
  int before = personality(0xffffffff);
  outcome(it, before < 0 ? -1 : personality((unsigned)before | ADDR_NO_RANDOMIZE), "addresses are not random any more");
  if (before >= 0) personality((unsigned)before);
}

/* Stacks are what everybody may have more of than they have. */
static void raise_limit(attempt *it) {
  struct rlimit now;
  if (getrlimit(RLIMIT_STACK, &now) < 0) return refused(it, "getrlimit");
  struct rlimit more = {now.rlim_cur + 4096, now.rlim_max > now.rlim_cur ? now.rlim_max : now.rlim_cur + 4096};
  outcome(it, setrlimit(RLIMIT_STACK, &more), "a limit was raised");
  setrlimit(RLIMIT_STACK, &now);
}

static void be_preferred(attempt *it) {
  outcome(it, setpriority(PRIO_PROCESS, 0, -5), "is preferred");
  setpriority(PRIO_PROCESS, 0, 0);
}

static void run_first(attempt *it) {
  struct sched_param parameters = {.sched_priority = 1};
  outcome(it, sched_setscheduler(0, SCHED_FIFO, &parameters), "runs before everybody");
  sched_setscheduler(0, SCHED_OTHER, &(struct sched_param){0});
}

static void choose_processor(attempt *it) {
  cpu_set_t all;
  if (sched_getaffinity(0, sizeof all, &all) < 0) return refused(it, "sched_getaffinity");
  outcome(it, sched_setaffinity(0, sizeof all, &all), "chose its processors");
}

const attack privilege_attacks[] = {
  {"death-signal", cut_the_tie}, {"dumpable", become_dumpable}, {"personality", fix_addresses},
  {"raise-limit", raise_limit}, {"nice", be_preferred}, {"fifo", run_first}, {"affinity", choose_processor},
  {NULL, NULL}};
