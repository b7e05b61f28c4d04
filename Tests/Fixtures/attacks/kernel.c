/* Parts of the kernel with a history. */
#include "attack.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <linux/sched.h>
#include <linux/userfaultfd.h>
#include <mqueue.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/mount.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void keep_open(attempt *it, long descriptor, const char *what) {
  outcome(it, descriptor, what);
  if (descriptor >= 0) close((int)descriptor);
}

/* ---- calls that get round filters, or have holes often ----------------------------------------------------------- */

static void set_up_ring(attempt *it) {
  struct io_uring_params parameters = {0};
  keep_open(it, syscall(SYS_io_uring_setup, 4, &parameters), "a ring");
}

static void handle_faults(attempt *it) {
  enum { USER_MODE_ONLY = 1 };
  keep_open(it, syscall(SYS_userfaultfd, O_CLOEXEC | USER_MODE_ONLY), "page faults are its own");
}

static void load_bpf(attempt *it) {
  struct bpf_insn code[] = {
    {.code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0}, {.code = BPF_JMP | BPF_EXIT}};
  union bpf_attr attributes = {0};
  attributes.prog_type = BPF_PROG_TYPE_SOCKET_FILTER;
  attributes.insns = (uintptr_t)code;
  attributes.insn_cnt = 2;
  attributes.license = (uintptr_t) "none";
  keep_open(it, syscall(SYS_bpf, BPF_PROG_LOAD, &attributes, sizeof attributes), "a program in the kernel");
}

static void count_events(attempt *it) {
  struct perf_event_attr attributes = {.type = PERF_TYPE_SOFTWARE, .size = sizeof attributes,
    .config = PERF_COUNT_SW_TASK_CLOCK, .exclude_kernel = 1, .exclude_hv = 1};
  keep_open(it, syscall(SYS_perf_event_open, &attributes, 0, -1, -1, 0), "an event counter");
}

static void add_key(attempt *it) {
  outcome(it, syscall(SYS_add_key, "user", "attack", "x", 1, KEY_SPEC_PROCESS_KEYRING), "a key");
}

/* ---- namespaces and mounts --------------------------------------------------------------------------------------- */

static int become_root(const char *aim) {
  (void)aim;
  return unshare(CLONE_NEWUSER) < 0 ? errno : 0;
}

static void nest_users(attempt *it) { outcome_in_child(it, become_root, "root in a user namespace"); }

static void clone_namespaces(attempt *it) {
  struct clone_args how = {.flags = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET, .exit_signal = SIGCHLD};
  long child = syscall(SYS_clone3, &how, sizeof how);
  if (child == 0) _exit(0);
  outcome(it, child, "a child in namespaces of its own");
  if (child > 0) waitpid((pid_t)child, NULL, 0);
}

static int mount_somewhere(const char *aim) {
  if (mount("attack", aim, "tmpfs", 0, NULL) < 0) return errno;
  umount2(aim, MNT_DETACH);
  return 0;
}

static void mount_files(attempt *it) { outcome_in_child(it, mount_somewhere, "a mount"); }

static int change_root(const char *aim) {
  (void)aim;
  return chroot("/") < 0 ? errno : 0;
}

static void leave_root(attempt *it) { outcome_in_child(it, change_root, "another root folder"); }

/* ---- other ways into the kernel ---------------------------------------------------------------------------------- */

/* What is blocked by its number must be blocked under its other numbers too. Most kernels know none of these, but that
 * they are asked is enough. */
static void call_x32(attempt *it) {
  long result = syscall(0x40000000 | SYS_getpid);
  outcome(it, result < 0 && errno == ENOSYS ? 0 : result, "the kernel was asked by the numbers of x32");
}

static void call_32_bit(attempt *it) {
#if defined(__x86_64__)
  enum { GETPID = 20 };
  long result = GETPID;
  __asm__ volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
  errno = (int)-result;
  outcome(it, result, "called by the numbers of 32 bits");
#else
  succeeded(it, "there are no such numbers");
#endif
}

/* ---- things that outlive their process, and that others see ------------------------------------------------------ */

static void share_memory(attempt *it) {
  int memory = shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
  outcome(it, memory, "shared memory");
  if (memory >= 0) shmctl(memory, IPC_RMID, NULL);
}

static void open_queue(attempt *it) {
  char name[64];
  snprintf(name, sizeof name, "jackfield-attack-%d", getpid());
  struct mq_attr attributes = {.mq_maxmsg = 1, .mq_msgsize = 64};
  keep_open(it, syscall(SYS_mq_open, name, O_CREAT | O_RDWR, 0600, &attributes), "a message queue");
  syscall(SYS_mq_unlink, name);
}

static void watch_files(attempt *it) { keep_open(it, inotify_init1(IN_CLOEXEC), "watching files"); }

const attack kernel_attacks[] = {
  {"io-uring", set_up_ring}, {"userfaultfd", handle_faults}, {"bpf", load_bpf}, {"perf", count_events},
  {"keyctl", add_key}, {"user-namespace", nest_users}, {"clone3", clone_namespaces}, {"mount", mount_files},
  {"chroot", leave_root}, {"x32", call_x32}, {"int-80", call_32_bit}, {"shm", share_memory}, {"mqueue", open_queue},
  {"inotify", watch_files}, {NULL, NULL}};
