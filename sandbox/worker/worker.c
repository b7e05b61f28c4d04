#include "worker.h"
#include "bodies.h"
#include "calls.h"
#include "ending.h"
#include "memories.h"
#include "plugin.h"
#include "reading.h"
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <unistd.h>

/* The payload of LOAD stays: the plugin's configuration and tenant are in it. */
static const uint8_t *keep_payload(const wire_frame *frame) {
  const wire_header *header = &frame->header;
  if (header->flags & WIRE_IN_MEMORY) {
    void *bytes = memory_map(frame->descriptors[1], header->length, PROT_READ);
    close(frame->descriptors[1]);
    return bytes;
  }
  uint8_t *bytes = malloc(header->length);
  if (bytes != NULL) memcpy(bytes, frame->payload, header->length);
  return bytes;
}

static bool is_load(const wire_frame *frame) {
  bool is_in_memory = (frame->header.flags & WIRE_IN_MEMORY) != 0;
  return frame->header.type == WIRE_LOAD && (frame->header.flags & ~WIRE_IN_MEMORY) == 0 && frame->header.length > 0
    && frame->descriptor_count == (is_in_memory ? 2 : 1);
}

static void load(const confinement *plan, const confined *confined) {
  packet *room = packet_take();
  wire_frame frame;
  int status = wire_receive(CONFINED_CHANNEL, room->bytes, &frame);
  if (status == 0) worker_end(WORKER_HOST_IS_GONE);
  if (status < 0 || !is_load(&frame)) worker_end(WORKER_BAD_FRAME);
  const uint8_t *payload = keep_payload(&frame);
  packet_put(room);
  static refusal why;
  if (payload != NULL && plugin_load(plan, confined, frame.descriptors[0], payload, frame.header.length, &why)) return;
  if (payload == NULL) {
    why.kind = WIRE_FAILURE_LOAD;
    strcpy(why.sentence, "there is no memory");
  }
  const wire_header failed = {.type = WIRE_FAILED, .kind = why.kind, .length = (uint32_t)strlen(why.sentence)};
  wire_send(CONFINED_CHANNEL, &failed, why.sentence, NULL, 0);
  worker_end(WORKER_REFUSED);
}

void worker_run(const confinement *plan, const confined *confined) {
  prctl(PR_SET_NAME, "jf-worker");
  mallopt(M_ARENA_MAX, 2); /* each more takes 64 MiB of the address space, of which threads need their stacks */
  plugin_services_through(bodies_ask_service);
  load(plan, confined);
  const uint32_t can = (loaded.table.reconcile != NULL ? 1 : 0) | (loaded.table.preview != NULL ? 2 : 0);
  calls_prepare(plugin_calls_at_a_time());
  const wire_header ready = {.type = WIRE_READY, .kind = can, .count = plugin_calls_at_a_time()};
  if (wire_send(CONFINED_CHANNEL, &ready, NULL, NULL, 0) < 0) worker_end(WORKER_HOST_IS_GONE);
  reading_serve();
}
