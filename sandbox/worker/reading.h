/* Who reads the channel, and who runs calls.
 *
 * One thread reads at a time. It runs the call that it has read itself, so that a call costs no wake-up of another
 * thread; meanwhile its turn is only lent to it. Another thread takes the turn when the call lasts (the watcher looks
 * every millisecond), at once when other calls run or wait for answers, and a thread that waits for an answer takes it
 * too, and reads until it has what it waits for. */
#ifndef WORKER_READING_H
#define WORKER_READING_H

#include "calls.h"

/* Serves the channel until the worker ends. */
__attribute__((noreturn)) void reading_serve(void);

/* With what follows a thread waits for something that a frame will bring. */
void reading_lock(void);
void reading_unlock(void);
/* With the lock held: waits for a frame, or reads one. Comes back without the lock having been held all the time, and
 * without a promise. */
void reading_wait(void);
/* With the lock held: something that somebody waits for has changed. */
void reading_changed(void);

#endif
