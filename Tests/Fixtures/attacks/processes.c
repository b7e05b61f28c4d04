/* Other processes: the host's, and the worker of another tenant. */
#include "attack.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

static pid_t aimed_at(const attempt *it) {
  int process = 0;
  return sscanf(it->aim, "%d", &process) == 1 && process > 1 ? process : -1;
}

/* Something to steal. The driver tells the attacker where it is. */
static char secret[32] = "nothing";

static void keep_secret(attempt *it) {
  strncpy(secret, it->aim, sizeof secret - 1);
  succeeded(it, "%p", (void *)secret);
}

static void trace(attempt *it) {
  pid_t process = aimed_at(it);
  long result = ptrace(PTRACE_SEIZE, process, NULL, NULL);
  outcome(it, result, "traced");
  if (result < 0) return;
  ptrace(PTRACE_INTERRUPT, process, NULL, NULL);
  waitpid(process, NULL, __WALL);
  ptrace(PTRACE_DETACH, process, NULL, NULL);
}

static void read_memory(attempt *it) {
  void *address = NULL;
  int process = 0;
  char stolen[sizeof secret] = "";
  if (sscanf(it->aim, "%d %p", &process, &address) != 2) return;
  struct iovec ours = {stolen, sizeof stolen - 1}, theirs = {address, sizeof stolen - 1};
  if (process_vm_readv(process, &ours, 1, &theirs, 1, 0) < 0)
    refused(it, "process_vm_readv");
  else
    succeeded(it, "%s", stolen);
}

static void kill_process(attempt *it) { outcome(it, kill(aimed_at(it), SIGKILL), "signalled"); }

static void kill_by_descriptor(attempt *it) {
  int process = (int)syscall(SYS_pidfd_open, aimed_at(it), 0);
  if (process < 0) return refused(it, "pidfd_open");
  outcome(it, syscall(SYS_pidfd_send_signal, process, SIGKILL, NULL, 0), "signalled");
  close(process);
}

static volatile sig_atomic_t was_signalled;

static void note_signal(int number) { was_signalled = number; }

static void await_signal(attempt *it) { outcome(it, signal(SIGURG, note_signal) == SIG_ERR ? -1 : 0, "listens"); }

static void tell_signal(attempt *it) {
  if (was_signalled)
    succeeded(it, "signalled");
  else
    strcpy(it->report, "refused: no signal came");
}

/* One that nobody minds: with another a machine would be lost where it succeeds. What kill() answers does not tell. */
static void signal_everybody(attempt *it) { outcome(it, kill(-1, SIGURG), "sent to everybody"); }

enum { LONG_ENOUGH_MS = 3000 };

/* What holds the channel after its worker is dead. It may hold the host's end too, and so goes by itself at last. */
static void leave_daemon(attempt *it) {
  pid_t child = fork();
  if (child < 0) return refused(it, "fork");
  if (child == 0) {
    prctl(PR_SET_PDEATHSIG, 0);
    setsid();
    if (fork() != 0) _exit(0);
    struct pollfd channel = {.fd = 3};
    poll(&channel, 1, LONG_ENOUGH_MS);
    _exit(0);
  }
  waitpid(child, NULL, 0);
  succeeded(it, "a daemon");
}

/* Does all it can to live on when the host is gone, and never comes back. */
static void cling(attempt *it) {
  sigset_t all;
  sigfillset(&all);
  sigprocmask(SIG_BLOCK, &all, NULL);
  prctl(PR_SET_PDEATHSIG, 0);
  setsid();
  for (volatile bool forever = true; forever;) pause();
  succeeded(it, "woke up");
}

const attack process_attacks[] = {
  {"keep-secret", keep_secret}, {"ptrace", trace}, {"vm-read", read_memory}, {"kill", kill_process},
  {"pidfd-kill", kill_by_descriptor}, {"await-signal", await_signal}, {"tell-signal", tell_signal},
  {"kill-all", signal_everybody}, {"daemon", leave_daemon}, {"cling", cling},
  {NULL, NULL}};
