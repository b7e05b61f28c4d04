/* jackfield-probe - the program in which an unknown plugin runs for the first time.
 *
 * Loading a shared object runs its constructors, which may crash, hang or exit. Here that harms nobody: the host reads
 * how far this process came and what the plugin's table says.
 *
 * It contains accidents, not attacks. A constructor that means harm has the rights of whoever started the host, and can
 * find the report's descriptor and write a report of its own. A plugin that is not trusted runs in a worker.
 *
 * The report is text, a line for each fact, in this order; a stage is named when it begins, so that the last one is
 * where a plugin that never came back was:
 *
 *     jackfield-probe 1 abi 65536
 *     stage load | stage entry | stage table
 *     refused load_failed|abi_incompatible SENTENCE       and no more, or:
 *     id calc
 *     version 1.0.0
 *     function KIND EFFECT FLAGS NAME                     one line a function, numbers as in jackfield/plugin.h
 *     descriptor COUNT                                    followed by so many bytes and a line feed
 *     end
 */
#include "plugin_loading.h"
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

enum { EXIT_REFUSED = 1, EXIT_USAGE = 2 };
enum {
  SECONDS = 10, /* of processor time, and of patience where no host waits with less */
  MOST_DESCRIPTORS = 256
};
static const rlim_t most_memory = (rlim_t)8 << 30; /* address space: runtimes reserve far more than they use */

typedef const jf_plugin *(*entry_function)(uint32_t host_abi);

typedef struct request {
  bool wants_descriptor;
  const char *file;
  int output;
} request;

/* ---- what leaves this process ---------------------------------------------------------------------------------- */

static void put(int output, const void *bytes, size_t count) {
  for (const char *next = bytes; count > 0;) {
    ssize_t written = write(output, next, count);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) _exit(EXIT_REFUSED); /* nobody listens */
    next += written;
    count -= (size_t)written;
  }
}

/* The loader's messages may quote what stands in the file: they must not look like lines of the report. */
static void make_printable(char *text) {
  for (; *text; text++)
    if ((unsigned char)*text < ' ' || *text == 0x7f) *text = '?';
}

__attribute__((noreturn)) static void refuse(const request *asked, const char *code, const char *why) {
  char sentence[1024];
  snprintf(sentence, sizeof sentence, "%s", why);
  make_printable(sentence);
  if (asked->wants_descriptor)
    dprintf(STDERR_FILENO, "jackfield-probe: %s: %s\n", asked->file, sentence);
  else
    dprintf(asked->output, "refused %s %s\n", code, sentence);
  _exit(EXIT_REFUSED);
}

static void enter(const request *asked, const char *stage) {
  if (!asked->wants_descriptor) dprintf(asked->output, "stage %s\n", stage);
}

static void write_table(int output, const jf_plugin *table) {
  dprintf(output, "id %.*s\n", (int)table->id.len, (const char *)table->id.ptr);
  dprintf(output, "version %.*s\n", (int)table->version.len, (const char *)table->version.ptr);
  for (uint32_t index = 0; index < table->function_count; index++) {
    const jf_function *function = plugin_table_function(table, index);
    dprintf(output, "function %" PRId32 " %" PRId32 " %" PRIu32 " %.*s\n", function->kind, function->effect,
      function->flags, (int)function->name.len, (const char *)function->name.ptr);
  }
  dprintf(output, "descriptor %" PRIu64 "\n", table->descriptor.len);
  put(output, table->descriptor.ptr, table->descriptor.len);
  put(output, "\nend\n", 5);
}

/* ---- what the plugin may use ----------------------------------------------------------------------------------- */

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
  limit(RLIMIT_CPU, SECONDS);
  limit(RLIMIT_AS, most_memory);
  limit(RLIMIT_NOFILE, MOST_DESCRIPTORS);
  alarm(SECONDS);
  /* An empty array, not null: the Swift runtime's constructor reads environ without asking. */
  static char *nothing[] = {NULL};
  environ = nothing;
}

/* Nothing the plugin reads or prints comes from, or gets to, whoever called us. */
static void isolate_standard_streams(void) {
  int null = open("/dev/null", O_RDWR | O_CLOEXEC);
  if (null < 0) _exit(EXIT_REFUSED);
  dup2(null, STDIN_FILENO);
  dup2(STDERR_FILENO, STDOUT_FILENO);
  if (null > STDERR_FILENO) close(null);
}

/* ---- loading --------------------------------------------------------------------------------------------------- */

static void *load(const request *asked) {
  enter(asked, "load");
  char path[4096];
  /* A name without a slash would be looked up among the system's libraries. */
  int length = snprintf(path, sizeof path, "%s%s", strchr(asked->file, '/') ? "" : "./", asked->file);
  if (length < 0 || (size_t)length >= sizeof path) refuse(asked, "load_failed", "the path is too long");
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (library == NULL) refuse(asked, "load_failed", dlerror());
  return library;
}

static const jf_plugin *call_entry(const request *asked, void *library) {
  enter(asked, "entry");
  entry_function entry;
  void *symbol = dlsym(library, JF_ENTRY_SYMBOL);
  if (symbol == NULL) refuse(asked, "load_failed", "it exports no function " JF_ENTRY_SYMBOL);
  memcpy(&entry, &symbol, sizeof entry); /* ISO C has no cast from an object to a function */
  return entry(JF_ABI_VERSION);
}

static void read_table(const request *asked, const jf_plugin *offered, jf_plugin *table) {
  enter(asked, "table");
  char why[PLUGIN_WHY];
  plugin_verdict verdict = plugin_table_check(offered, table, why);
  if (verdict != PLUGIN_GOOD)
    refuse(asked, verdict == PLUGIN_INCOMPATIBLE ? "abi_incompatible" : "load_failed", why);
}

__attribute__((noreturn)) static void probe(const request *asked) {
  jf_plugin table;
  if (!asked->wants_descriptor) dprintf(asked->output, "jackfield-probe 1 abi %" PRIu32 "\n", JF_ABI_VERSION);
  read_table(asked, call_entry(asked, load(asked)), &table);
  if (!asked->wants_descriptor)
    write_table(asked->output, &table);
  else if (table.descriptor.len == 0)
    refuse(asked, "load_failed", "its table carries no descriptor");
  else
    put(asked->output, table.descriptor.ptr, table.descriptor.len);
  _exit(EXIT_SUCCESS); /* the plugin's destructors have had no part in this */
}

/* ---- command line ---------------------------------------------------------------------------------------------- */

__attribute__((noreturn)) static void explain_usage(void) {
  dprintf(STDERR_FILENO,
    "usage: jackfield-probe --descriptor FILE                 print the descriptor that FILE's own table carries\n"
    "       jackfield-probe --table FILE [--report-fd N]      load FILE and report what its table says\n");
  _exit(EXIT_USAGE);
}

static int parse_descriptor_number(const char *text) {
  char *end;
  errno = 0;
  long number = strtol(text, &end, 10);
  if (errno || end == text || *end || number < 3 || number > 1023) explain_usage();
  return (int)number;
}

int main(int count, char **arguments) {
  if (count != 3 && count != 5) explain_usage();
  request asked = {.wants_descriptor = strcmp(arguments[1], "--descriptor") == 0, .file = arguments[2]};
  if (!asked.wants_descriptor && strcmp(arguments[1], "--table") != 0) explain_usage();
  if (count == 5) {
    if (asked.wants_descriptor || strcmp(arguments[3], "--report-fd") != 0) explain_usage();
    asked.output = parse_descriptor_number(arguments[4]);
    if (fcntl(asked.output, F_SETFD, FD_CLOEXEC) < 0) explain_usage();
  } else {
    asked.output = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
    if (asked.output < 0) explain_usage();
  }
  isolate_standard_streams();
  confine();
  probe(&asked);
}
