#include "child_process.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

int jf_child_pipe(int ends[2]) {
  if (pipe2(ends, O_CLOEXEC) < 0) return errno;
  return fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0 ? errno : 0;
}

static int arrange_streams(posix_spawn_file_actions_t *actions, const jf_child_plan *plan) {
  int error = posix_spawn_file_actions_adddup2(actions, plan->output, STDOUT_FILENO);
  if (!error && plan->is_alone) {
    error = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    if (!error) error = posix_spawn_file_actions_addopen(actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  }
  if (!error && plan->folder) error = posix_spawn_file_actions_addchdir_np(actions, plan->folder);
  if (!error) error = posix_spawn_file_actions_addclosefrom_np(actions, STDERR_FILENO + 1);
  return error;
}

static int arrange_signals_and_group(posix_spawnattr_t *attributes, const jf_child_plan *plan) {
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  int error = posix_spawnattr_setflags(
    attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF | (plan->is_alone ? POSIX_SPAWN_SETPGROUP : 0));
  if (!error) error = posix_spawnattr_setpgroup(attributes, 0);
  if (!error) error = posix_spawnattr_setsigmask(attributes, &none);
  if (!error) error = posix_spawnattr_setsigdefault(attributes, &all);
  return error;
}

static void abandon(pid_t pid) {
  kill(pid, SIGKILL);
  while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
  }
}

int jf_child_start(const jf_child_plan *plan, pid_t *pid, int *pidfd) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  int error = arrange_streams(&actions, plan);
  if (!error) error = arrange_signals_and_group(&attributes, plan);
  if (!error)
    error = posix_spawnp(
      pid, plan->program, &actions, &attributes, plan->arguments, plan->environment ? plan->environment : environ);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  if (error) return error;
  *pidfd = pidfd_open(*pid, 0); // close-on-exec by itself
  if (*pidfd >= 0) return 0;
  error = errno;
  abandon(*pid);
  return error;
}
