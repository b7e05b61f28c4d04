#include "host_table.h"
#include "plugin.h"
#include "questions.h"
#include "reading.h"
#include <math.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { LONGEST_LOG = 16 << 10, LONGEST_NOTE = 4096, LONGEST_EVENT = 16 << 20, LONGEST_PAYLOAD = 1 << 30 };

static const jf_bytes nothing = {NULL, 0};

jf_bytes text_cut(jf_bytes text, uint64_t most) {
  if (text.ptr == NULL || text.len > LONGEST_PAYLOAD) return nothing;
  if (text.len <= most) return text;
  while (most > 0 && (text.ptr[most] & 0xc0) == 0x80) most--;
  return (jf_bytes){text.ptr, most};
}

static bool is_bytes(jf_bytes bytes, uint64_t most) { return (bytes.ptr != NULL || bytes.len == 0) && bytes.len <= most; }

/* ---- completing -------------------------------------------------------------------------------------------------- */

static void free_kept(call *held) {
  while (held->kept != NULL) {
    kept *next = held->kept->next;
    free(held->kept);
    held->kept = next;
  }
  held->kept_bytes = 0;
}

/* With the order of the call. */
static jf_status send_result(call *held, jf_status status, jf_bytes payload) {
  wire_header header = {.type = WIRE_COMPLETE, .call = held->id, .status = status};
  if (status != JF_OK) payload = text_cut(payload, WIRE_INLINE_MAX);
  jf_status sent = questions_send(held, &header, &payload, 1);
  if (sent == JF_OK) return JF_OK;
  header = (wire_header){.type = WIRE_COMPLETE, .call = held->id, .status = sent};
  if (sent == JF_E_LIMIT) {
    header.flags = WIRE_LEFT_OUT;
    header.status = JF_OK;
    header.count = (uint32_t)payload.len;
    sent = JF_OK;
  } else if (sent == JF_E_CANCELLED || sent == JF_E_DEADLINE) {
    sent = JF_E_STATE;
  }
  questions_send(held, &header, NULL, 0);
  return sent;
}

jf_status host_complete(call *held, jf_status status, jf_bytes payload) {
  jf_status answer = JF_OK;
  pthread_mutex_lock(&held->order);
  jf_status standing = calls_standing(held);
  if (standing == JF_E_STATE) {
    pthread_mutex_unlock(&held->order);
    return JF_E_STATE;
  }
  if (standing != JF_OK) { /* nobody waits; the host is still told, since it counts open calls */
    status = standing;
    payload = nothing;
    answer = JF_E_STATE;
  } else if (status > JF_OK || !is_bytes(payload, LONGEST_PAYLOAD)) {
    status = JF_E_INTERNAL;
    payload = nothing;
    answer = JF_E_ARGUMENT;
  }
  jf_status sent = send_result(held, status, payload);
  if (answer == JF_OK) answer = sent;
  pthread_mutex_lock(&held->state);
  held->is_complete = true;
  free_kept(held);
  pthread_mutex_unlock(&held->state);
  pthread_mutex_unlock(&held->order);
  return answer;
}

static jf_status complete(const jf_host *host, jf_call id, jf_status status, jf_bytes payload) {
  if (host == NULL) return JF_E_ARGUMENT;
  call *held = calls_hold(id);
  if (held == NULL) return JF_E_STATE;
  jf_status answer = host_complete(held, status, payload);
  calls_release(held);
  return answer;
}

/* ---- while a call runs ------------------------------------------------------------------------------------------- */

static bool take_credit(call *held) {
  pthread_mutex_lock(&held->state);
  bool has = held->credits > 0;
  if (has) held->credits--;
  pthread_mutex_unlock(&held->state);
  return has;
}

/* A host that is behind makes the plugin wait, as the host's own process does: JF_E_BUSY would show where it runs. */
static jf_status wait_for_credit(call *held) {
  jf_status standing = calls_standing(held);
  if (standing != JF_OK || take_credit(held)) return standing;
  waiter self = WAITER;
  reading_lock();
  held->credit_waiter = &self;
  while ((standing = calls_standing(held)) == JF_OK && !take_credit(held)) reading_wait(&self);
  held->credit_waiter = NULL;
  reading_unlock();
  return standing;
}

static jf_status emit_for(call *held, int32_t event, jf_bytes data) {
  pthread_mutex_lock(&held->order);
  jf_status status = wait_for_credit(held);
  if (status == JF_OK) {
    wire_header header = {.type = WIRE_EMIT, .call = held->id, .kind = (uint32_t)event};
    status = questions_send(held, &header, &data, 1);
  }
  pthread_mutex_unlock(&held->order);
  return status;
}

static jf_status emit(const jf_host *host, jf_call id, int32_t event, jf_bytes data) {
  if (data.len > LONGEST_EVENT) return JF_E_LIMIT;
  if (host == NULL || !is_bytes(data, LONGEST_EVENT)) return JF_E_ARGUMENT;
  call *held = calls_hold(id);
  if (held == NULL) return JF_E_STATE;
  jf_status status = emit_for(held, event, data);
  calls_release(held);
  return status;
}

static jf_status progress(const jf_host *host, jf_call id, double done, double total, jf_bytes note) {
  if (host == NULL || !isfinite(done) || !isfinite(total)) return JF_E_ARGUMENT;
  call *held = calls_hold(id);
  if (held == NULL) return JF_E_STATE;
  pthread_mutex_lock(&held->order);
  jf_status status = calls_standing(held);
  if (status == JF_OK) {
    wire_header header = {.type = WIRE_PROGRESS, .call = id};
    const wire_progress numbers = {done, total};
    const jf_bytes pieces[] = {{(const uint8_t *)&numbers, sizeof numbers}, text_cut(note, LONGEST_NOTE)};
    status = questions_send(held, &header, pieces, 2);
  }
  pthread_mutex_unlock(&held->order);
  calls_release(held);
  return status;
}

static int64_t remaining_ns(const jf_host *host, jf_call id) {
  call *held = host == NULL ? NULL : calls_hold(id);
  if (held == NULL) return 0;
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  int64_t deadline = atomic_load_explicit(&held->deadline, memory_order_relaxed);
  int64_t left = calls_standing(held) == JF_OK ? deadline - (now.tv_sec * 1000000000 + now.tv_nsec) : 0;
  calls_release(held);
  return left;
}

static const jf_call_info *info(const jf_host *host, jf_call id) {
  call *held = host == NULL ? NULL : calls_hold(id);
  if (held == NULL) return NULL;
  const jf_call_info *found = calls_standing(held) == JF_E_STATE ? NULL : &held->info;
  calls_release(held);
  return found;
}

/* ---- the instance ------------------------------------------------------------------------------------------------ */

static void write_log(const jf_host *host, int32_t level, jf_bytes message, jf_bytes fields) {
  if (host == NULL) return;
  message = text_cut(message, LONGEST_LOG);
  fields = text_cut(fields, LONGEST_LOG);
  const wire_text texts[] = {{message.ptr, (uint32_t)message.len}, {fields.ptr, (uint32_t)fields.len}};
  uint8_t list[2 * (sizeof(uint32_t) + LONGEST_LOG)];
  wire_texts_write(list, texts, 2);
  wire_header header = {
    .type = WIRE_LOG, .kind = (uint32_t)level, .length = (uint32_t)wire_texts_length(texts, 2)};
  wire_send(CONFINED_CHANNEL, &header, list, NULL, 0);
}

static jf_bytes configuration(const jf_host *host) {
  return host == NULL ? nothing : loaded.configuration;
}

static const jf_service_config configuration_service = {.size = sizeof(jf_service_config), .json = configuration};

static const void *service(const jf_host *host, const char *name) {
  if (host == NULL || name == NULL) return NULL;
  if (strcmp(name, JF_SERVICE_CONFIG) == 0) return loaded.configuration.len > 0 ? &configuration_service : NULL;
  return plugin_may_use(name) ? plugin_service_table(name) : NULL;
}

const jf_host host_table = {
  .size = sizeof(jf_host), .abi = JF_ABI_VERSION, .service = service, .log = write_log, .complete = complete, .emit = emit,
  .progress = progress, .remaining_ns = remaining_ns, .info = info};
