#include "dispatch.h"
#include "ending.h"
#include "host_table.h"
#include "plugin.h"
#include "questions.h"
#include "reading.h"

static work open_call(const wire_frame *frame, packet *packet) {
  call *opened = calls_open(frame, packet);
  if (opened == NULL) worker_end(WORKER_BAD_FRAME);
  return (work){.call = opened};
}

static void call_who_waits_for_credit(call *held) {
  reading_lock();
  if (held->credit_waiter != NULL) reading_call(held->credit_waiter);
  reading_unlock();
}

static work cancel(const wire_header *header) {
  call *held = calls_hold(header->call);
  if (held == NULL) return (work){0}; /* it has just ended */
  pthread_mutex_lock(&held->state);
  if (held->abandoned == JF_OK) held->abandoned = header->status < 0 ? header->status : JF_E_CANCELLED;
  bool tells = held->has_begun && !held->is_complete && loaded.table.cancel != NULL;
  pthread_mutex_unlock(&held->state);
  call_who_waits_for_credit(held);
  calls_release(held);
  return (work){.cancelled = tells ? header->call : 0};
}

static void add_credit(const wire_header *header) {
  call *held = calls_hold(header->call);
  if (held == NULL) return;
  pthread_mutex_lock(&held->state);
  if (__builtin_add_overflow(held->credits, header->count, &held->credits)) held->credits = UINT32_MAX;
  pthread_mutex_unlock(&held->state);
  call_who_waits_for_credit(held);
  calls_release(held);
}

static void move_deadline(const wire_header *header) {
  call *held = calls_hold(header->call);
  if (held == NULL) return;
  atomic_store_explicit(&held->deadline, (int64_t)header->request, memory_order_relaxed);
  calls_release(held);
}

__attribute__((noreturn)) static void close_instance(void) {
  loaded.table.close(loaded.instance);
  worker_end(WORKER_CLOSED);
}

/* Flags and descriptors that a frame of this type has no use for break a rule. */
static bool is_allowed(const wire_frame *frame) {
  uint32_t descriptors = frame->header.flags & WIRE_IN_MEMORY ? 1 : 0;
  switch (frame->header.type) {
  case WIRE_INVOKE: return frame->descriptor_count == descriptors; /* its flags are looked at there */
  case WIRE_ANSWER:
    return (frame->header.flags & ~(WIRE_IN_MEMORY | WIRE_MORE)) == 0 && frame->descriptor_count == descriptors && frame->header.status <= JF_OK;
  case WIRE_MEMORY:
    return frame->header.flags == 0 && frame->header.status <= JF_OK
      && frame->descriptor_count == (frame->header.status == JF_OK ? 1 : 0);
  default: return frame->header.flags == 0 && frame->descriptor_count == 0;
  }
}

work dispatch(const wire_frame *frame, packet *packet) {
  const wire_header *header = &frame->header;
  if (!is_allowed(frame)) worker_end(WORKER_BAD_FRAME);
  switch (header->type) {
  case WIRE_INVOKE: return open_call(frame, packet);
  case WIRE_CANCEL: return cancel(header);
  case WIRE_CREDIT: add_credit(header); break;
  case WIRE_DEADLINE: move_deadline(header); break;
  case WIRE_ANSWER: questions_answer(frame); break;
  case WIRE_MEMORY: questions_answer(frame); break;
  case WIRE_CLOSE: close_instance();
  default: worker_end(WORKER_BAD_FRAME);
  }
  return (work){0};
}

/* ---- running ----------------------------------------------------------------------------------------------------- */

static jf_status enter(call *held) {
  uint64_t id = atomic_load_explicit(&held->id, memory_order_relaxed);
  switch (held->mode) {
  case WIRE_RECONCILE:
    if (loaded.table.reconcile == NULL) return JF_E_UNSUPPORTED;
    return loaded.table.reconcile(loaded.instance, id, held->function, held->arguments);
  case WIRE_PREVIEW:
    if (loaded.table.preview == NULL) return JF_E_UNSUPPORTED;
    return loaded.table.preview(loaded.instance, id, held->function, held->arguments);
  default: return loaded.table.invoke(loaded.instance, id, held->function, held->arguments);
  }
}

void dispatch_call(call *held) {
  pthread_mutex_lock(&held->state);
  jf_status status = held->abandoned; /* cancelled while it was put off: the plugin never hears of it */
  held->has_begun = status == JF_OK;
  pthread_mutex_unlock(&held->state);
  if (status == JF_OK) status = enter(held);
  if (status != JF_PENDING || !plugin_may_pend(held->function))
    host_complete(held, status > JF_OK ? JF_E_INTERNAL : status, (jf_bytes){NULL, 0});
  pthread_mutex_lock(&held->state);
  held->has_returned = true;
  pthread_mutex_unlock(&held->state);
  calls_release(held);
}

void dispatch_cancel(uint64_t id) {
  call *held = calls_hold(id);
  if (held == NULL) return;
  if (calls_standing(held) != JF_E_STATE) loaded.table.cancel(loaded.instance, id);
  calls_release(held);
}
