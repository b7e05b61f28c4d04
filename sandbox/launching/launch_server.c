#include "server_launching.h"
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

/* In the order of the guard's descriptors 0 to 3. */
enum { INPUT, OUTPUT, ERRORS, LIFELINE, PIPES };

typedef struct pipes {
  int ours[PIPES];
  int theirs[PIPES];
} pipes;

static void close_all(int descriptors[PIPES]) {
  for (int at = 0; at < PIPES; at++) {
    if (descriptors[at] >= 0) close(descriptors[at]);
    descriptors[at] = -1;
  }
}

/* The guard's ends are moved out of the way of the numbers that they will have there. */
static int open_pipes(pipes *made) {
  for (int at = 0; at < PIPES; at++) made->ours[at] = made->theirs[at] = -1;
  for (int at = 0; at < PIPES; at++) {
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0) return errno;
    bool they_read = at == INPUT || at == LIFELINE;
    made->ours[at] = ends[they_read ? 1 : 0];
    made->theirs[at] = fcntl(ends[they_read ? 0 : 1], F_DUPFD_CLOEXEC, PIPES);
    int error = errno;
    close(ends[they_read ? 0 : 1]);
    if (made->theirs[at] < 0) return error;
  }
  return 0;
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

static int spawn(pid_t *pid, char *const arguments[], char *const environment[], const int theirs[PIPES]) {
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  int error = arrange_signals_and_group(&attributes);
  for (int at = 0; at < PIPES && !error; at++) error = posix_spawn_file_actions_adddup2(&actions, theirs[at], at);
  if (!error) error = posix_spawn_file_actions_addclosefrom_np(&actions, PIPES);
  if (!error) error = posix_spawn(pid, arguments[0], &actions, &attributes, arguments, environment);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

int guarded_server_start(char *const arguments[], char *const environment[], guarded_server *server) {
  pipes made;
  pid_t pid = -1;
  int error = open_pipes(&made);
  if (!error) error = spawn(&pid, arguments, environment, made.theirs);
  close_all(made.theirs);
  if (!error) {
    *server = (guarded_server){
      .guard = pid, .pidfd = pidfd_open(pid, 0) /* close-on-exec by itself */, .input = made.ours[INPUT],
      .output = made.ours[OUTPUT], .errors = made.ours[ERRORS], .lifeline = made.ours[LIFELINE]};
    if (server->pidfd >= 0) return 0;
    error = errno;
  }
  close_all(made.ours); /* with the lifeline closed, a guard that runs already ends by itself */
  if (pid > 0) {
    while (waitpid(pid, NULL, 0) < 0 && errno == EINTR) {
    }
  }
  return error;
}
