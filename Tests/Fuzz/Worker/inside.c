/* The two files whose state one input may not leave to the next. */
#include "calls.c"
#include "questions.c"

#include "bodies.h"
#include "fuzz.h"

void inside_begin(void) { calls_prepare(TOOL_CALLS_AT_A_TIME); }

static void free_call(call *slot) {
  bodies_free(slot->bodies);
  while (slot->kept != NULL) {
    kept *next = slot->kept->next;
    free(slot->kept);
    slot->kept = next;
  }
  if (slot->mapped != NULL) munmap(slot->mapped, slot->mapped_length);
  if (slot->packet != NULL && slot->id != 0) packet_put(slot->packet);
}

/* It is on the stack of a thread that waits no more. */
static void free_question(question *asked) {
  if (!asked->is_about_memory) {
    free(((service_question *)asked)->kept);
    return;
  }
  memory *wanted = &((memory_question *)asked)->memory;
  if (wanted->bytes != NULL) munmap(wanted->bytes, wanted->length);
}

void inside_end(void) {
  for (uint32_t at = 0; at < slot_count; at++) free_call(&slots[at]);
  for (int at = 0; at < QUESTIONS; at++) {
    if (open[at] != NULL) free_question(open[at]);
    open[at] = NULL;
  }
  memset(slots, 0, slot_count * sizeof *slots);
  slot_count = 0;
  open_services = memories = 0;
  last_number = 0;
}
