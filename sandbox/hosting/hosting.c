#include "worker_hosting.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/pidfd.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CHANNEL = 3 };

static int arrange(posix_spawnattr_t *attributes, posix_spawn_file_actions_t *actions, int channel) {
  sigset_t none, all;
  sigemptyset(&none);
  sigfillset(&all);
  int error = posix_spawnattr_setflags(
    attributes, POSIX_SPAWN_SETPGROUP | POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
  if (!error) error = posix_spawnattr_setpgroup(attributes, 0);
  if (!error) error = posix_spawnattr_setsigmask(attributes, &none);
  if (!error) error = posix_spawnattr_setsigdefault(attributes, &all);
  for (int stream = 0; stream < CHANNEL && !error; stream++)
    error = posix_spawn_file_actions_addopen(actions, stream, "/dev/null", stream == 0 ? O_RDONLY : O_WRONLY, 0);
  if (!error) error = posix_spawn_file_actions_adddup2(actions, channel, CHANNEL);
  if (!error) error = posix_spawn_file_actions_addclosefrom_np(actions, CHANNEL + 1);
  return error;
}

static int spawn(pid_t *pid, char *const arguments[], int channel) {
  char *const nothing[] = {NULL};
  posix_spawn_file_actions_t actions;
  posix_spawnattr_t attributes;
  posix_spawn_file_actions_init(&actions);
  posix_spawnattr_init(&attributes);
  int error = arrange(&attributes, &actions, channel);
  if (!error) error = posix_spawn(pid, arguments[0], &actions, &attributes, arguments, nothing);
  posix_spawnattr_destroy(&attributes);
  posix_spawn_file_actions_destroy(&actions);
  return error;
}

int zygote_start(char *const arguments[], zygote_process *zygote) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) return errno;
  /* Out of the way of the number that it will have there: dup2() onto itself would leave it close-on-exec. */
  int theirs = fcntl(ends[1], F_DUPFD_CLOEXEC, CHANNEL + 1);
  int error = theirs < 0 ? errno : 0;
  close(ends[1]);
  pid_t pid = -1;
  if (!error) {
    error = spawn(&pid, arguments, theirs);
    close(theirs);
  }
  if (!error) {
    *zygote = (zygote_process){.pid = pid, .pidfd = pidfd_open(pid, 0), .channel = ends[0]};
    if (zygote->pidfd >= 0) return 0;
    error = errno;
  }
  close(ends[0]); /* which ends a zygote that runs already */
  if (pid > 0) worker_reap(pid);
  return error;
}

int worker_reap(pid_t pid) {
  int status = -1;
  while (waitpid(pid, &status, 0) < 0)
    if (errno != EINTR) return -1;
  return status;
}

void worker_kill(int pidfd) { pidfd_send_signal(pidfd, SIGKILL, NULL, 0); }

int worker_try_send(
  int channel, const void *header, const void *payload, uint32_t length, const int *descriptors, uint32_t count) {
  enum { HEADER = 40, MOST = 2 };
  if (count > MOST) return -EINVAL;
  struct iovec pieces[2] = {
    {.iov_base = (void *)header, .iov_len = HEADER}, {.iov_base = (void *)payload, .iov_len = length}};
  struct msghdr message = {.msg_iov = pieces, .msg_iovlen = length > 0 ? 2 : 1};
  union {
    struct cmsghdr aligned;
    char bytes[CMSG_SPACE(MOST * sizeof(int))];
  } control;
  if (count > 0) {
    memset(&control, 0, sizeof control);
    message.msg_control = control.bytes;
    message.msg_controllen = CMSG_SPACE(count * sizeof(int));
    struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(count * sizeof(int));
    memcpy(CMSG_DATA(rights), descriptors, count * sizeof(int));
  }
  ssize_t sent;
  do sent = sendmsg(channel, &message, MSG_NOSIGNAL | MSG_DONTWAIT);
  while (sent < 0 && errno == EINTR);
  return sent < 0 ? -errno : 0;
}

ssize_t worker_receive(int channel, void *packet, uint32_t count, bool waits) {
  ssize_t received;
  do received = recv(channel, packet, count, MSG_TRUNC | (waits ? 0 : MSG_DONTWAIT));
  while (received < 0 && errno == EINTR);
  if (received >= 0) return received;
  /* A peer that ended with unread packets shows up as a reset, once; then the end comes. */
  return errno == ECONNRESET ? worker_receive(channel, packet, count, waits) : -errno;
}

int worker_memory(uint32_t count) {
  int memory = memfd_create("jackfield-payload", MFD_CLOEXEC | MFD_ALLOW_SEALING);
  if (memory < 0) return -errno;
  if (ftruncate(memory, count) == 0 && fcntl(memory, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) == 0)
    return memory;
  int error = -errno;
  close(memory);
  return error;
}

bool worker_memory_read(int memory, void *bytes, uint32_t count) {
  for (uint32_t done = 0; done < count;) {
    ssize_t received = pread(memory, (char *)bytes + done, count - done, done);
    if (received < 0 && errno == EINTR) continue;
    if (received <= 0) return false;
    done += (uint32_t)received;
  }
  return true;
}
