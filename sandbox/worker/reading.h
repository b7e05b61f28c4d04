/* Who reads the channel, and who runs calls.
 *
 * One thread reads at a time. It runs the call that it has read itself, so that a call costs no wake-up of another
 * thread; meanwhile its turn is only lent to it. Another thread takes the turn when the call lasts (the watcher looks
 * every millisecond), at once when other calls run or wait for answers, and a thread that waits for an answer takes it
 * too, and reads until it has what it waits for. What others wait for it hands to each of them alone: a hundred calls that
 * wait for their answers cost no more than one. */
#ifndef WORKER_READING_H
#define WORKER_READING_H

#include "calls.h"

/* Serves the channel until the worker ends. */
__attribute__((noreturn)) void reading_serve(void);

/* A thread that waits; on its stack. */
typedef struct waiter {
  bool is_called;
  bool is_asleep; /* and in the list of those */
  pthread_cond_t news;
  struct waiter *before, *after;
} waiter;
#define WAITER {.news = PTHREAD_COND_INITIALIZER}

void reading_lock(void);
void reading_unlock(void);
/* With the lock held: comes back once it was called, without the lock having been held all the time. Who is called before
 * it waits does not wait. `reading_wait` is for what a frame brings, and reads meanwhile where nobody else does;
 * `reading_sleep` for what another thread of the worker does. */
void reading_wait(waiter *self);
void reading_sleep(waiter *self);
/* With the lock held: what `whom` waits for has come. */
void reading_call(waiter *whom);

#endif
