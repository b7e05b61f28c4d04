/* One input: a worker from READY to its end, on one thread. In the place of reading.c: who waits reads the next frame. */
#include "fuzz.h"
#include "confinement.h"
#include "ending.h"
#include "reading.h"
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>

enum { MOST_PUT_OFF = CALL_SLOTS * 2 };

static jmp_buf end;
static int ended_with;
static work put_off[MOST_PUT_OFF];
static uint32_t put_off_count;
static packet *reading;

void broken(const char *promise) {
  fprintf(stderr, "broken: %s\n", promise);
  abort();
}

void worker_end(int status) {
  PROMISE(status == WORKER_CLOSED || status == WORKER_HOST_IS_GONE || status == WORKER_BAD_FRAME, "a worker ends in one of its ways");
  inside_end();
  if (reading != NULL) packet_put(reading);
  ended_with = status;
  longjmp(end, 1);
}

static work read_frame(void) {
  wire_frame frame;
  reading = packet_take();
  int status = wire_receive(CONFINED_CHANNEL, reading->bytes, &frame);
  if (status <= 0) worker_end(status == 0 ? WORKER_HOST_IS_GONE : WORKER_BAD_FRAME);
  work found = dispatch(&frame, reading);
  if (found.call == NULL) packet_put(reading);
  reading = NULL;
  return found;
}

static void run(work found) {
  if (found.call != NULL)
    dispatch_call(found.call);
  else if (found.cancelled != 0)
    dispatch_cancel(found.cancelled);
}

void reading_lock(void) {}
void reading_unlock(void) {}
void reading_call(waiter *whom) { whom->is_called = true; }

void reading_wait(waiter *self) {
  while (!self->is_called) {
    work found = read_frame();
    if (found.call == NULL && found.cancelled == 0) continue;
    if (put_off_count == MOST_PUT_OFF) worker_end(WORKER_BAD_FRAME);
    put_off[put_off_count++] = found;
  }
  self->is_called = false;
}

void reading_sleep(waiter *self) {
  (void)self;
  broken("a thread alone never waits for another");
}

int LLVMFuzzerTestOneInput(const uint8_t *input, size_t length);
int LLVMFuzzerTestOneInput(const uint8_t *input, size_t length) {
  host_begin(input, length);
  plugin_begin();
  inside_begin();
  put_off_count = 0;
  reading = NULL;
  if (setjmp(end) == 0)
    for (;;) run(put_off_count > 0 ? put_off[--put_off_count] : read_frame());
  host_check_end(ended_with);
  return 0;
}
