/* How a plugin bears what it does not expect. */
#include "checking.h"
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

void check_unknown_functions(subject *plugin) {
  void *instance;
  subject_load(plugin);
  if (!subject_open(plugin, &instance)) return;
  const uint32_t count = plugin->table.function_count, unknown[] = {count, count + 1000, INT32_MAX, UINT32_MAX};
  for (size_t index = 0; index < sizeof unknown / sizeof *unknown; index++) {
    report_at("function number %u of %u", unknown[index], count);
    if (subject_call(plugin, instance, unknown[index], bytes_of("{}"), NULL) >= 0)
      report_finding("unknown_function_answered", "invoke", "function number %u is not in its table of %u, and it succeeds",
        unknown[index], count);
  }
  subject_finish(plugin, instance);
}

/* ---- garbage -------------------------------------------------------------------------------------------------------- */

/* A string of a mebibyte in an object, or an array as deep as it is long. */
static char *make_large(bool is_deep) {
  enum { SIZE = 1 << 20 };
  char *text = malloc(SIZE + 32);
  if (is_deep) {
    memset(text, '[', SIZE / 2);
    memset(text + SIZE / 2, ']', SIZE / 2);
    text[SIZE] = 0;
  } else {
    size_t start = (size_t)sprintf(text, "{\"text\":\"");
    memset(text + start, 'x', SIZE);
    strcpy(text + start + SIZE, "\"}");
  }
  return text;
}

/* Answers whether to go on: a function that took its time once will take it again. */
static bool throw_at(const subject *plugin, void *instance, uint32_t function, const char *what, jf_bytes arguments) {
  if (!subject_has_time()) return false;
  int64_t start = now_ns();
  report_at("%s with %s", subject_function_name(plugin, function), what);
  subject_call(plugin, instance, function, arguments, NULL);
  return now_ns() - start < CALL_MILLISECONDS * 1000000LL / 2;
}

static void throw_all_at(const subject *plugin, void *instance, uint32_t function, const char *large, const char *deep) {
  static const char *const short_ones[] = {"", "{", "}", "null", "[]", "\"", "{\"a\":", "{\"a\":1,\"a\":2}",
    "\xff\xfe\x01", "{\"a\":1e99999}", "{\"\\ud800\":\"\\udfff\"}", "-", "{}{}", "\xef\xbb\xbf{}", "{}"};
  for (size_t index = 0; index < sizeof short_ones / sizeof *short_ones; index++) {
    char what[64];
    snprintf(what, sizeof what, "the arguments '%s'", short_ones[index]);
    if (!throw_at(plugin, instance, function, what, bytes_of(short_ones[index]))) return;
  }
  if (throw_at(plugin, instance, function, "no arguments at all", (jf_bytes){NULL, 0}) &&
      throw_at(plugin, instance, function, "a text of a mebibyte", bytes_of(large)))
    throw_at(plugin, instance, function, "half a million nested arrays", bytes_of(deep));
}

void check_garbage(subject *plugin) {
  void *instance;
  subject_load(plugin);
  if (!subject_open(plugin, &instance)) return;
  char *large = make_large(false), *deep = make_large(true);
  for (uint32_t function = 0; function < plugin->table.function_count && subject_has_time(); function++) {
    /* What garbage hits must not be able to do harm: the host would never let it through. */
    if (plugin->is_lost[function] || plugin_table_function(&plugin->table, function)->effect != JF_EFFECT_NONE) continue;
    throw_all_at(plugin, instance, function, large, deep);
  }
  free(large);
  free(deep);
  subject_finish(plugin, instance);
}

/* ---- cancelling ----------------------------------------------------------------------------------------------------- */

typedef struct cancelled_call {
  const subject *plugin;
  void *instance;
  jf_call call;
  unsigned microseconds;
} cancelled_call;

static void *cancel_later(void *context) {
  cancelled_call *target = context;
  nanosleep(&(struct timespec){0, (long)target->microseconds * 1000}, NULL);
  atomic_store(&check_call_of(target->call)->cancelled, true);
  target->plugin->table.cancel(target->instance, target->call);
  return NULL;
}

/* Answers whether to go on. */
static bool cancel_once(const subject *plugin, void *instance, const example *tried, unsigned microseconds) {
  enum { PATIENCE = 500 }; /* milliseconds after which a cancelled call was not cancelled */
  const char *name = subject_function_name(plugin, tried->function);
  jf_bytes arguments = bytes_of(tried->arguments);
  arguments.ptr = guarded_copy(arguments.ptr, arguments.len);
  cancelled_call target = {plugin, instance, check_call_begin(name, CALL_MILLISECONDS), microseconds};
  pthread_t canceller;
  if (pthread_create(&canceller, NULL, cancel_later, &target) != 0) return false;
  int64_t start = now_ns();
  alarm(HANG_SECONDS);
  jf_status status = plugin->table.invoke(instance, target.call, tried->function, arguments);
  alarm(0);
  subject_settle(plugin, tried->function, target.call, status);
  int64_t took = now_ns() - start;
  pthread_join(canceller, NULL);
  guarded_forget((void *)(uintptr_t)arguments.ptr, arguments.len);
  check_call_end(target.call);
  if (took < PATIENCE * 1000000LL) return true;
  report_finding("cancel_ignored", name, "it was cancelled after %u us and went on for %lld ms", microseconds,
    (long long)(took / 1000000));
  return false;
}

void check_cancellation(subject *plugin) {
  enum { ROUNDS = 40, SEED = 20 };
  void *instance;
  subject_load(plugin);
  if (plugin->table.cancel == NULL || !subject_open(plugin, &instance)) return;
  unsigned seed = SEED;
  report_at("cancel() of a call that never was");
  plugin->table.cancel(instance, UINT64_MAX);
  for (uint32_t index = 0; index < plugin->example_count && subject_has_time(); index++) {
    const example *tried = &plugin->examples[index];
    report_at("%s with its example %.200s, cancelled", subject_function_name(plugin, tried->function), tried->arguments);
    for (int round = 0; round < ROUNDS && subject_has_time(); round++)
      if (!cancel_once(plugin, instance, tried, (unsigned)rand_r(&seed) % 500)) break;
  }
  subject_finish(plugin, instance);
}
