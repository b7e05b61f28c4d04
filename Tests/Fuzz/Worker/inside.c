/* The two files whose state one input may not leave to the next. */
#include "calls.c"
#include "questions.c"

#include "fuzz.h"

void inside_begin(void) { calls_prepare(TOOL_CALLS_AT_A_TIME); }

static void free_call(call *slot) {
  while (slot->kept != NULL) {
    kept *next = slot->kept->next;
    free(slot->kept);
    slot->kept = next;
  }
  if (slot->mapped != NULL) munmap(slot->mapped, slot->mapped_length);
  if (slot->packet != NULL && slot->id != 0) packet_put(slot->packet);
}

void inside_end(void) {
  for (int at = 0; at < QUESTIONS; at++) {
    if (open[at] == NULL) continue;
    free(open[at]->kept);
    if (open[at]->memory.bytes != NULL) munmap(open[at]->memory.bytes, open[at]->memory.length);
    open[at] = NULL;
  }
  for (uint32_t at = 0; at < slot_count; at++) free_call(&slots[at]);
  memset(slots, 0, slot_count * sizeof *slots);
  slot_count = 0;
  open_services = memories = 0;
  last_number = 0;
}
