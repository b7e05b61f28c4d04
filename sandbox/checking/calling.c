/* How a plugin bears the calls that it expects. */
#include "checking.h"
#include <pthread.h>
#include <stdlib.h>

static void try_example(const subject *plugin, void *instance, const example *tried) {
  const char *name = subject_function_name(plugin, tried->function);
  jf_bytes result = {0};
  const unsigned before = report_findings();
  report_at("%s with its example %.200s", name, tried->arguments);
  jf_status status = subject_call(plugin, instance, tried->function, bytes_of(tried->arguments), &result);
  if (status == JF_OK && result.ptr)
    report_answer(tried->function, result);
  else if (report_findings() > before)
    ; /* and that is why */
  else if (status == JF_OK)
    report_finding("no_result", name, "it answers JF_OK without a result");
  else if (tried->must_succeed)
    report_finding("example_failed", name, "it answers its example %.200s with status %d: %.*s", tried->arguments, status,
      (int)(result.len < 400 ? result.len : 400), result.ptr ? (const char *)result.ptr : "");
  free((void *)(uintptr_t)result.ptr);
}

void check_examples(subject *plugin) {
  void *instance;
  subject_load(plugin);
  surroundings *before = surroundings_now();
  if (!subject_open(plugin, &instance)) return;
  for (uint32_t index = 0; index < plugin->example_count && subject_has_time(); index++)
    try_example(plugin, instance, &plugin->examples[index]);
  subject_finish(plugin, instance);
  surroundings_compare(before, "calls", false);
}

/* ---- again and again ------------------------------------------------------------------------------------------------ */

typedef struct repetition {
  const subject *plugin;
  void *instance;
  const example *repeated;
} repetition;

static bool call_once(void *context) {
  repetition *now = context;
  subject_call(now->plugin, now->instance, now->repeated->function, bytes_of(now->repeated->arguments), NULL);
  return true;
}

void check_repetition(subject *plugin) {
  enum { ROUNDS = 1000 };
  const int64_t patience = 2500000000; /* nanoseconds for each example */
  void *instance;
  subject_load(plugin);
  if (!subject_open(plugin, &instance)) return;
  for (uint32_t index = 0; index < plugin->example_count && subject_has_time(); index++) {
    repetition now = {plugin, instance, &plugin->examples[index]};
    const char *name = subject_function_name(plugin, now.repeated->function);
    report_at("%s with its example %.200s, called %d times", name, now.repeated->arguments, ROUNDS);
    growth_check(name, ROUNDS, patience, call_once, &now);
  }
  subject_finish(plugin, instance);
}

/* ---- eight at a time ------------------------------------------------------------------------------------------------ */

typedef struct crowd {
  const subject *plugin;
  void *instance;
  const example *tried;
  int64_t end;
  atomic_uint calls, failures;
} crowd;

static void *call_often(void *context) {
  enum { ROUNDS = 200 };
  crowd *all = context;
  for (int round = 0; round < ROUNDS && now_ns() < all->end; round++) {
    atomic_fetch_add(&all->calls, 1);
    if (subject_call(all->plugin, all->instance, all->tried->function, bytes_of(all->tried->arguments), NULL) != JF_OK)
      atomic_fetch_add(&all->failures, 1);
  }
  return NULL;
}

static void call_from_eight(const subject *plugin, void *instance, const example *tried) {
  enum { THREADS = 8 };
  const char *name = subject_function_name(plugin, tried->function);
  crowd all = {.plugin = plugin, .instance = instance, .tried = tried, .end = now_ns() + 1000000000};
  pthread_t threads[THREADS];
  int started = 0;
  report_at("%s with its example %.200s, from %d threads at a time", name, tried->arguments, THREADS);
  while (started < THREADS && pthread_create(&threads[started], NULL, call_often, &all) == 0) started++;
  for (int index = 0; index < started; index++) pthread_join(threads[index], NULL);
  if (atomic_load(&all.failures) > 0)
    report_finding("not_reentrant", name, "%u of %u calls fail when %d threads call at a time, and none when one does",
      atomic_load(&all.failures), atomic_load(&all.calls), started);
}

void check_threads(subject *plugin) {
  void *instance;
  subject_load(plugin);
  if (!subject_open(plugin, &instance)) return;
  for (uint32_t index = 0; index < plugin->example_count && subject_has_time(); index++) {
    const example *tried = &plugin->examples[index];
    if (subject_function_has(plugin, tried->function, JF_FUNCTION_SERIAL)) continue;
    report_at("%s with its example %.200s", subject_function_name(plugin, tried->function), tried->arguments);
    if (subject_call(plugin, instance, tried->function, bytes_of(tried->arguments), NULL) == JF_OK)
      call_from_eight(plugin, instance, tried);
  }
  subject_finish(plugin, instance);
}
