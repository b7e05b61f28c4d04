/* What loading and opening a plugin leaves behind in the process: nothing. */
#include "checking.h"

void check_loading(subject *plugin) {
  surroundings *before = surroundings_now();
  subject_load(plugin);
  surroundings_compare(before, "loading", true);
}

static bool open_and_close(void *context) {
  const subject *plugin = context;
  void *instance;
  if (!subject_open(plugin, &instance)) return false;
  subject_close(plugin, instance);
  return true;
}

/* Two tenants at a time, of which the first goes first. */
static void open_two(const subject *plugin) {
  void *first, *second;
  if (!subject_open(plugin, &first)) return;
  bool has_second = subject_open(plugin, &second);
  subject_close(plugin, first);
  if (has_second) subject_close(plugin, second);
}

void check_opening(subject *plugin) {
  enum { ROUNDS = 1000 };
  const int64_t patience = 8000000000; /* nanoseconds */
  subject_load(plugin);
  growth_check("open and close", ROUNDS, patience, open_and_close, plugin);
  open_two(plugin);
}
