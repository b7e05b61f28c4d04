#include "plugin_loading.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

/* Where the probe finds what it is given; it closes everything above. */
enum { IMAGE_AT = 3, REPORT_AT = 4 };

/* dup2() of a descriptor onto itself would leave it close-on-exec, and onto 3 or 4 could overwrite the other. */
static int move_up(int fd) { return fcntl(fd, F_DUPFD_CLOEXEC, REPORT_AT + 1); }

static int arrange_descriptors(posix_spawn_file_actions_t *actions, int image, int report) {
  int error = posix_spawn_file_actions_addopen(actions, STDIN_FILENO, "/dev/null", O_RDWR, 0);
  /* What a plugin prints while it is probed is not the host's: it could pass for lines of the host's log. */
  if (!error) error = posix_spawn_file_actions_adddup2(actions, STDIN_FILENO, STDOUT_FILENO);
  if (!error) error = posix_spawn_file_actions_adddup2(actions, STDIN_FILENO, STDERR_FILENO);
  if (!error) error = posix_spawn_file_actions_adddup2(actions, image, IMAGE_AT);
  if (!error) error = posix_spawn_file_actions_adddup2(actions, report, REPORT_AT);
  if (!error) error = posix_spawn_file_actions_addclosefrom_np(actions, REPORT_AT + 1);
  return error;
}

static int arrange_signals_and_group(posix_spawnattr_t *attributes) {
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  int error = posix_spawnattr_setflags(
    attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  if (!error) error = posix_spawnattr_setpgroup(attributes, 0);
  if (!error) error = posix_spawnattr_setsigmask(attributes, &none);
  if (!error) error = posix_spawnattr_setsigdefault(attributes, &all);
  return error;
}

static int spawn(pid_t *pid, const char *probe, const char *library_path, int image, int report) {
  char image_path[32], report_number[8], *library_variable = NULL;
  snprintf(image_path, sizeof image_path, "/proc/self/fd/%d", IMAGE_AT);
  snprintf(report_number, sizeof report_number, "%d", REPORT_AT);
  if (library_path && asprintf(&library_variable, "LD_LIBRARY_PATH=%s", library_path) < 0) return ENOMEM;
  char *arguments[] = {(char *)probe, "--table", image_path, "--report-fd", report_number, NULL};
  char *environment[] = {library_variable, NULL};

  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  int error = arrange_descriptors(&actions, image, report);
  if (!error) error = arrange_signals_and_group(&attributes);
  if (!error) error = posix_spawn(pid, probe, &actions, &attributes, arguments, environment);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  free(library_variable);
  return error;
}

static void abandon(pid_t pid) {
  kill(-pid, SIGKILL);
  while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
  }
}

int plugin_probe_start(const char *probe, const char *library_path, int image, plugin_probe_process *process) {
  int ends[2], error = 0;
  if (pipe2(ends, O_CLOEXEC) < 0) return errno;
  int high_image = move_up(image), high_report = move_up(ends[1]);
  if (high_image < 0 || high_report < 0 || fcntl(ends[0], F_SETFL, O_NONBLOCK) < 0) error = errno;
  if (!error) error = spawn(&process->pid, probe, library_path, high_image, high_report);
  if (high_image >= 0) close(high_image);
  if (high_report >= 0) close(high_report);
  close(ends[1]);
  if (!error) {
    process->report = ends[0];
    process->pidfd = pidfd_open(process->pid, 0); /* close-on-exec by itself */
    if (process->pidfd >= 0) return 0;
    error = errno;
    abandon(process->pid);
  }
  close(ends[0]);
  return error;
}
