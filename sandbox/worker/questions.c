#include "questions.h"
#include "confinement.h"
#include "ending.h"
#include "memories.h"
#include "reading.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { QUESTIONS = WIRE_SERVICE_MAX + WIRE_MEMORIES_MAX };

/* Of the host's, to be filled and named in one frame. */
typedef struct memory {
  uint32_t number;
  uint8_t *bytes;
  uint64_t length;
} memory;

typedef struct service_question {
  question question;
  plugin_service_answer *answer;
  kept *kept;
} service_question;

typedef struct memory_question {
  question question;
  memory memory; /* from the beginning with the length that is wanted */
  struct memory_question *behind; /* in the line */
} memory_question;

static question *open[QUESTIONS];
static uint32_t open_services;
static uint32_t memories; /* that are wanted, or given and not given back */
static uint64_t last_number;
static memory_question *line; /* for memories, beyond WIRE_MEMORIES_MAX */

/* ---- asking ------------------------------------------------------------------------------------------------------ */

/* With the lock. */
static bool put(question *asked, uint32_t *count, uint32_t most) {
  if (*count == most) return false;
  do asked->number = ++last_number;
  while (open[asked->number % QUESTIONS] != NULL);
  open[asked->number % QUESTIONS] = asked;
  ++*count;
  return true;
}

/* With the lock. */
static void take_away(question *asked) {
  open[asked->number % QUESTIONS] = NULL;
  asked->number = 0;
  if (!asked->is_about_memory) open_services--;
}

/* With the lock. */
static void line_up(memory_question *asked) {
  memory_question **end = &line;
  while (*end != NULL) end = &(*end)->behind;
  *end = asked;
  asked->behind = NULL;
  reading_sleep(&asked->question.waiter);
}

static void give_place(void) {
  reading_lock();
  memories--;
  memory_question *next = line;
  if (next != NULL) {
    line = next->behind;
    reading_call(&next->question.waiter);
  }
  reading_unlock();
}

/* The host answers everything, what nobody waits for any more at once. */
static void wait_for(question *asked) {
  reading_lock();
  reading_wait(&asked->waiter);
  reading_unlock();
}

void questions_withdraw(question *asked) {
  reading_lock();
  if (asked->number != 0) take_away(asked);
  reading_unlock();
}

/* ---- being answered ---------------------------------------------------------------------------------------------- */

static kept *keep(const uint8_t *bytes, uint64_t length) {
  kept *copy = malloc(sizeof *copy + length);
  if (copy == NULL) return NULL;
  copy->length = length;
  memcpy(copy->bytes, bytes, length);
  return copy;
}

static jf_status take_bytes(service_question *asked, const uint8_t *bytes, uint64_t length) {
  plugin_service_answer *answer = asked->answer;
  if (length == 0) return JF_OK;
  if (answer->buffer != NULL) {
    if (length > answer->capacity) return JF_E_LIMIT;
    memcpy(answer->buffer, bytes, length);
    answer->bytes = (jf_bytes){answer->buffer, length};
    return JF_OK;
  }
  asked->kept = keep(bytes, length);
  return asked->kept == NULL ? JF_E_LIMIT : JF_OK;
}

static void take_answer(question *asked, const wire_frame *frame) {
  service_question *service = (service_question *)asked;
  const wire_header *header = &frame->header;
  if (header->flags & WIRE_MORE) worker_end(WORKER_BAD_FRAME);
  jf_status taken = JF_E_LIMIT;
  if (!(header->flags & WIRE_IN_MEMORY)) {
    taken = take_bytes(service, frame->payload, header->length);
  } else if (header->length <= PLUGIN_SERVICE_KEPT_MAX) {
    /* Sealed by the host. */
    void *bytes = memory_map(frame->descriptors[0], header->length, PROT_READ);
    if (bytes != NULL) {
      taken = take_bytes(service, bytes, header->length);
      munmap(bytes, header->length);
    }
  }
  /* A refusal stays one, whether or not there was room for its message. */
  asked->status = taken == JF_OK || header->status < 0 ? header->status : taken;
}

static void take_memory(question *asked, const wire_frame *frame) {
  memory *wanted = &((memory_question *)asked)->memory;
  const wire_header *header = &frame->header;
  asked->status = header->status;
  if (header->status != JF_OK) return;
  if (header->count != wanted->length) worker_end(WORKER_BAD_FRAME);
  void *bytes = memory_map(frame->descriptors[0], header->count, PROT_READ | PROT_WRITE);
  if (bytes == NULL) asked->status = JF_E_LIMIT;
  wanted->number = header->memory;
  wanted->bytes = bytes;
}

void questions_answer(const wire_frame *frame) {
  reading_lock();
  question *asked = open[frame->header.request % QUESTIONS];
  if (asked != NULL && asked->number == frame->header.request) {
    bool is_memory = frame->header.type == WIRE_MEMORY;
    if (is_memory != asked->is_about_memory) worker_end(WORKER_BAD_FRAME); /* the answer to another question */
    asked->take(asked, frame);
    if (!(frame->header.flags & WIRE_MORE)) take_away(asked);
    reading_call(&asked->waiter);
  }
  reading_unlock();
  for (uint32_t at = 0; at < frame->descriptor_count; at++) close(frame->descriptors[at]);
}

/* ---- memory ------------------------------------------------------------------------------------------------------ */

static bool send_or_end(const wire_header *header, const void *payload) {
  int status = wire_send(CONFINED_CHANNEL, header, payload, NULL, 0);
  if (status == -EPIPE || status == -ECONNRESET) worker_end(WORKER_HOST_IS_GONE);
  return status == 0;
}

/* Waits for memory of `length` bytes for a frame of `type`. With a place among the memories. */
static jf_status get_memory(call *held, uint16_t type, uint64_t length, memory *got) {
  memory_question asked = {
    .question = {.is_about_memory = true, .take = take_memory, .waiter = WAITER}, .memory.length = length};
  reading_lock();
  while (!put(&asked.question, &memories, WIRE_MEMORIES_MAX)) line_up(&asked);
  reading_unlock();
  const wire_header header = {
    .type = WIRE_MEMORY_WANTED, .call = held->id, .request = asked.question.number, .kind = type,
    .count = (uint32_t)length};
  if (!send_or_end(&header, NULL)) return questions_withdraw(&asked.question), JF_E_IO;
  wait_for(&asked.question);
  *got = asked.memory;
  return asked.question.status;
}

static void gather(uint8_t *into, const jf_bytes *pieces, uint32_t count) {
  for (uint32_t at = 0; at < count; at++) {
    if (pieces[at].len > 0) memcpy(into, pieces[at].ptr, pieces[at].len);
    into += pieces[at].len;
  }
}

static uint64_t total_length(const jf_bytes *pieces, uint32_t count) {
  uint64_t length = 0;
  for (uint32_t at = 0; at < count; at++) length += pieces[at].len;
  return length;
}

static jf_status send_inline(wire_header *header, const jf_bytes *pieces, uint32_t count) {
  if (count == 1) return send_or_end(header, pieces[0].ptr) ? JF_OK : JF_E_IO;
  packet *room = packet_take();
  gather(room->bytes, pieces, count);
  bool is_sent = send_or_end(header, room->bytes);
  packet_put(room);
  return is_sent ? JF_OK : JF_E_IO;
}

static jf_status send_in_memory(call *held, wire_header *header, const jf_bytes *pieces, uint32_t count) {
  memory got;
  jf_status status = get_memory(held, header->type, header->length, &got);
  if (status != JF_OK) return status;
  gather(got.bytes, pieces, count);
  munmap(got.bytes, got.length);
  header->flags |= WIRE_IN_MEMORY;
  header->memory = got.number;
  return send_or_end(header, NULL) ? JF_OK : JF_E_IO;
}

jf_status questions_send(call *held, wire_header *header, const jf_bytes *pieces, uint32_t count) {
  uint64_t length = total_length(pieces, count);
  header->length = (uint32_t)length;
  if (length <= WIRE_INLINE_MAX) return send_inline(header, pieces, count);
  if (length > WIRE_MEMORY_MAX) return JF_E_LIMIT;
  jf_status status = send_in_memory(held, header, pieces, count);
  give_place();
  return status;
}

/* ---- services ---------------------------------------------------------------------------------------------------- */

static jf_status send_question(
  call *held, uint64_t number, const char *service, uint32_t operation, const jf_bytes *parts, uint32_t count) {
  enum { OWN = 2, MOST_PARTS = 8 };
  if (count > MOST_PARTS) return JF_E_ARGUMENT;
  const uint32_t lengths[] = {(uint32_t)strlen(service), (uint32_t)total_length(parts, count)};
  jf_bytes pieces[OWN + MOST_PARTS] = {
    {(const uint8_t *)lengths, sizeof lengths}, {(const uint8_t *)service, lengths[0]}};
  memcpy(pieces + OWN, parts, count * sizeof *parts);
  wire_header header = {.type = WIRE_SERVICE, .call = held->id, .request = number, .kind = operation};
  pthread_mutex_lock(&held->order);
  jf_status status = calls_standing(held);
  if (status == JF_OK) status = questions_send(held, &header, pieces, OWN + count);
  pthread_mutex_unlock(&held->order);
  return status;
}

/* Gives what was kept to the call, whose it is until it is complete. */
static jf_status hand_over(call *held, kept *given, plugin_service_answer *answer) {
  jf_status status = JF_OK;
  pthread_mutex_lock(&held->state);
  if (held->is_complete)
    status = JF_E_STATE;
  else if (given->length > PLUGIN_SERVICE_KEPT_MAX - held->kept_bytes)
    status = JF_E_LIMIT;
  if (status == JF_OK) {
    given->next = held->kept;
    held->kept = given;
    held->kept_bytes += given->length;
    answer->bytes = (jf_bytes){given->bytes, given->length};
  }
  pthread_mutex_unlock(&held->state);
  if (status != JF_OK) free(given);
  return status;
}

jf_status questions_put(
  call *held, question *asked, const char *service, uint32_t operation, const jf_bytes *parts, uint32_t count) {
  reading_lock();
  bool has_room = put(asked, &open_services, WIRE_SERVICE_MAX);
  reading_unlock();
  if (!has_room) return JF_E_BUSY;
  jf_status status = send_question(held, asked->number, service, operation, parts, count);
  if (status != JF_OK) questions_withdraw(asked);
  return status;
}

static jf_status ask(
  call *held, const char *service, uint32_t operation, const jf_bytes *parts, uint32_t count,
  plugin_service_answer *answer) {
  service_question asked = {.question = {.take = take_answer, .waiter = WAITER}, .answer = answer};
  jf_status status = questions_put(held, &asked.question, service, operation, parts, count);
  if (status != JF_OK) return status;
  wait_for(&asked.question);
  if (asked.kept == NULL) return asked.question.status;
  status = hand_over(held, asked.kept, answer);
  return status == JF_OK ? asked.question.status : status;
}

jf_status questions_ask_service(
  const jf_host *host, const char *service, uint32_t operation, jf_call id, const jf_bytes *parts, uint32_t count,
  plugin_service_answer *answer) {
  (void)host;
  call *held = calls_hold(id);
  if (held == NULL) return JF_E_STATE;
  jf_status status = ask(held, service, operation, parts, count, answer);
  calls_release(held);
  return status;
}
