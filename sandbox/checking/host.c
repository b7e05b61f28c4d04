/* A host that holds every word of a plugin against the header. */
#include "checking.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

enum {
  MOST_CALLS = 1 << 20,
  LARGEST_PAYLOAD = 64 << 20 /* more than any limit on results that a host would set */
};

/* Not of the heap: what a plugin leaves there is to be seen. */
static check_call *calls;
static atomic_uint_fast64_t last_call;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t completed = PTHREAD_COND_INITIALIZER;
static const char *configuration_text = "{}";
static const jf_host *the_host;

#define TEXT(literal) {(const uint8_t *)(literal), sizeof(literal) - 1}

int64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec * 1000000000LL + now.tv_nsec;
}

jf_bytes bytes_of(const char *text) { return (jf_bytes){(const uint8_t *)text, strlen(text)}; }

/* ---- calls ---------------------------------------------------------------------------------------------------------- */

check_call *check_call_of(jf_call call) { return call > 0 && call <= atomic_load(&last_call) ? &calls[call] : NULL; }

jf_call check_call_begin(const char *place, int64_t milliseconds) {
  jf_call call = atomic_fetch_add(&last_call, 1) + 1;
  if (call >= MOST_CALLS) abort();
  check_call *made = &calls[call];
  made->place = place;
  made->deadline = now_ns() + milliseconds * 1000000;
  made->info = (jf_call_info){.size = sizeof made->info, .attempt = 1, .tenant = TEXT("check"), .run = TEXT("check"),
    .idempotency_key = TEXT("check/1")};
  return call;
}

bool check_call_wait(jf_call call) {
  check_call *waited = check_call_of(call);
  pthread_mutex_lock(&lock);
  while (atomic_load(&waited->completions) == 0 && now_ns() < waited->deadline) {
    struct timespec soon;
    clock_gettime(CLOCK_REALTIME, &soon);
    soon.tv_nsec += 10000000;
    if (soon.tv_nsec >= 1000000000) soon.tv_sec++, soon.tv_nsec -= 1000000000;
    pthread_cond_timedwait(&completed, &lock, &soon);
  }
  pthread_mutex_unlock(&lock);
  return atomic_load(&waited->completions) > 0;
}

/* What a call was is kept: a plugin that completes it once more, later, is to be found out, not to crash us. */
void check_call_end(jf_call call) {
  check_call *ended = check_call_of(call);
  free(ended->payload);
  ended->payload = NULL;
}

void check_calls_close(void) {
  for (jf_call call = 1; call <= atomic_load(&last_call); call++) atomic_store(&calls[call].closed, true);
}

/* ---- the table ------------------------------------------------------------------------------------------------------ */

static jf_bytes configuration_of(const jf_host *host) {
  (void)host;
  return bytes_of(configuration_text);
}

static const void *service(const jf_host *host, const char *name) {
  static const jf_service_config config = {sizeof config, 0, configuration_of};
  (void)host;
  return name && strcmp(name, JF_SERVICE_CONFIG) == 0 ? &config : NULL;
}

static void take_log(const jf_host *host, int32_t level, jf_bytes message, jf_bytes fields) {
  (void)host, (void)level, (void)fields;
  if (message.ptr == NULL && message.len > 0) report_finding("bytes_null", "log", "it logs a message of %llu bytes at null",
    (unsigned long long)message.len);
}

/* Whether the payload can be what the header says that it is. */
static bool is_payload(const check_call *call, jf_bytes payload) {
  if (payload.ptr == NULL && payload.len > 0)
    report_finding("bytes_null", call->place, "it completes a call with %llu bytes at null",
      (unsigned long long)payload.len);
  else if (payload.len > LARGEST_PAYLOAD)
    report_finding("result_too_large", call->place, "it completes a call with %llu bytes",
      (unsigned long long)payload.len);
  else
    return true;
  return false;
}

static void keep(check_call *call, jf_status status, jf_bytes payload) {
  if (status > 0)
    report_finding("status_invalid", call->place, "it completes a call with status %d, which ends none", status);
  call->status = status;
  if (!is_payload(call, payload)) return;
  call->payload = malloc(payload.len + 1);
  if (payload.len > 0) memcpy(call->payload, payload.ptr, payload.len);
  call->payload[payload.len] = 0;
  call->payload_length = payload.len;
}

static jf_status complete(const jf_host *host, jf_call number, jf_status status, jf_bytes payload) {
  check_call *call = check_call_of(number);
  if (host != the_host) {
    report_finding("host_unknown", "complete", "complete() is given a host that is none");
    return JF_E_ARGUMENT;
  }
  if (call == NULL) {
    report_finding("call_unknown", "complete", "complete() is given the call %llu, which never was",
      (unsigned long long)number);
    return JF_E_STATE;
  }
  pthread_mutex_lock(&lock);
  bool is_first = atomic_fetch_add(&call->completions, 1) == 0;
  bool is_late = atomic_load(&call->answered), is_closed = atomic_load(&call->closed);
  if (is_first && !is_late && !is_closed) {
    keep(call, status, payload);
    pthread_cond_broadcast(&completed);
  }
  pthread_mutex_unlock(&lock);
  if (!is_first) report_finding("completed_twice", call->place, "it completes one call more than once");
  else if (is_late)
    report_finding("completed_late", call->place,
      "it completes a call after invoke() has answered something else than JF_PENDING");
  else if (is_closed) report_finding("completed_late", call->place, "it completes a call after close() has come back");
  return is_first && !is_late && !is_closed ? JF_OK : JF_E_STATE;
}

static bool is_over(jf_call number) {
  check_call *call = check_call_of(number);
  return call == NULL || atomic_load(&call->cancelled) || atomic_load(&call->answered) ||
    atomic_load(&call->completions) > 0 || now_ns() > call->deadline;
}

/* Whole characters and nothing else. */
static bool is_text(jf_bytes bytes) {
  for (uint64_t at = 0; at < bytes.len;) {
    uint8_t first = bytes.ptr[at];
    uint64_t count = first < 0x80 ? 1 : first >= 0xc2 && first < 0xe0 ? 2 : first >= 0xe0 && first < 0xf0 ? 3
      : first >= 0xf0 && first < 0xf5 ? 4 : 0;
    if (count == 0 || count > bytes.len - at) return false;
    for (uint64_t next = 1; next < count; next++)
      if ((bytes.ptr[at + next] & 0xc0) != 0x80) return false;
    at += count;
  }
  return true;
}

static jf_status emit(const jf_host *host, jf_call number, int32_t event, jf_bytes data) {
  (void)host, (void)event;
  check_call *call = check_call_of(number);
  if (call == NULL) {
    report_finding("call_unknown", "emit", "emit() is given the call %llu, which never was", (unsigned long long)number);
    return JF_E_STATE;
  }
  if (data.ptr == NULL && data.len > 0)
    report_finding("bytes_null", call->place, "it emits %llu bytes at null", (unsigned long long)data.len);
  else if (!is_text(data))
    report_finding("event_invalid", call->place, "it emits an event that is not whole characters of UTF-8");
  return is_over(number) ? JF_E_CANCELLED : JF_OK;
}

static jf_status progress(const jf_host *host, jf_call call, double done, double total, jf_bytes note) {
  (void)host, (void)done, (void)total, (void)note;
  return is_over(call) ? JF_E_CANCELLED : JF_OK;
}

static int64_t remaining(const jf_host *host, jf_call call) {
  (void)host;
  return is_over(call) ? 0 : check_call_of(call)->deadline - now_ns();
}

static const jf_call_info *info(const jf_host *host, jf_call number) {
  (void)host;
  check_call *call = check_call_of(number);
  return call && atomic_load(&call->completions) == 0 && !atomic_load(&call->answered) ? &call->info : NULL;
}

const jf_host *check_host(const char *configuration) {
  static const jf_host table = {.size = sizeof table, .abi = JF_ABI_VERSION, .service = service, .log = take_log,
    .complete = complete, .emit = emit, .progress = progress, .remaining_ns = remaining, .info = info};
  configuration_text = configuration;
  if (the_host) return the_host;
  calls = mmap(NULL, MOST_CALLS * sizeof *calls, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1,
    0);
  if (calls == MAP_FAILED) abort();
  return the_host = guarded_copy(&table, sizeof table);
}
