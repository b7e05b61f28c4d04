/* What the host and the programs that load plugins for it share: how a plugin's table is checked, how its bytes are
 * frozen, how the probe is started. */
#ifndef PLUGIN_LOADING_H
#define PLUGIN_LOADING_H

#include <jackfield/plugin.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

enum {
  PLUGIN_MAX_FUNCTIONS = 1024,
  PLUGIN_MAX_DESCRIPTOR = 1 << 20,
  PLUGIN_WHY = 256 /* bytes that hold any reason, its final NUL included */
};

typedef enum plugin_verdict {
  PLUGIN_GOOD = 0,
  PLUGIN_INCOMPATIBLE = 1, /* made for another host */
  PLUGIN_INVALID = 2       /* breaks the rules of jackfield/plugin.h */
} plugin_verdict;

/* Copies the table that an entry function answered into `*table`, where slots that the plugin does not have are zero,
 * and checks all that can be checked without calling the plugin. Anything but PLUGIN_GOOD leaves a sentence without a
 * full stop in `why`. Follows the pointers of the table: a plugin that lies about them crashes the process. */
plugin_verdict plugin_table_check(const jf_plugin *offered, jf_plugin *table, char why[PLUGIN_WHY]);

/* Function `index` of a checked table. */
const jf_function *plugin_table_function(const jf_plugin *table, uint32_t index);

/* Puts `count` bytes into a nameless file that nobody can write to, shrink or grow, not even we. `name` shows up in
 * /proc/PID/maps, and so in profilers and debuggers. Answers a descriptor (close-on-exec), or -errno. */
int plugin_image_seal(const char *name, const void *bytes, size_t count);

/* The ABI that this host offers: the header's own macro calls a macro, which Swift does not import. */
static inline uint32_t plugin_host_abi(void) { return JF_ABI_VERSION; }

/* The folder of the library that `symbol` comes from in this process, as the loader found it. Answers false where there
 * is none or it does not fit. */
bool plugin_library_folder(const char *symbol, char *folder, size_t count);

typedef struct plugin_probe_process {
  pid_t pid;  /* leader of its own process group */
  int pidfd;  /* readable once it has ended */
  int report; /* what it has to say; non-blocking */
} plugin_probe_process;

/* Starts `probe` on a sealed image. `library_path` is where it finds libraries that the host has loaded already; may
 * be null. Answers 0 or an errno; with 0 the caller closes both descriptors and reaps the process. */
int plugin_probe_start(
  const char *probe, const char *library_path, int image, plugin_probe_process *process);

#endif
