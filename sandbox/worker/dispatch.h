/* What a frame of the host asks for. */
#ifndef WORKER_DISPATCH_H
#define WORKER_DISPATCH_H

#include "calls.h"

/* Something that runs code of the plugin: a held call, or the number of one that was cancelled; neither: nothing. */
typedef struct work {
  call *call;
  uint64_t cancelled;
} work;

/* `packet`, which holds the frame, is the call's where one is answered. */
work dispatch(const wire_frame *frame, packet *packet);

void dispatch_call(call *held);
void dispatch_cancel(uint64_t id);

#endif
