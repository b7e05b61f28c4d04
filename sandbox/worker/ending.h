/* How a worker ends by itself. Whatever else it ends with came from its plugin. */
#ifndef WORKER_ENDING_H
#define WORKER_ENDING_H

enum {
  WORKER_CLOSED = 0,
  WORKER_REFUSED = 2,      /* after WIRE_FAILED */
  WORKER_HOST_IS_GONE = 3, /* the channel ended */
  WORKER_BAD_FRAME = 4     /* the host said what makes no sense */
};

/* At once, with no destructor run: those are the plugin's. */
__attribute__((noreturn)) void worker_end(int status);

#endif
