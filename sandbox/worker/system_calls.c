/* The system calls that a plugin has left. Held against plugins in C, C++, Rust and Swift with its concurrency.
 *
 * Two filters: the first is on while the loader maps the plugin and runs its constructors, and lets files be read; the
 * second comes on top of it, and what either denies is denied. A constructor that means harm can keep the second from
 * being put on, so the first has to be enough. */
#include "confinement.h"
#include "filter_program.h"
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stddef.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

static const uint32_t allowed[] = {
  /* what the worker says and hears; other descriptors are null, pipes and counters */
  SYS_sendmsg, SYS_recvmsg, SYS_read, SYS_write, SYS_readv, SYS_writev, SYS_lseek, SYS_close, SYS_fstat, SYS_pipe2,
  SYS_ppoll, SYS_pselect6, SYS_epoll_create1, SYS_epoll_ctl, SYS_epoll_pwait, SYS_eventfd2, SYS_timerfd_create,
  SYS_timerfd_settime, SYS_timerfd_gettime,
#if defined(__x86_64__)
  SYS_poll, SYS_select, SYS_epoll_wait, SYS_pause, SYS_time,
#endif
  /* memory */
  SYS_munmap, SYS_mremap, SYS_madvise, SYS_brk, SYS_membarrier,
  /* threads */
  SYS_futex, SYS_set_robust_list, SYS_rseq, SYS_set_tid_address, SYS_exit, SYS_exit_group, SYS_sched_yield,
  SYS_sched_getaffinity, SYS_sched_getparam, SYS_sched_getscheduler, SYS_sched_get_priority_max,
  SYS_sched_get_priority_min, SYS_getcpu, SYS_restart_syscall,
  /* signals to itself */
  SYS_rt_sigaction, SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_rt_sigpending, SYS_rt_sigsuspend, SYS_rt_sigtimedwait,
  SYS_sigaltstack,
  /* time and chance */
  SYS_clock_gettime, SYS_clock_getres, SYS_clock_nanosleep, SYS_nanosleep, SYS_gettimeofday, SYS_getrandom, SYS_times,
  SYS_getrusage,
  /* who it is */
  SYS_getpid, SYS_getppid, SYS_gettid, SYS_getuid, SYS_geteuid, SYS_getgid, SYS_getegid,
};

static void allow_with_conditions(filter_program *program) {
  const uint32_t self = (uint32_t)getpid();
  const uint32_t thread = CLONE_VM | CLONE_SIGHAND | CLONE_THREAD;
  const uint32_t namespaces = CLONE_NEWNS | CLONE_NEWCGROUP | CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWUSER | CLONE_NEWPID
    | CLONE_NEWNET;
  filter_allow_if(program, SYS_clone, &(filter_condition){0, thread | namespaces | CLONE_PTRACE, thread}, 1, EPERM);
  filter_answer(program, SYS_clone3, ENOSYS); /* its flags are in memory; the C library then takes clone() */
  filter_answer(program, SYS_ioctl, ENOTTY);
  filter_allow_if(program, SYS_tgkill, &(filter_condition){0, ~0U, self}, 1, EPERM);
  const uint32_t names[] = {PR_SET_NAME, PR_GET_NAME, PR_SET_VMA};
  filter_allow_values(program, SYS_prctl, 0, names, sizeof names / sizeof *names, EPERM);
  const uint32_t commands[] = {F_GETFD, F_SETFD, F_GETFL, F_SETFL, F_DUPFD_CLOEXEC};
  filter_allow_values(program, SYS_fcntl, 1, commands, sizeof commands / sizeof *commands, EPERM);
}

static bool install(const filter_program *program, complaint *why) {
  int error = filter_install(program);
  if (error == 0) return true;
  if (error < 0) return complain(why, "seccomp: a thread of the plugin has put on a filter of its own");
  return complain(why, "seccomp: %s; run a kernel with CONFIG_SECCOMP_FILTER, and a container that may use it",
    strerror(error));
}

/* Only to ask, and only about itself. */
static const filter_condition asks_for_limit[] = {{0, ~0U, 0}, {2, ~0U, 0}, {2 | FILTER_HIGH_HALF, ~0U, 0}};
static const filter_condition is_no_code = {2, PROT_EXEC, 0};

static void begin(filter_program *program) {
  filter_begin(program);
  for (size_t at = 0; at < sizeof allowed / sizeof *allowed; at++) filter_allow(program, allowed[at]);
  allow_with_conditions(program);
  filter_allow_if(program, SYS_mprotect, &is_no_code, 1, EPERM);
}

static void allow_opening_files(filter_program *program) {
  const uint32_t writing = O_ACCMODE | O_CREAT | O_TRUNC | O_APPEND | O_PATH | (O_TMPFILE & ~O_DIRECTORY);
  filter_allow_if(program, SYS_openat, &(filter_condition){2, writing, O_RDONLY}, 1, EPERM);
  filter_allow(program, SYS_pread64);
}

/* For a plugin that was given files. Which ones there are is for the other layers. */
static void allow_looking_at_files(filter_program *program) {
  static const uint32_t calls[] = {
    SYS_newfstatat, SYS_statx, SYS_getdents64, SYS_readlinkat, SYS_faccessat, SYS_faccessat2,
#if defined(__x86_64__)
    SYS_access, SYS_readlink,
#endif
  };
  for (size_t at = 0; at < sizeof calls / sizeof *calls; at++) filter_allow(program, calls[at]);
}

bool filter_for_loading(bool reads_files, complaint *why) {
  filter_program program;
  begin(&program);
  if (reads_files) allow_looking_at_files(&program);
  /* Code comes out of files alone, and what can be written is not run. */
  const filter_condition is_code_of_file[] = {{2, PROT_WRITE, 0}, {3, MAP_ANONYMOUS, 0}};
  filter_allow_if(&program, SYS_mmap, &is_no_code, 1, 0);
  filter_allow_if(&program, SYS_mmap, is_code_of_file, 2, EPERM);
  allow_opening_files(&program);
  if (!reads_files) filter_allow_if(&program, SYS_newfstatat, &(filter_condition){3, ~0U, AT_EMPTY_PATH}, 1, EPERM);
  /* The worker's own: it can only lower these two, and put on the second filter. */
  const filter_condition is_tasks[] = {{0, ~0U, 0}, {1, ~0U, RLIMIT_NPROC}};
  const filter_condition is_length_of_files[] = {{0, ~0U, 0}, {1, ~0U, RLIMIT_FSIZE}};
  filter_allow_if(&program, SYS_prlimit64, asks_for_limit, 3, 0);
  filter_allow_if(&program, SYS_prlimit64, is_tasks, 2, 0);
  filter_allow_if(&program, SYS_prlimit64, is_length_of_files, 2, EPERM);
  filter_allow(&program, SYS_seccomp);
  filter_end(&program, EPERM);
  return install(&program, why);
}

bool filter_for_calls(bool reads_files, complaint *why) {
  filter_program program;
  begin(&program);
  if (reads_files) {
    allow_opening_files(&program);
    allow_looking_at_files(&program);
  }
  filter_allow_if(&program, SYS_mmap, &is_no_code, 1, EPERM);
  filter_allow_if(&program, SYS_prlimit64, asks_for_limit, 3, EPERM);
  filter_end(&program, EPERM);
  return install(&program, why);
}
