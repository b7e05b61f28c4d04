/* The plugin that is checked: loaded, opened, called. */
#include "checking.h"
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

__attribute__((noreturn)) static void refuse(const char *code, const char *why) {
  report_finding(code, "loading", "it cannot be used: %s", why);
  report_end();
  _exit(EXIT_SUCCESS);
}

static const jf_plugin *load(const char *file) {
  report_at("loading it: in a constructor, or in a library that it needs");
  alarm(HANG_SECONDS);
  int64_t start = now_ns();
  void *library = dlopen(file, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  int64_t took = now_ns() - start;
  if (library == NULL) refuse("load_failed", dlerror());
  report_measure("load_ns", took);
  const jf_plugin *(*entry)(uint32_t);
  void *symbol = dlsym(library, JF_ENTRY_SYMBOL);
  if (symbol == NULL) refuse("load_failed", "it exports no function " JF_ENTRY_SYMBOL);
  memcpy(&entry, &symbol, sizeof entry); /* ISO C has no cast from an object to a function */
  report_at("its entry function");
  start = now_ns();
  const jf_plugin *offered = entry(JF_ABI_VERSION);
  report_measure("entry_ns", now_ns() - start);
  return offered;
}

static int64_t ready; /* when it was loaded */

bool subject_has_time(void) {
  static atomic_bool told;
  if (now_ns() - ready < TRYING_SECONDS * 1000000000LL) return true;
  if (!atomic_exchange(&told, true))
    report_finding("partly_tried", "calls", "after %d s the rest of a test was left out", TRYING_SECONDS);
  return false;
}

void subject_load(subject *plugin) {
  const jf_plugin *offered = load(plugin->file);
  char why[PLUGIN_WHY];
  report_at("its function table");
  plugin_verdict verdict = plugin_table_check(offered, &plugin->table, why);
  if (verdict != PLUGIN_GOOD) refuse(verdict == PLUGIN_INCOMPATIBLE ? "abi_incompatible" : "load_failed", why);
  alarm(0);
  ready = now_ns();
  report_at("open()"); /* with which every other test begins */
}

const char *subject_function_name(const subject *plugin, uint32_t function) {
  static char names[PLUGIN_MAX_FUNCTIONS][64];
  if (function >= plugin->table.function_count) return "a function that is not there";
  if (names[function][0] == 0) { /* once, before there are threads that read it */
    jf_bytes text = plugin_table_function(&plugin->table, function)->name;
    snprintf(names[function], sizeof *names, "%.*s", (int)text.len, (const char *)text.ptr);
  }
  return names[function];
}

bool subject_function_has(const subject *plugin, uint32_t function, uint32_t flag) {
  return function < plugin->table.function_count && plugin_table_function(&plugin->table, function)->flags & flag;
}

bool subject_open(const subject *plugin, void **instance) {
  const jf_open_info opening = {.size = sizeof opening, .tenant = {(const uint8_t *)"check", 5}};
  const jf_open_info *given = guarded_copy(&opening, sizeof opening);
  jf_bytes error = {0};
  *instance = NULL;
  alarm(HANG_SECONDS);
  jf_status status = plugin->table.open(check_host(plugin->configuration), given, instance, &error);
  alarm(0);
  guarded_forget((void *)(uintptr_t)given, sizeof opening);
  if (status == JF_OK) return true;
  if (error.ptr == NULL && error.len > 0) error.len = 0;
  report_finding("not_opened", "open", "open() answers status %d with the configuration %.200s: %.*s", status,
    plugin->configuration, (int)(error.len < 400 ? error.len : 400), error.ptr ? (const char *)error.ptr : "");
  return false;
}

void subject_close(const subject *plugin, void *instance) {
  alarm(HANG_SECONDS);
  plugin->table.close(instance);
  alarm(0);
  check_calls_close();
}

void subject_finish(const subject *plugin, void *instance) {
  report_at("close()");
  subject_close(plugin, instance);
}

static jf_status settle_pending(const subject *plugin, uint32_t function, jf_call number) {
  const check_call *call = check_call_of(number);
  if (!subject_function_has(plugin, function, JF_FUNCTION_MAY_PEND))
    report_finding("pending_undeclared", call->place, "it answers JF_PENDING and has not declared mayPend");
  if (check_call_wait(number)) return call->status;
  report_finding("never_complete", call->place, "it answers JF_PENDING and has not completed the call after %d ms",
    CALL_MILLISECONDS);
  return JF_E_DEADLINE;
}

jf_status subject_settle(const subject *plugin, uint32_t function, jf_call number, jf_status answered) {
  check_call *call = check_call_of(number);
  if (answered == JF_PENDING) return settle_pending(plugin, function, number);
  atomic_store(&call->answered, true);
  if (atomic_load(&call->completions) > 0) return call->status;
  if (answered > JF_PENDING)
    report_finding("status_invalid", call->place, "it answers status %d, which is none", answered);
  return answered;
}

jf_status subject_call(const subject *plugin, void *instance, uint32_t function, jf_bytes arguments, jf_bytes *result) {
  jf_call number = check_call_begin(subject_function_name(plugin, function), CALL_MILLISECONDS);
  check_call *call = check_call_of(number);
  jf_bytes given = {NULL, arguments.len};
  if (arguments.ptr) given.ptr = guarded_copy(arguments.ptr, arguments.len);
  alarm(HANG_SECONDS);
  jf_status status = plugin->table.invoke(instance, number, function, given);
  alarm(0);
  status = subject_settle(plugin, function, number, status);
  if (given.ptr) guarded_forget((void *)(uintptr_t)given.ptr, given.len);
  if (result) {
    *result = (jf_bytes){(uint8_t *)call->payload, call->payload_length};
    call->payload = NULL;
  }
  check_call_end(number);
  return status;
}
