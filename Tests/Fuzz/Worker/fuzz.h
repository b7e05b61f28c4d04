/* The worker's side of the wire without a wire, a process or a thread: an input is what a host says, frame by frame, and what
 * the worker says back is held against the rules of worker_wire.h.
 *
 *   host.c      makes frames of the input, and hears the worker's
 *   plugin.c    a plugin that does what its arguments say
 *   inside.c    calls.c and questions.c of the worker, with a way to begin anew
 */
#ifndef FUZZ_H
#define FUZZ_H

#include "dispatch.h"
#include <stddef.h>

/* Stops the fuzzer with a sentence: a promise is broken. */
__attribute__((noreturn)) void broken(const char *promise);
#define PROMISE(condition, promise) ((condition) ? (void)0 : broken(promise))

/* --- host.c */
void host_begin(const uint8_t *input, size_t length);
bool host_has_frame(void);
/* What a worker that has ended with `status` may not have left behind. */
void host_check_end(int status);

/* --- inside.c */
void inside_begin(void);
/* Gives back what calls and questions hold. On the stack that asks: what is asked is there. */
void inside_end(void);

/* --- plugin.c */
void plugin_begin(void);

#endif
