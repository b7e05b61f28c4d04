#include "cgroup.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#ifndef CLOSE_RANGE_UNSHARE
#define CLOSE_RANGE_UNSHARE (1U << 1)
#endif

static bool open_null_streams(complaint *why) {
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null < 0) return complain(why, "hygiene: /dev/null cannot be opened: %s", strerror(errno));
  for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; stream++)
    if (dup2(null, stream) < 0) return complain(why, "hygiene: dup2: %s", strerror(errno));
  if (null > STDERR_FILENO) close(null);
  return true;
}

static void reset_signals(void) {
  struct sigaction fallback = {.sa_handler = SIG_DFL};
  for (int number = 1; number < NSIG; number++) sigaction(number, &fallback, NULL);
}

bool clean_up(complaint *why) {
  if (!open_null_streams(why)) return false;
  if (close_range(CONFINED_REPORT + 1, ~0U, 0) < 0)
    return complain(why, "hygiene: close_range: %s; Linux 5.9 or newer is needed", strerror(errno));
  reset_signals();
  umask(077);
  setsid(); /* a terminal's signals are the host's */
  if (chdir("/") < 0) return complain(why, "hygiene: chdir: %s", strerror(errno));
  /* An empty array, not null: the Swift runtime's constructor reads environ without asking. */
  static char *nothing[] = {NULL};
  environ = nothing;
  return true;
}

/* Changing the uid or capabilities undoes both of these, so they come after. */
static bool tie_to_the_zygote(complaint *why) {
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) < 0) return complain(why, "PR_SET_PDEATHSIG: %s", strerror(errno));
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) return complain(why, "PR_SET_NO_NEW_PRIVS: %s", strerror(errno));
  return true;
}

bool confine(const confinement *plan, confined *result, complaint *why) {
  sigset_t none;
  sigemptyset(&none);
  result->image = -1;
  if (wants(plan, WIRE_LAYER_NAMESPACES) && !plan->is_root && !map_own_user(plan, why)) return false;
  if (plan->cgroup != NULL && !cgroup_join(plan->groups, plan->cgroup, why)) return false;
  if (wants(plan, WIRE_LAYER_HYGIENE) && !clean_up(why)) return false;
  sigprocmask(SIG_SETMASK, &none, NULL);
  if (wants(plan, WIRE_LAYER_NAMESPACES) && !leave_the_file_system(plan, result, why)) return false;
  if (wants(plan, WIRE_LAYER_SLOT_UID) && !become_slot_user(plan, why)) return false;
  if (!drop_capabilities(why) || !tie_to_the_zygote(why)) return false;
  if (wants(plan, WIRE_LAYER_LIMITS) && !set_limits(plan, why)) return false;
  if (wants(plan, WIRE_LAYER_LANDLOCK) && !restrict_with_landlock(plan, why)) return false;
  if (wants(plan, WIRE_LAYER_HYGIENE) && prctl(PR_SET_DUMPABLE, 0) < 0)
    return complain(why, "hygiene: PR_SET_DUMPABLE: %s", strerror(errno));
  return !wants(plan, WIRE_LAYER_SECCOMP) || filter_for_loading(plan->reads_files, why);
}
