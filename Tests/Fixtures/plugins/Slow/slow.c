/* A plugin that does in its own good time, or twice, or not at all, what a host must be able to stand. */
#include <errno.h>
#include <inttypes.h>
#include <jackfield/plugin.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TEXT(literal) {(const uint8_t *)(literal), sizeof(literal) - 1}

/* In the order of the table and of descriptor.json. */
enum { SLEEP, SPIN, BIG, WRONG, RAISE, LATER, LATE, NEVER, TWICE, ECHO_BACK, FUNCTIONS };

/* A call that another thread will complete. */
typedef struct pending {
  struct instance *instance;
  jf_call call;
  int64_t milliseconds;
  bool hears_cancel;
  bool is_cancelled;
  struct pending *next;
} pending;

typedef struct instance {
  const jf_host *host;
  pthread_mutex_t lock; /* guards `waiting` and what hangs on it */
  pthread_cond_t cancelled;
  pending *waiting;
} instance;

/* ---- arguments and results ------------------------------------------------------------------------------------- */

/* The whole number behind "name": in arguments that have passed their schema; `missing` where there is none. */
static int64_t number(jf_bytes arguments, const char *name, int64_t missing) {
  char text[128], key[32];
  if (arguments.len >= sizeof text) return missing;
  memcpy(text, arguments.ptr, arguments.len);
  text[arguments.len] = 0;
  snprintf(key, sizeof key, "\"%s\"", name);
  char *found = strstr(text, key);
  if (found == NULL) return missing;
  return strtoll(found + strlen(key) + strspn(found + strlen(key), ": \t\r\n"), NULL, 10);
}

static jf_status answer(const jf_host *host, jf_call call, jf_status status, const char *text) {
  host->complete(host, call, status, (jf_bytes){(const uint8_t *)text, strlen(text)});
  return status;
}

static jf_status answer_duration(const jf_host *host, jf_call call, int64_t milliseconds) {
  char text[64];
  snprintf(text, sizeof text, "{\"milliseconds\":%" PRId64 "}", milliseconds);
  return answer(host, call, JF_OK, text);
}

/* ---- time ------------------------------------------------------------------------------------------------------ */

static struct timespec after(int64_t milliseconds) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  int64_t nanoseconds = time.tv_nsec + milliseconds % 1000 * 1000000;
  time.tv_sec += milliseconds / 1000 + nanoseconds / 1000000000;
  time.tv_nsec = nanoseconds % 1000000000;
  return time;
}

static void sleep_for(int64_t milliseconds) {
  struct timespec until = after(milliseconds);
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR) continue;
}

static void spin_for(int64_t milliseconds) {
  struct timespec until = after(milliseconds), now;
  do clock_gettime(CLOCK_MONOTONIC, &now);
  while (now.tv_sec < until.tv_sec || (now.tv_sec == until.tv_sec && now.tv_nsec < until.tv_nsec));
}

/* ---- completing later ------------------------------------------------------------------------------------------ */

static void take_out(pending *entry) {
  pending **link = &entry->instance->waiting;
  while (*link != entry) link = &(*link)->next;
  *link = entry->next;
}

static void *complete_later(void *argument) {
  pending *entry = argument;
  instance *self = entry->instance;
  struct timespec until = after(entry->milliseconds);
  pthread_mutex_lock(&self->lock);
  while (!(entry->hears_cancel && entry->is_cancelled)) {
    if (pthread_cond_timedwait(&self->cancelled, &self->lock, &until) == ETIMEDOUT) break;
  }
  bool stopped = entry->hears_cancel && entry->is_cancelled;
  take_out(entry);
  pthread_mutex_unlock(&self->lock);
  /* Once the call is complete the host may close the instance: nothing of it is touched behind this. */
  const jf_host *host = self->host;
  if (stopped) {
    answer(host, entry->call, JF_E_CANCELLED, "cancelled");
  } else {
    answer_duration(host, entry->call, entry->milliseconds);
  }
  free(entry);
  return NULL;
}

static jf_status pend(instance *self, jf_call call, int64_t milliseconds, bool hears_cancel) {
  pending *entry = malloc(sizeof *entry);
  if (entry == NULL) return JF_E_INTERNAL;
  *entry = (pending){self, call, milliseconds, hears_cancel, false, NULL};
  pthread_mutex_lock(&self->lock);
  entry->next = self->waiting;
  self->waiting = entry;
  pthread_t thread;
  int failure = pthread_create(&thread, NULL, complete_later, entry);
  if (failure != 0) take_out(entry);
  pthread_mutex_unlock(&self->lock);
  if (failure != 0) {
    free(entry);
    return JF_E_BUSY;
  }
  pthread_detach(thread);
  return JF_PENDING;
}

static void cancel(void *pointer, jf_call call) {
  instance *self = pointer;
  pthread_mutex_lock(&self->lock);
  for (pending *entry = self->waiting; entry != NULL; entry = entry->next) {
    if (entry->call == call) entry->is_cancelled = true;
  }
  pthread_cond_broadcast(&self->cancelled);
  pthread_mutex_unlock(&self->lock);
}

/* ---- the plugin ------------------------------------------------------------------------------------------------ */

static jf_status answer_big(const jf_host *host, jf_call call, int64_t bytes) {
  static const char start[] = "{\"text\":\"", end[] = "\"}";
  if (bytes < (int64_t)(strlen(start) + strlen(end))) return JF_E_ARGUMENT;
  char *text = malloc((size_t)bytes);
  if (text == NULL) return JF_E_LIMIT;
  memset(text, 'x', (size_t)bytes);
  memcpy(text, start, strlen(start));
  memcpy(text + bytes - strlen(end), end, strlen(end));
  host->complete(host, call, JF_OK, (jf_bytes){(const uint8_t *)text, (uint64_t)bytes});
  free(text);
  return JF_OK;
}

static jf_status invoke(void *pointer, jf_call call, uint32_t function, jf_bytes arguments) {
  instance *self = pointer;
  const jf_host *host = self->host;
  int64_t milliseconds = number(arguments, "milliseconds", 0);
  switch (function) {
  case SLEEP:
    sleep_for(milliseconds);
    return answer_duration(host, call, milliseconds);
  case SPIN:
    spin_for(milliseconds);
    return answer_duration(host, call, milliseconds);
  case BIG: return answer_big(host, call, number(arguments, "bytes", 0));
  case WRONG: return answer(host, call, JF_OK, "{\"value\":\"no number\"}");
  case RAISE: return answer(host, call, (jf_status)number(arguments, "status", JF_E_TOOL), "raised on request");
  case LATER: return pend(self, call, milliseconds, true);
  case LATE: return pend(self, call, milliseconds, false);
  case NEVER: return JF_PENDING;
  case TWICE:
    answer(host, call, JF_OK, "{\"time\":1}");
    return answer(host, call, JF_OK, "{\"time\":2}");
  case ECHO_BACK:
    host->complete(host, call, JF_OK, arguments);
    return JF_OK;
  default: return JF_E_ARGUMENT;
  }
}

static jf_status open_instance(const jf_host *host, const jf_open_info *info, void **result, jf_bytes *error) {
  (void)info;
  (void)error;
  instance *self = calloc(1, sizeof *self);
  if (self == NULL) return JF_E_INTERNAL;
  self->host = host;
  pthread_mutex_init(&self->lock, NULL);
  pthread_condattr_t attributes;
  pthread_condattr_init(&attributes);
  pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
  pthread_cond_init(&self->cancelled, &attributes);
  pthread_condattr_destroy(&attributes);
  *result = self;
  return JF_OK;
}

static void close_instance(void *pointer) {
  instance *self = pointer;
  pthread_cond_destroy(&self->cancelled);
  pthread_mutex_destroy(&self->lock);
  free(self);
}

#define FUNCTION(name, flags) {sizeof(jf_function), JF_KIND_TOOL, JF_EFFECT_NONE, flags, TEXT(name)}

static const jf_function functions[FUNCTIONS] = {
    [SLEEP] = FUNCTION("sleep", 0),
    [SPIN] = FUNCTION("spin", 0),
    [BIG] = FUNCTION("big", 0),
    [WRONG] = FUNCTION("wrong", 0),
    [RAISE] = FUNCTION("raise", 0),
    [LATER] = FUNCTION("later", JF_FUNCTION_MAY_PEND),
    [LATE] = FUNCTION("late", JF_FUNCTION_MAY_PEND),
    [NEVER] = FUNCTION("never", JF_FUNCTION_MAY_PEND),
    [TWICE] = FUNCTION("twice", 0),
    [ECHO_BACK] = FUNCTION("echo", 0),
};

static const jf_plugin plugin = {
    .size = sizeof(jf_plugin),
    .abi_built = JF_ABI_VERSION,
    .abi_oldest = JF_ABI(1, 0),
    .id = TEXT("slow"),
    .version = TEXT("1.0.0"),
    .functions = functions,
    .function_stride = sizeof(jf_function),
    .function_count = FUNCTIONS,
    .open = open_instance,
    .close = close_instance,
    .invoke = invoke,
    .cancel = cancel,
};

const jf_plugin *jackfield_plugin_v1(uint32_t host_abi) { return host_abi >> 16 == 1 ? &plugin : NULL; }
