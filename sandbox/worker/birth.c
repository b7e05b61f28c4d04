#include "birth.h"
#include "worker.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE_MS = 10000, BIRTH_FAILED = 2 };

/* Of this thread's mutexes that outlive a thread: a child of a bare clone3() has none until it says so. */
typedef struct robust_list {
  void *head;
  size_t length;
} robust_list;

/* Where the C library keeps the number of this thread. A child of a bare clone3() has the zygote's there, and would take
 * a lock of another thread with that number for its own; the kernel puts it right if it knows the place. */
static int *own_thread_number(const robust_list *list) {
  int *place = NULL;
  if (prctl(PR_GET_TID_ADDRESS, &place, 0, 0, 0) == 0 && place != NULL && *place == gettid()) return place;
  /* A kernel without checkpoints does not tell. In the GNU C library it stands two words before that list. */
  place = list->head == NULL ? NULL : (int *)((void **)list->head - 2);
  return place != NULL && *place == gettid() ? place : NULL;
}

static uint64_t namespaces(const confinement *plan) {
  if (!wants(plan, WIRE_LAYER_NAMESPACES)) return 0;
  uint64_t all = CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS | CLONE_NEWCGROUP;
  return plan->is_root ? all : all | CLONE_NEWUSER;
}

static bool place_descriptors(int channel, int report) {
  /* Out of each other's way first. */
  int high_channel = fcntl(channel, F_DUPFD_CLOEXEC, CONFINED_REPORT + 1);
  int high_report = fcntl(report, F_DUPFD_CLOEXEC, CONFINED_REPORT + 1);
  bool holds = high_channel >= 0 && high_report >= 0 && dup3(high_channel, CONFINED_CHANNEL, O_CLOEXEC) >= 0
    && dup3(high_report, CONFINED_REPORT, O_CLOEXEC) >= 0;
  close(high_channel);
  close(high_report);
  return holds;
}

__attribute__((noreturn)) static void live(
  const confinement *plan, const robust_list *list, int channel, int report) {
  complaint why = {""};
  confined result;
  syscall(SYS_set_robust_list, list->head, list->length);
  if (!place_descriptors(channel, report) || !confine(plan, &result, &why)) {
    if (why.sentence[0] == 0) complain(&why, "its descriptors cannot be placed: %s", strerror(errno));
    send(CONFINED_REPORT, &why, sizeof why, MSG_NOSIGNAL);
    _exit(BIRTH_FAILED);
  }
  /* Nobody listens where the zygote died before its death was a signal. */
  if (write(CONFINED_REPORT, &why, sizeof why) < 0) _exit(BIRTH_FAILED);
  close(CONFINED_REPORT);
  worker_run(plan, &result);
}

static bool hear_report(int report, complaint *why) {
  struct pollfd waited = {.fd = report, .events = POLLIN};
  int ready;
  do ready = poll(&waited, 1, PATIENCE_MS);
  while (ready < 0 && errno == EINTR);
  complaint heard;
  ssize_t received = ready > 0 ? recv(report, &heard, sizeof heard, 0) : -1;
  if (received == sizeof heard && heard.sentence[0] == 0) return true;
  if (received == sizeof heard) return *why = heard, false;
  return complain(why, "a worker %s while it was confined", ready == 0 ? "stood still" : "ended");
}

static void end_and_reap(const birth *born) {
  syscall(SYS_pidfd_send_signal, born->pidfd, SIGKILL, NULL, 0);
  while (waitpid(born->pid, NULL, 0) < 0 && errno == EINTR) {
  }
  close(born->pidfd);
  close(born->channel);
}

bool begin_worker(const confinement *plan, birth *born, complaint *why) {
  robust_list list = {NULL, 0};
  syscall(SYS_get_robust_list, 0, &list.head, &list.length);
  int channel[2], report[2], *number = own_thread_number(&list);
  if (number == NULL) return complain(why, "this C library does not tell where it keeps a thread's number");
  if (plan->cgroup != NULL && !cgroup_make(plan->groups, plan->cgroup, &plan->wanted, why)) return false;
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, channel) < 0)
    return complain(why, "no descriptors are left for a worker: %s", strerror(errno));
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, report) < 0) {
    complain(why, "no descriptors are left for a worker: %s", strerror(errno));
    close(channel[0]);
    close(channel[1]);
    return false;
  }
  struct clone_args how = {
    .flags = CLONE_PIDFD | CLONE_CHILD_SETTID | CLONE_CHILD_CLEARTID | namespaces(plan),
    .pidfd = (uintptr_t)&born->pidfd, .child_tid = (uintptr_t)number, .exit_signal = SIGCHLD};
  born->channel = channel[0];
  born->pid = (pid_t)syscall(SYS_clone3, &how, sizeof how);
  if (born->pid == 0) {
    /* Else it would never hear that nobody is at the other ends. */
    close(channel[0]);
    close(report[0]);
    live(plan, &list, channel[1], report[1]);
  }
  int error = errno;
  close(channel[1]);
  close(report[1]);
  bool holds = born->pid > 0 && hear_report(report[0], why);
  close(report[0]);
  if (holds) return true;
  if (born->pid > 0) {
    end_and_reap(born);
  } else {
    close(channel[0]);
    complain(why, "%s: a process cannot be made: %s; %s", how.flags & CLONE_NEWNS ? "namespaces" : "worker", strerror(error),
      plan->is_root ? "let the host make namespaces (CAP_SYS_ADMIN)"
                    : "allow user namespaces for this user (user.max_user_namespaces, kernel.unprivileged_userns_clone, "
                      "kernel.apparmor_restrict_unprivileged_userns)");
  }
  if (plan->cgroup != NULL) cgroup_remove(plan->groups, plan->cgroup);
  return false;
}
