/* What belongs to the host, and so to all plugins: a plugin that changes it changes them. */
#include "checking.h"
#include <dirent.h>
#include <errno.h>
#include <fenv.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

struct surroundings {
  struct sigaction actions[65];
  sigset_t blocked;
  char folder[4096];
  mode_t mask;
  uint64_t environment; /* a digest */
  unsigned rounding;    /* of floating point */
  struct rlimit limits[RLIM_NLIMITS];
  ino_t streams[3];
  unsigned threads, descriptors;
  bool has_children;
};

/* Of entries whose names are numbers, those from `least` on; not the descriptor that it looks with. */
static unsigned count_entries(const char *folder, int least) {
  DIR *open_folder = opendir(folder);
  if (open_folder == NULL) return 0;
  unsigned count = 0;
  for (struct dirent *entry; (entry = readdir(open_folder)) != NULL;)
    count += entry->d_name[0] != '.' && atoi(entry->d_name) >= least && atoi(entry->d_name) != dirfd(open_folder);
  closedir(open_folder);
  return count;
}

static unsigned count_threads(void) { return count_entries("/proc/self/task", 1); }
/* Without the standard streams, which are looked at for themselves. */
static unsigned count_descriptors(void) { return count_entries("/proc/self/fd", STDERR_FILENO + 1); }

static uint64_t digest_environment(void) {
  uint64_t digest = 14695981039346656037u;
  for (char **variable = environ; variable && *variable; variable++)
    for (char *at = *variable;; at++) {
      digest = (digest ^ (unsigned char)*at) * 1099511628211u;
      if (*at == 0) break;
    }
  return digest;
}

/* How results are rounded, and whether the smallest numbers are taken for zero: flags of what has happened apart. */
static unsigned floating_point_mode(void) {
#if defined(__x86_64__)
  return (unsigned)fegetround() << 16 | (__builtin_ia32_stmxcsr() & 0xffc0u);
#else
  return (unsigned)fegetround();
#endif
}

surroundings *surroundings_now(void) {
  surroundings *seen = calloc(1, sizeof *seen);
  for (int number = 1; number <= 64; number++) sigaction(number, NULL, &seen->actions[number]);
  sigprocmask(SIG_SETMASK, NULL, &seen->blocked);
  if (getcwd(seen->folder, sizeof seen->folder) == NULL) seen->folder[0] = 0;
  seen->mask = umask(0);
  umask(seen->mask);
  seen->environment = digest_environment();
  seen->rounding = floating_point_mode();
  for (int limit = 0; limit < RLIM_NLIMITS; limit++) getrlimit((__rlimit_resource_t)limit, &seen->limits[limit]);
  for (int stream = 0; stream < 3; stream++) {
    struct stat status;
    seen->streams[stream] = fstat(stream, &status) == 0 ? status.st_ino : 0;
  }
  seen->threads = count_threads();
  seen->descriptors = count_descriptors();
  seen->has_children = waitpid(-1, NULL, WNOHANG) >= 0 || errno != ECHILD;
  return seen;
}

static void compare_signals(const surroundings *before, const surroundings *after, const char *deed) {
  char names[256] = "";
  for (int number = 1; number <= 64; number++) {
    if (before->actions[number].sa_handler == after->actions[number].sa_handler) continue;
    size_t length = strlen(names);
    const char *name = sigabbrev_np(number);
    snprintf(names + length, sizeof names - length, "%s%s%s", length > 0 ? ", " : "", name ? "SIG" : "",
      name ? name : "a real-time signal");
  }
  if (*names) report_finding("signals_changed", deed, "it changes the handlers of %s", names);
  for (int number = 1; number <= 64; number++)
    if (sigismember(&before->blocked, number) != sigismember(&after->blocked, number)) {
      report_finding("signals_changed", deed, "it changes which signals are blocked");
      break;
    }
}

static void compare_left_behind(const surroundings *before, const surroundings *after, const char *deed) {
  if (after->threads > before->threads)
    report_finding("threads_started", deed, "it starts %u thread%s", after->threads - before->threads,
      after->threads - before->threads == 1 ? "" : "s");
  if (after->descriptors != before->descriptors)
    report_finding(after->descriptors > before->descriptors ? "descriptors_opened" : "descriptors_closed", deed,
      "%u descriptors are open before and %u after", before->descriptors, after->descriptors);
}

void surroundings_compare(const surroundings *before, const char *deed, bool leaves_nothing) {
  const surroundings *after = surroundings_now();
  compare_signals(before, after, deed);
  if (strcmp(before->folder, after->folder) != 0)
    report_finding("folder_changed", deed, "it changes the working directory to %s", after->folder);
  if (before->mask != after->mask)
    report_finding("umask_changed", deed, "it changes the umask from %03o to %03o", before->mask, after->mask);
  if (before->environment != after->environment)
    report_finding("environment_changed", deed, "it changes environment variables");
  if (before->rounding != after->rounding)
    report_finding("floating_point_changed", deed, "it changes how floating-point numbers are computed");
  if (memcmp(before->limits, after->limits, sizeof before->limits) != 0)
    report_finding("limits_changed", deed, "it changes the limits of the process");
  if (memcmp(before->streams, after->streams, sizeof before->streams) != 0)
    report_finding("streams_changed", deed, "it closes or replaces standard input, output or error");
  if (!before->has_children && after->has_children)
    report_finding("child_started", deed, "it starts a process and leaves it");
  if (leaves_nothing) compare_left_behind(before, after, deed);
}

/* ---- growth --------------------------------------------------------------------------------------------------------- */

typedef struct size {
  unsigned threads, descriptors;
  int64_t heap, resident;
} size;

static int64_t resident_bytes(void) {
  long pages = 0;
  FILE *file = fopen("/proc/self/statm", "re");
  if (file == NULL) return 0;
  if (fscanf(file, "%*d %ld", &pages) != 1) pages = 0;
  fclose(file);
  return pages * sysconf(_SC_PAGESIZE);
}

/* A thread that has completed its call may not have ended yet. */
static size size_now(unsigned expected_threads) {
  for (int patience = 0; patience < 100 && count_threads() > expected_threads; patience++)
    nanosleep(&(struct timespec){0, 2000000}, NULL);
  struct mallinfo2 heap = mallinfo2();
  return (size){count_threads(), count_descriptors(), (int64_t)(heap.uordblks + heap.hblkhd), resident_bytes()};
}

typedef struct stretch {
  unsigned rounds;
  size before, after;
} stretch;

/* Answers whether `once` did what it should for as long as there was time. */
static bool run(stretch *made, unsigned most, int64_t patience, bool (*once)(void *context), void *context) {
  const int64_t end = now_ns() + patience;
  for (made->rounds = 0; made->rounds < most && now_ns() < end && subject_has_time(); made->rounds++)
    if (!once(context)) return false;
  made->after = size_now(made->before.threads);
  return true;
}

static void compare_memory(const char *place, const stretch *first, const stretch *second) {
  /* The heap's smallest block has 32 bytes: half of one in each round is more than pieces that do not fit any more. */
  enum { MOST_RESIDENT = 4 << 20, MOST_HEAP_A_ROUND = 16 };
  const unsigned rounds = first->rounds + second->rounds;
  const int64_t heap = first->after.heap - first->before.heap, more_heap = second->after.heap - second->before.heap;
  if (heap > (int64_t)first->rounds * MOST_HEAP_A_ROUND && more_heap > (int64_t)second->rounds * MOST_HEAP_A_ROUND)
    report_finding("memory_leak", place, "%u rounds leave %lld bytes of the heap in use", rounds,
      (long long)(heap + more_heap));
  else if (second->after.resident - second->before.resident > MOST_RESIDENT &&
           first->after.resident > first->before.resident)
    report_finding("memory_leak", place, "%u rounds make the process %lld kB larger", rounds,
      (long long)((second->after.resident - first->before.resident) / 1024));
}

void growth_check(const char *place, unsigned rounds, int64_t patience, bool (*once)(void *context), void *context) {
  enum { LEAST_ROUNDS = 10 };
  stretch warming = {.before = {.threads = 1}}, first, second;
  /* The first rounds fill caches; what grows in both of the others goes on growing. */
  if (!run(&warming, rounds / 10 + 1, patience / 5, once, context)) return;
  first.before = warming.after;
  if (!run(&first, rounds / 2, patience * 2 / 5, once, context)) return;
  second.before = first.after;
  if (!run(&second, rounds / 2, patience * 2 / 5, once, context)) return;
  if (first.rounds < LEAST_ROUNDS || second.rounds < LEAST_ROUNDS) return;
  const unsigned both = first.rounds + second.rounds;
  if (first.after.descriptors > first.before.descriptors && second.after.descriptors > second.before.descriptors)
    report_finding("descriptors_leak", place, "%u rounds leave %u descriptors open", both,
      second.after.descriptors - first.before.descriptors);
  /* A thread has a stack: not two findings of one thing. */
  if (first.after.threads > first.before.threads && second.after.threads > second.before.threads)
    report_finding("threads_leak", place, "%u rounds leave %u threads behind", both,
      second.after.threads - first.before.threads);
  else
    compare_memory(place, &first, &second);
}
