/* jackfield-guard - stands between the host and an MCP server, so that nothing of the server outlives the host.
 *
 *     jackfield-guard GRACE-MS FOLDER PROGRAM [ARGUMENT …]
 *
 * Descriptor 3 is the lifeline: the host holds its other end and never writes. When it closes, because the host asks for
 * the end or has died, however it died, the server gets GRACE-MS to leave by itself (its standard input has ended too),
 * then SIGTERM for its process group, as long again, then SIGKILL. Whatever the server started is killed with it, in a
 * process group of its own or not: orphans below a subreaper become its children.
 *
 * Exits as the server did, 128 and the signal's number where that ended it, 127 where it could not be started.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LIFELINE = 3, EXIT_USAGE = 2, EXIT_NOT_STARTED = 127 };

static void become_server(char **words, pid_t guard, const sigset_t *mask) {
  setpgid(0, 0);
  /* The guard may be gone already, and then nobody sends it. */
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != guard) _exit(EXIT_NOT_STARTED);
  sigprocmask(SIG_SETMASK, mask, NULL);
  closefrom(LIFELINE);
  if (chdir(words[0]) != 0) {
    dprintf(STDERR_FILENO, "cannot change to %s: %s\n", words[0], strerror(errno));
  } else {
    execv(words[1], words + 1);
    dprintf(STDERR_FILENO, "cannot run %s: %s\n", words[1], strerror(errno));
  }
  _exit(EXIT_NOT_STARTED);
}

/* The host sees the end of the server's output only if nobody else holds it. */
static void let_go_of_the_pipes(void) {
  int nothing = open("/dev/null", O_RDWR | O_CLOEXEC);
  for (int fd = STDIN_FILENO; nothing >= 0 && fd <= STDERR_FILENO; fd++) dup2(nothing, fd);
}

static long long milliseconds_now(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* Reaps what has ended, but the server itself: while that is not reaped, its group's number means nobody else. */
static bool has_ended(pid_t server) {
  for (;;) {
    siginfo_t ended = {0};
    if (waitid(P_PID, (id_t)server, &ended, WEXITED | WNOHANG | WNOWAIT) != 0 || ended.si_pid == server) return true;
    memset(&ended, 0, sizeof ended);
    if (waitid(P_ALL, 0, &ended, WEXITED | WNOHANG | WNOWAIT) != 0 || ended.si_pid == 0) return false;
    if (ended.si_pid != server) waitpid(ended.si_pid, NULL, WNOHANG);
  }
}

static void kill_children(void) {
  char path[64];
  snprintf(path, sizeof path, "/proc/self/task/%d/children", (int)getpid());
  FILE *children = fopen(path, "re");
  if (children == NULL) return;
  for (int pid; fscanf(children, "%d", &pid) == 1;) kill(pid, SIGKILL);
  fclose(children);
}

/* Every killed process hands its own children to this one, so it takes as many turns as they are deep. */
static int sweep(pid_t server) {
  int status = 0;
  kill(-server, SIGKILL);
  for (;;) {
    kill_children();
    int ended;
    pid_t pid = waitpid(-1, &ended, WNOHANG);
    if (pid == server) status = ended;
    if (pid < 0 && errno == ECHILD) break;
    if (pid == 0) poll(NULL, 0, 1);
  }
  return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

/* Returns when the server has ended or must be killed. */
static void watch(pid_t server, int signals, long grace) {
  static const int steps[] = {0, SIGTERM};
  size_t step = 0;
  long long due = 0;
  struct pollfd events[] = {{.fd = signals, .events = POLLIN}, {.fd = LIFELINE, .events = POLLIN}};
  while (!has_ended(server)) {
    long long left = step == 0 ? -1 : due - milliseconds_now();
    if (step > 0 && left <= 0) {
      if (step == sizeof steps / sizeof steps[0]) return;
      kill(-server, steps[step++]);
      due = milliseconds_now() + grace;
      continue;
    }
    if (poll(events, 2, (int)left) < 0 && errno != EINTR) return;
    bool is_over = events[1].revents != 0;
    struct signalfd_siginfo received;
    if (events[0].revents != 0 && read(signals, &received, sizeof received) == sizeof received) {
      is_over = is_over || received.ssi_signo != SIGCHLD;
    }
    if (is_over && step == 0) {
      events[1].fd = -1;
      step = 1;
      due = milliseconds_now() + grace;
    }
  }
}

int main(int count, char **words) {
  char *end = NULL;
  long grace = count > 3 ? strtol(words[1], &end, 10) : -1;
  if (grace < 0 || grace > INT_MAX || *end != 0) {
    dprintf(STDERR_FILENO, "usage: jackfield-guard GRACE-MS FOLDER PROGRAM [ARGUMENT ...]\n");
    return EXIT_USAGE;
  }
  prctl(PR_SET_CHILD_SUBREAPER, 1);
  sigset_t watched, before;
  sigemptyset(&watched);
  sigaddset(&watched, SIGCHLD);
  sigaddset(&watched, SIGTERM);
  sigaddset(&watched, SIGINT);
  sigaddset(&watched, SIGHUP);
  sigprocmask(SIG_BLOCK, &watched, &before);
  pid_t guard = getpid(), server = fork();
  if (server < 0) return EXIT_NOT_STARTED;
  if (server == 0) become_server(words + 2, guard, &before);
  setpgid(server, server);
  let_go_of_the_pipes();
  int signals = signalfd(-1, &watched, SFD_CLOEXEC | SFD_NONBLOCK);
  if (signals >= 0) watch(server, signals, grace);
  return sweep(server);
}
