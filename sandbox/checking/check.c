/* jackfield-check - tries one thing that only trying tells of a plugin, in a process of its own.
 *
 *     jackfield-check TEST FILE.so CONFIGURATION [FUNCTION may|must|never ARGUMENTS]...
 *
 * TEST is one of the table below. FUNCTION is the number of a function and ARGUMENTS an example that its schema allows;
 * only functions that change nothing are given. One that `must` is to succeed; one that is `never` to be called has shown
 * already that it does not come back. The report goes to standard output, a
 * line for each fact:
 *
 *     at SENTENCE                              what is tried from now on
 *     finding CODE<tab>PLACE<tab>SENTENCE
 *     measure NAME VALUE
 *     answer FUNCTION COUNT                    followed by so many bytes and a line feed: what an example was answered
 *     end                                      everything was tried
 *
 * A process that ends without the last line was ended by the plugin; SIGALRM says that it would not have come back, exit
 * status 113 that the plugin has closed the report. Whoever starts this ends it where it does not end itself. It contains
 * accidents, not attacks: the plugin has the rights of whoever runs this.
 */
#include "checking.h"
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

enum { EXIT_USAGE = 2, MOST_DESCRIPTORS = 4096, REPORT_AT = 100, EACH = 3 };
static const rlim_t most_memory = (rlim_t)8 << 30; /* address space: runtimes reserve far more than they use */
static const rlim_t largest_file = (rlim_t)64 << 20;

static const struct {
  const char *name;
  check *run;
} checks[] = {
  {"loading", check_loading},
  {"opening", check_opening},
  {"examples", check_examples},
  {"repetition", check_repetition},
  {"functions", check_unknown_functions},
  {"garbage", check_garbage},
  {"cancellation", check_cancellation},
  {"threads", check_threads},
};

static void limit(int resource, rlim_t most) {
  struct rlimit now;
  if (getrlimit(resource, &now) < 0) return;
  if (now.rlim_max != RLIM_INFINITY && now.rlim_max < most) most = now.rlim_max;
  setrlimit(resource, &(struct rlimit){most, most});
}

static void confine(void) {
  prctl(PR_SET_PDEATHSIG, SIGKILL);
  prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_AS, most_memory);
  limit(RLIMIT_FSIZE, largest_file);
  limit(RLIMIT_NOFILE, MOST_DESCRIPTORS);
}

/* What a plugin prints is not the report, and what it reads is nobody's. */
static void isolate_standard_streams(void) {
  int report = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, REPORT_AT);
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (report < 0 || null < 0) _exit(EXIT_USAGE);
  for (int stream = 0; stream <= 2; stream++) dup2(null, stream);
  if (null > STDERR_FILENO) close(null);
  report_to(report);
}

static check *find(const char *name) {
  for (size_t index = 0; index < sizeof checks / sizeof *checks; index++)
    if (strcmp(checks[index].name, name) == 0) return checks[index].run;
  return NULL;
}

static bool take_examples(subject *plugin, char **words, int count) {
  example *taken = calloc((size_t)count + 1, sizeof *taken);
  if (taken == NULL) return false;
  plugin->examples = taken;
  for (; count > 0; count--, words += EACH) {
    uint32_t function = (uint32_t)strtoul(words[0], NULL, 10);
    if (strcmp(words[1], "never") != 0)
      taken[plugin->example_count++] = (example){function, strcmp(words[1], "must") == 0, words[2]};
    else if (function < PLUGIN_MAX_FUNCTIONS)
      plugin->is_lost[function] = true;
  }
  return true;
}

int main(int count, char **arguments) {
  enum { FIRST = 4 };
  check *asked = count >= FIRST && (count - FIRST) % EACH == 0 ? find(arguments[1]) : NULL;
  if (asked == NULL) {
    dprintf(STDERR_FILENO, "usage: jackfield-check TEST FILE.so CONFIGURATION [FUNCTION may|must|never ARGUMENTS]...\n");
    return EXIT_USAGE;
  }
  isolate_standard_streams();
  confine();
  /* What a plugin has freed is not to look like what it was. */
  mallopt(M_PERTURB, 0xa5);
  subject plugin = {.file = arguments[2], .configuration = arguments[3]};
  if (!take_examples(&plugin, arguments + FIRST, (count - FIRST) / EACH)) return EXIT_USAGE;
  asked(&plugin);
  report_end();
  _exit(EXIT_SUCCESS); /* the plugin's destructors have had no part in this */
}
