/* Does one thing of the plugin ABI in each function, for tests of the side that calls it. */
#include <jackfield/plugin.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(literal) {(const uint8_t *)literal, sizeof(literal) - 1}

typedef struct instance {
  const jf_host *host;
} instance;

static jf_bytes text(const char *string) { return (jf_bytes){(const uint8_t *)string, strlen(string)}; }

static jf_bytes configuration(const jf_host *host) {
  const jf_service_config *service = host->service(host, JF_SERVICE_CONFIG);
  return service ? service->json(host) : text("");
}

/* [main] functions never overlap: one that finds another inside has seen the host break its word. */
static atomic_int inside;
static atomic_bool overlapped;

static void enter_main(void) {
  if (atomic_fetch_add(&inside, 1) != 0) atomic_store(&overlapped, 1);
  sched_yield();
}

static void leave_main(void) { atomic_fetch_sub(&inside, 1); }

static jf_status make_instance(const jf_host *host, const jf_open_info *info, void **opened, jf_bytes *error) {
  static char refusal[128];
  jf_bytes config = configuration(host);
  if (memmem(config.ptr, config.len, "\"refuse\":true", 13)) {
    snprintf(refusal, sizeof refusal, "told to refuse %.*s", (int)info->tenant.len, (const char *)info->tenant.ptr);
    *error = text(refusal);
    return JF_E_DENIED;
  }
  instance *made = calloc(1, sizeof *made);
  made->host = host;
  *opened = made;
  return JF_OK;
}

static jf_status open_instance(const jf_host *host, const jf_open_info *info, void **opened, jf_bytes *error) {
  enter_main();
  jf_status status = make_instance(host, info, opened, error);
  leave_main();
  return status;
}

static void close_instance(void *opened) {
  instance *self = opened;
  enter_main();
  if (atomic_load(&overlapped)) self->host->log(self->host, JF_LOG_ERROR, text("overlapped"), text(""));
  leave_main();
  self->host->log(self->host, JF_LOG_INFO, text("closed"), text(""));
  free(self);
}

static jf_status say(instance *self, jf_call call, jf_bytes arguments) {
  return self->host->complete(self->host, call, JF_OK, arguments);
}

typedef struct later {
  const jf_host *host;
  jf_call call;
  jf_bytes arguments;
} later;

static void *complete_later(void *started) {
  later work = *(later *)started;
  free(started);
  work.host->complete(work.host, work.call, JF_OK, work.arguments); /* still there: the call is not complete */
  return NULL;
}

static jf_status answer_later(instance *self, jf_call call, jf_bytes arguments) {
  later *work = malloc(sizeof *work);
  *work = (later){self->host, call, arguments};
  pthread_t thread;
  if (pthread_create(&thread, NULL, complete_later, work) != 0) return JF_E_INTERNAL;
  pthread_detach(thread);
  return JF_PENDING;
}

static jf_status answer_twice(instance *self, jf_call call) {
  self->host->complete(self->host, call, JF_OK, text("1"));
  return self->host->complete(self->host, call, JF_OK, text("2"));
}

static jf_status fail(instance *self, jf_call call) {
  self->host->complete(self->host, call, JF_E_TOOL, text("no such city"));
  return JF_OK;
}

static jf_status stream(instance *self, jf_call call) {
  self->host->emit(self->host, call, JF_EVENT_TEXT, text("one "));
  self->host->progress(self->host, call, 1, 2, text("half"));
  self->host->emit(self->host, call, JF_EVENT_TEXT, text("two"));
  return self->host->complete(self->host, call, JF_OK, text("\"one two\""));
}

static jf_status describe(instance *self, jf_call call) {
  char answer[1024];
  const jf_call_info *info = self->host->info(self->host, call);
  jf_bytes config = configuration(self->host);
  int length = snprintf(answer, sizeof answer, "%.*s %.*s %u %lld %.*s", (int)info->tenant.len,
    (const char *)info->tenant.ptr, (int)info->idempotency_key.len, (const char *)info->idempotency_key.ptr,
    info->attempt, (long long)self->host->remaining_ns(self->host, call), (int)config.len, (const char *)config.ptr);
  return self->host->complete(self->host, call, JF_OK, (jf_bytes){(const uint8_t *)answer, (uint64_t)length});
}

static jf_status write_log(instance *self, jf_bytes arguments) {
  self->host->log(self->host, JF_LOG_WARNING, arguments, text("{\"attempts\":3}"));
  return JF_OK;
}

/* Answers how many of these were not refused. Each status below is what a host that checks would answer. */
static jf_status pass_nonsense(instance *self, jf_call call) {
  const jf_host *host = self->host;
  const jf_bytes null = {NULL, 5}, endless = {(const uint8_t *)"x", UINT64_MAX};
  int accepted = 0;
  accepted += host->complete(NULL, call, JF_OK, text("1")) != JF_E_ARGUMENT;
  accepted += host->emit(host, call, JF_EVENT_TEXT, null) != JF_E_ARGUMENT;
  accepted += host->emit(host, call, JF_EVENT_TEXT, endless) != JF_E_LIMIT;
  accepted += host->progress(host, call, 0.0 / 0.0, 1, text("")) != JF_E_ARGUMENT;
  accepted += host->info(NULL, call) != NULL;
  accepted += host->remaining_ns(NULL, call) > 0;
  accepted += host->service(host, NULL) != NULL;
  accepted += host->service(host, "jf.unheard-of/9") != NULL;
  host->log(host, 99, null, endless);
  accepted += host->complete(host, call, JF_OK, null) != JF_E_ARGUMENT;
  return accepted;
}

enum { SAY, LATER, TWICE, FAIL, STREAM, DESCRIBE, LOG, HOLD, NONSENSE };

static jf_status invoke(void *opened, jf_call call, uint32_t function, jf_bytes arguments) {
  instance *self = opened;
  switch (function) {
    case SAY: return say(self, call, arguments);
    case LATER: return answer_later(self, call, arguments);
    case TWICE: return answer_twice(self, call);
    case FAIL: return fail(self, call);
    case STREAM: return stream(self, call);
    case DESCRIBE: return describe(self, call);
    case LOG: return write_log(self, arguments);
    case HOLD: return JF_PENDING;
    case NONSENSE: return pass_nonsense(self, call);
    default: return JF_E_UNSUPPORTED;
  }
}

static void cancel(void *opened, jf_call call) {
  instance *self = opened;
  self->host->complete(self->host, call, JF_E_CANCELLED, text("stopped"));
}

#define FUNCTION(name, flags) {sizeof(jf_function), JF_KIND_TOOL, JF_EFFECT_NONE, flags, TEXT(name)}
static const jf_function functions[] = {
  FUNCTION("say", 0),
  FUNCTION("later", JF_FUNCTION_MAY_PEND),
  FUNCTION("twice", 0),
  FUNCTION("fail", 0),
  FUNCTION("stream", 0),
  FUNCTION("describe", 0),
  FUNCTION("log", 0),
  FUNCTION("hold", JF_FUNCTION_MAY_PEND),
  FUNCTION("nonsense", 0),
};

static const jf_plugin plugin = {
  .size = sizeof(jf_plugin),
  .abi_built = JF_ABI_VERSION,
  .abi_oldest = JF_ABI(1, 0),
  .id = TEXT("echo"),
  .version = TEXT("1.0.0"),
  .functions = functions,
  .function_stride = sizeof(jf_function),
  .function_count = sizeof functions / sizeof functions[0],
  .open = open_instance,
  .close = close_instance,
  .invoke = invoke,
  .cancel = cancel,
};

JF_EXPORT const jf_plugin *jackfield_plugin_v1(uint32_t host_abi) {
  (void)host_abi;
  return &plugin;
}
