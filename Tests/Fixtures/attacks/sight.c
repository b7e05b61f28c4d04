/* What can be known, and said, without asking anybody. */
#include "attack.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysinfo.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

enum { OWN_DESCRIPTORS = 4, MANY_DESCRIPTORS = 1024 };

/* Besides the streams and the channel; there is none yet that this plugin has opened. */
static void find_descriptors(attempt *it) {
  for (int descriptor = OWN_DESCRIPTORS; descriptor < MANY_DESCRIPTORS; descriptor++)
    if (fcntl(descriptor, F_GETFD) >= 0) return succeeded(it, "descriptor %d", descriptor);
  refused(it, "no descriptor");
}

static void read_environment_of(const char *path, char *into, size_t size) {
  int file = open(path, O_RDONLY | O_CLOEXEC);
  ssize_t length = file < 0 ? 0 : read(file, into, size - 1);
  for (ssize_t at = 0; at < length; at++)
    if (into[at] == 0) into[at] = ' ';
  if (file >= 0) close(file);
}

/* Its own, and that of who has started it. */
static void read_environment(attempt *it) {
  char found[2][200] = {"", ""}, path[64];
  size_t length = 0;
  for (char **variable = environ; *variable != NULL && length < sizeof found[0]; variable++)
    length += (size_t)snprintf(found[0] + length, sizeof found[0] - length, "%s ", *variable);
  snprintf(path, sizeof path, "/proc/%d/environ", getppid());
  read_environment_of(path, found[1], sizeof found[1]);
  succeeded(it, "%s%s", found[0], found[1]);
}

/* The host's is a protocol. */
static void print_garbage(attempt *it) { outcome(it, write(STDOUT_FILENO, it->aim, strlen(it->aim)), "printed"); }

static void read_host_name(attempt *it) {
  struct utsname names;
  if (uname(&names) < 0)
    refused(it, "uname");
  else
    succeeded(it, "%s", names.nodename);
}

static void read_memory_size(attempt *it) {
  struct sysinfo found;
  outcome(it, sysinfo(&found), "the machine's memory and load are known");
}

static uint64_t ticks(void) {
#if defined(__x86_64__)
  return __builtin_ia32_rdtsc();
#else
  uint64_t now;
  __asm__ volatile("mrs %0, cntvct_el0" : "=r"(now));
  return now;
#endif
}

static void measure_time(attempt *it) {
  uint64_t before = ticks();
  for (volatile int turn = 0; turn < 100000; turn++) {
  }
  errno = EPERM;
  outcome(it, ticks() > before ? 0 : -1, "the processor's clock runs");
}

const attack sight_attacks[] = {
  {"descriptors", find_descriptors}, {"environment", read_environment}, {"print", print_garbage},
  {"host-name", read_host_name}, {"memory-size", read_memory_size}, {"ticks", measure_time}, {NULL, NULL}};
