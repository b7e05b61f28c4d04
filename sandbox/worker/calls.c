#include "calls.h"
#include "bodies.h"
#include "memories.h"
#include "plugin.h"
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { RUN, KEY, ARGUMENTS, TEXTS };

static call slots[CALL_SLOTS];
static uint32_t slot_count;

void calls_prepare(uint32_t most) {
  for (; slot_count < most * 2; slot_count++) {
    pthread_mutex_init(&slots[slot_count].order, NULL);
    pthread_mutex_init(&slots[slot_count].state, NULL);
  }
}

/* The host takes the numbers of calls from a table, so that few share a place: most are where they are first looked for. */
static call *find(uint64_t id, uint64_t holds) {
  for (uint64_t step = 0; step < slot_count; step++) {
    call *slot = &slots[(id + step) % slot_count];
    if (atomic_load_explicit(&slot->id, memory_order_acquire) == holds) return slot;
  }
  return NULL;
}

static bool is_invoke(const wire_header *header) {
  uint16_t mode = header->flags & (uint16_t)~WIRE_IN_MEMORY;
  return (mode == 0 || mode == WIRE_RECONCILE || mode == WIRE_PREVIEW) && header->call != 0
    && header->kind < loaded.table.function_count;
}

/* Sealed against every change by the host, so it can be read where it is. */
static const uint8_t *map_payload(call *slot, const wire_frame *frame) {
  if (frame->descriptor_count != 1) return NULL;
  slot->mapped_length = frame->header.length;
  slot->mapped = memory_map(frame->descriptors[0], slot->mapped_length, PROT_READ);
  close(frame->descriptors[0]);
  return slot->mapped;
}

static bool read_texts(call *slot, const wire_frame *frame) {
  wire_text texts[TEXTS];
  const uint8_t *payload = frame->header.flags & WIRE_IN_MEMORY ? map_payload(slot, frame) : frame->payload;
  if (payload == NULL || !wire_texts_read(payload, frame->header.length, texts, TEXTS)) return false;
  slot->arguments = (jf_bytes){texts[ARGUMENTS].bytes, texts[ARGUMENTS].length};
  slot->info = (jf_call_info){
    .size = sizeof slot->info, .attempt = frame->header.count, .tenant = loaded.tenant,
    .run = {texts[RUN].bytes, texts[RUN].length}, .idempotency_key = {texts[KEY].bytes, texts[KEY].length}};
  return true;
}

call *calls_open(const wire_frame *frame, packet *packet) {
  call *slot = find(frame->header.call, 0);
  if (slot == NULL || !is_invoke(&frame->header)) return NULL;
  slot->packet = packet;
  slot->mapped = NULL;
  if (!read_texts(slot, frame)) return NULL;
  slot->function = frame->header.kind;
  slot->mode = frame->header.flags & (uint16_t)~WIRE_IN_MEMORY;
  slot->has_begun = slot->has_returned = slot->is_complete = false;
  slot->abandoned = JF_OK;
  slot->credits = WIRE_EMIT_CREDITS;
  slot->users = 1;
  atomic_store_explicit(&slot->deadline, (int64_t)frame->header.request, memory_order_relaxed);
  atomic_store_explicit(&slot->id, frame->header.call, memory_order_release);
  return slot;
}

call *calls_hold(uint64_t id) {
  call *slot = id == 0 ? NULL : find(id, id);
  if (slot == NULL) return NULL;
  pthread_mutex_lock(&slot->state);
  bool is_it = atomic_load_explicit(&slot->id, memory_order_relaxed) == id;
  if (is_it) slot->users++;
  pthread_mutex_unlock(&slot->state);
  return is_it ? slot : NULL;
}

void calls_release(call *held) {
  body *left = NULL;
  pthread_mutex_lock(&held->state);
  if (--held->users == 0 && held->is_complete && held->has_returned) {
    left = held->bodies;
    held->bodies = NULL;
    if (held->mapped != NULL) munmap(held->mapped, held->mapped_length);
    packet_put(held->packet);
    atomic_store_explicit(&held->id, 0, memory_order_release);
  }
  pthread_mutex_unlock(&held->state);
  bodies_free(left);
}

jf_status calls_standing(call *held) {
  pthread_mutex_lock(&held->state);
  jf_status standing = held->is_complete ? JF_E_STATE : held->abandoned;
  pthread_mutex_unlock(&held->state);
  return standing;
}
