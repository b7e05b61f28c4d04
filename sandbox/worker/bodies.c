#include "bodies.h"
#include "ending.h"
#include "questions.h"
#include <stdlib.h>
#include <string.h>

typedef struct part {
  struct part *next;
  uint32_t length, read;
  uint8_t bytes[];
} part;

/* There is one while its question is open, while something of it was not read, and while somebody reads. Guarded by the lock
 * of reading.h. */
struct body {
  question question;
  uint64_t exchange;
  body *next; /* of the call */
  part *first, **end;
  bool is_over; /* the status of the question comes after the parts */
  bool is_being_read;
};

/* ---- what comes -------------------------------------------------------------------------------------------------- */

static void keep(body *whose, const uint8_t *bytes, uint32_t length) {
  part *kept = malloc(sizeof *kept + length);
  if (kept == NULL) abort();
  *kept = (part){.length = length};
  memcpy(kept->bytes, bytes, length);
  *whose->end = kept;
  whose->end = &kept->next;
}

/* The last answer to a question says how the body ended, unless it brings a part too: then there was no room for more. */
static void take_part(question *asked, const wire_frame *frame) {
  body *whose = (body *)asked;
  const wire_header *header = &frame->header;
  bool has_part = header->status == JF_OK && header->length > 0;
  if (header->flags & WIRE_IN_MEMORY || (header->flags & WIRE_MORE && !has_part)) worker_end(WORKER_BAD_FRAME);
  if (has_part) keep(whose, frame->payload, header->length);
  whose->is_over = !has_part;
  asked->status = header->status;
}

static void free_parts(body *whose) {
  while (whose->first != NULL) {
    part *next = whose->first->next;
    free(whose->first);
    whose->first = next;
  }
  whose->end = &whose->first;
}

/* ---- reading, with the lock held --------------------------------------------------------------------------------- */

static body *find(call *held, uint64_t exchange) {
  body *found = held->bodies;
  while (found != NULL && found->exchange != exchange) found = found->next;
  return found;
}

static body *add(call *held, uint64_t exchange) {
  body *made = malloc(sizeof *made);
  if (made == NULL) return NULL;
  *made = (body){
    .question = {.take = take_part, .waiter = WAITER}, .exchange = exchange, .next = held->bodies, .end = &made->first};
  return held->bodies = made;
}

/* Where there is nothing to keep. */
static void remove_idle(call *held, body *whose) {
  if (whose->question.number != 0 || whose->first != NULL || whose->is_over || whose->is_being_read) return;
  body **place = &held->bodies;
  while (*place != whose) place = &(*place)->next;
  *place = whose->next;
  free(whose);
}

static jf_status wait_for_part(call *held, body *whose) {
  while (whose->first == NULL && !whose->is_over) {
    if (whose->question.number != 0) {
      reading_wait(&whose->question.waiter);
      continue;
    }
    const jf_bytes asked = {(const uint8_t *)&whose->exchange, sizeof whose->exchange};
    reading_unlock();
    jf_status status = questions_put(held, &whose->question, JF_SERVICE_HTTP, PLUGIN_HTTP_STREAM, &asked, 1);
    reading_lock();
    if (status != JF_OK) return status;
  }
  return JF_OK;
}

/* As much as there is room for. */
static void take_parts(body *whose, plugin_service_answer *answer) {
  uint64_t length = 0;
  while (whose->first != NULL && length < answer->capacity) {
    part *first = whose->first;
    uint32_t left = first->length - first->read;
    uint32_t taken = left < answer->capacity - length ? left : (uint32_t)(answer->capacity - length);
    memcpy(answer->buffer + length, first->bytes + first->read, taken);
    length += taken;
    first->read += taken;
    if (first->read < first->length) break;
    whose->first = first->next;
    if (whose->first == NULL) whose->end = &whose->first;
    free(first);
  }
  answer->bytes = (jf_bytes){answer->buffer, length};
}

static jf_status take_what_came(body *whose, plugin_service_answer *answer) {
  if (whose->first != NULL) {
    take_parts(whose, answer);
    return JF_OK;
  }
  whose->is_over = false;
  return whose->question.status;
}

static jf_status read_body(call *held, uint64_t exchange, plugin_service_answer *answer) {
  body *whose = find(held, exchange);
  if (whose == NULL) whose = add(held, exchange);
  if (whose == NULL) return JF_E_LIMIT;
  if (whose->is_being_read) return JF_E_STATE;
  whose->is_being_read = true;
  jf_status status = wait_for_part(held, whose);
  if (status == JF_OK) status = take_what_came(whose, answer);
  whose->is_being_read = false;
  remove_idle(held, whose);
  return status;
}

/* ---- the exchange ------------------------------------------------------------------------------------------------ */

static jf_status read_for(call *held, uint64_t exchange, plugin_service_answer *answer) {
  /* What came before is not read any more either. */
  jf_status standing = calls_standing(held);
  if (standing != JF_OK) return standing;
  reading_lock();
  jf_status status = read_body(held, exchange, answer);
  reading_unlock();
  return status;
}

static void forget(call *held, uint64_t exchange) {
  reading_lock();
  body *whose = find(held, exchange);
  if (whose != NULL && !whose->is_being_read) {
    free_parts(whose);
    whose->is_over = false;
    remove_idle(held, whose);
  }
  reading_unlock();
}

jf_status bodies_ask_service(
  const jf_host *host, const char *service, uint32_t operation, jf_call id, const jf_bytes *parts, uint32_t count,
  plugin_service_answer *answer) {
  bool reads = operation == PLUGIN_HTTP_READ, closes = operation == PLUGIN_HTTP_CLOSE;
  call *held = strcmp(service, JF_SERVICE_HTTP) == 0 && (reads || closes) ? calls_hold(id) : NULL;
  if (held == NULL) return questions_ask_service(host, service, operation, id, parts, count, answer);
  uint64_t exchange;
  memcpy(&exchange, parts[0].ptr, sizeof exchange);
  jf_status status = reads ? read_for(held, exchange, answer)
                           : questions_ask_service(host, service, operation, id, parts, count, answer);
  if (closes) forget(held, exchange);
  calls_release(held);
  return status;
}

void bodies_free(body *first) {
  while (first != NULL) {
    body *next = first->next;
    questions_withdraw(&first->question);
    free_parts(first);
    free(first);
    first = next;
  }
}
