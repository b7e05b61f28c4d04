#include "reading.h"
#include "dispatch.h"
#include "ending.h"
#include "plugin.h"
#include <errno.h>
#include <time.h>

enum {
  SMALL_STACK = 512 << 10, /* where there are many threads */
  TICK_NS = 1000000,
  QUIET_TICKS = 20, /* after so many without a call that may need it the watcher looks seldom, and only while one runs */
  LONG_TICK_NS = 50000000
};

/* Whose turn it is to read: nobody's, that of a thread that does, or lent to one that runs a call; a number above
 * READING stands for one time of lending. */
enum { FREE = 0, READING = 1 };
static _Atomic uint64_t turn = READING;
static _Atomic uint64_t lendings = READING;
static _Thread_local uint64_t lent; /* to this thread; 0: not */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t more = PTHREAD_COND_INITIALIZER; /* for idle threads */
static pthread_cond_t watch;                           /* for the one among them that watches */
static _Atomic bool is_watcher_asleep;
static waiter *last_asleep; /* they wait for answers, and do not read */
static _Atomic uint32_t asleep;
static _Atomic uint32_t running; /* calls inside the plugin */
static uint32_t calls_at_a_time;
static pthread_attr_t thread_kind;
static uint32_t threads = 1, idle;
static bool is_watched;

static work queue[CALL_SLOTS * 2];
static uint32_t queue_first, queue_count;

__attribute__((noreturn)) static void *begin_thread(void *nothing);

/* ---- with the lock held ------------------------------------------------------------------------------------------ */

static bool take_turn(uint64_t from) { return atomic_compare_exchange_strong(&turn, &from, READING); }

/* Somebody must be there who takes what is left. */
static void ensure_idle_thread(void) {
  pthread_t thread;
  if (idle > 0 || threads == calls_at_a_time + 2 || pthread_create(&thread, &thread_kind, begin_thread, NULL) != 0) return;
  threads++;
}

static void wake_idle_threads(void) {
  ensure_idle_thread();
  pthread_cond_signal(&more);
  pthread_cond_signal(&watch);
}

static void fall_asleep(waiter *self) {
  self->is_asleep = true;
  self->before = last_asleep;
  self->after = NULL;
  if (last_asleep != NULL) last_asleep->after = self;
  last_asleep = self;
  asleep++;
}

static void wake_up(waiter *whom) {
  whom->is_asleep = false;
  if (whom->before != NULL) whom->before->after = whom->after;
  if (whom->after != NULL) whom->after->before = whom->before;
  if (last_asleep == whom) last_asleep = whom->before;
  asleep--;
  pthread_cond_signal(&whom->news);
}

/* To whoever fell asleep last, whose stack is the warmest. */
static void free_turn(void) {
  atomic_store(&turn, FREE);
  if (last_asleep != NULL)
    wake_up(last_asleep);
  else
    wake_idle_threads();
}

static void put_off(work later) {
  if (queue_count == sizeof queue / sizeof *queue) worker_end(WORKER_BAD_FRAME);
  queue[(queue_first + queue_count++) % (sizeof queue / sizeof *queue)] = later;
  wake_idle_threads();
}

static bool take_work(work *taken) {
  if (queue_count == 0 || (queue[queue_first].call != NULL && running >= calls_at_a_time)) return false;
  *taken = queue[queue_first];
  queue_first = (queue_first + 1) % (sizeof queue / sizeof *queue);
  queue_count--;
  return true;
}

void reading_lock(void) { pthread_mutex_lock(&lock); }
void reading_unlock(void) { pthread_mutex_unlock(&lock); }

void reading_call(waiter *whom) {
  whom->is_called = true;
  if (whom->is_asleep)
    wake_up(whom);
  else
    pthread_cond_signal(&whom->news);
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

/* Reads one frame and does what it asks for, but for what runs code of the plugin: that is the answer. */
static work read_frame(void) {
  packet *into = packet_take();
  wire_frame frame;
  int status = wire_receive(CONFINED_CHANNEL, into->bytes, &frame);
  if (status == 0) worker_end(WORKER_HOST_IS_GONE);
  if (status < 0) worker_end(status == -EBADMSG ? WORKER_BAD_FRAME : WORKER_HOST_IS_GONE);
  work found = dispatch(&frame, into);
  if (found.call == NULL) packet_put(into);
  return found;
}

static bool is_work(work found) { return found.call != NULL || found.cancelled != 0; }

/* To this thread, which runs a call. */
static void lend(void) {
  lent = atomic_fetch_add(&lendings, 1) + 1;
  atomic_store(&turn, lent);
}

/* With the turn, which was `from`'s. */
static void read_until_called(waiter *self, uint64_t from) {
  while (!self->is_called) {
    pthread_mutex_unlock(&lock);
    work found = read_frame();
    pthread_mutex_lock(&lock);
    if (is_work(found)) put_off(found);
  }
  if (lent != 0 && lent == from)
    lend();
  else
    free_turn();
}

void reading_wait(waiter *self) {
  while (!self->is_called) {
    uint64_t now = atomic_load(&turn);
    /* Lent to us or to another who does not use it now: both may be taken back. */
    if (now != READING && take_turn(now)) {
      read_until_called(self, now);
      break;
    }
    fall_asleep(self);
    while (self->is_asleep) pthread_cond_wait(&self->news, &lock);
    /* Woken to read, and what it waits for came first. */
    if (self->is_called && atomic_load(&turn) == FREE) free_turn();
  }
  self->is_called = false;
}

void reading_sleep(waiter *self) {
  while (!self->is_called) pthread_cond_wait(&self->news, &lock);
  self->is_called = false;
}

/* ---- running ----------------------------------------------------------------------------------------------------- */

static void lend_turn(void) {
  if (asleep > 0 || running > 0) {
    pthread_mutex_lock(&lock);
    ensure_idle_thread();
    bool is_somebody_there = idle > 0 || asleep > 0;
    if (is_somebody_there) free_turn();
    pthread_mutex_unlock(&lock);
    if (is_somebody_there) return;
  }
  lend();
  if (!atomic_load(&is_watcher_asleep)) return;
  pthread_mutex_lock(&lock);
  pthread_cond_signal(&watch);
  pthread_mutex_unlock(&lock);
}

/* Answers whether this thread reads on. */
static bool take_back_turn(void) {
  uint64_t expected = lent;
  lent = 0;
  return expected != 0 && atomic_compare_exchange_strong(&turn, &expected, READING);
}

static void run(work found) {
  if (found.call == NULL) {
    dispatch_cancel(found.cancelled);
    return;
  }
  running++;
  dispatch_call(found.call);
  running--;
}

static void read_on(void) {
  for (;;) {
    work found = read_frame();
    if (!is_work(found)) continue;
    if (found.call == NULL || running >= calls_at_a_time) {
      pthread_mutex_lock(&lock);
      put_off(found);
      pthread_mutex_unlock(&lock);
      continue;
    }
    lend_turn();
    run(found);
    if (!take_back_turn()) return;
  }
}

/* ---- idle threads ------------------------------------------------------------------------------------------------ */

static void watch_again_after(long nanoseconds) {
  struct timespec until;
  clock_gettime(CLOCK_MONOTONIC, &until);
  until.tv_nsec += nanoseconds;
  if (until.tv_nsec >= 1000000000) {
    until.tv_sec++;
    until.tv_nsec -= 1000000000;
  }
  pthread_cond_timedwait(&watch, &lock, &until);
}

/* One look at the turn; answers whether it was taken from a call that has lasted since the look before. */
static bool look(uint64_t *seen, int *quiet) {
  uint64_t now = atomic_load(&turn);
  if (now > READING) {
    *quiet = 0;
    if (now == *seen && take_turn(now)) return true;
    *seen = now;
  } else {
    ++*quiet;
  }
  if (*quiet < QUIET_TICKS) {
    watch_again_after(TICK_NS);
    return false;
  }
  atomic_store(&is_watcher_asleep, true);
  if (atomic_load(&turn) <= READING) {
    /* A call that has waited for an answer may work from now on, and would not say so. */
    if (running > 0)
      watch_again_after(LONG_TICK_NS);
    else
      pthread_cond_wait(&watch, &lock);
  }
  atomic_store(&is_watcher_asleep, false);
  return false;
}

/* Answers true with the turn, or false with something to run. */
static bool wait_for_turn(work *found) {
  uint64_t seen = FREE;
  int quiet = 0;
  bool watches = false, has_turn = false;
  pthread_mutex_lock(&lock);
  idle++;
  while (!take_work(found)) {
    has_turn = take_turn(FREE);
    if (has_turn) break;
    if (!is_watched) watches = is_watched = true;
    if (!watches) {
      pthread_cond_wait(&more, &lock);
      continue;
    }
    has_turn = look(&seen, &quiet);
    if (has_turn) break;
  }
  idle--;
  if (watches) is_watched = false;
  if (idle > 0)
    pthread_cond_signal(&more); /* somebody else watches now */
  else
    ensure_idle_thread();
  pthread_mutex_unlock(&lock);
  return has_turn;
}

static void *begin_thread(void *nothing) {
  (void)nothing;
  for (;;) {
    work found;
    if (wait_for_turn(&found))
      read_on();
    else
      run(found);
  }
}

void reading_serve(void) {
  pthread_condattr_t monotonic;
  pthread_condattr_init(&monotonic);
  pthread_condattr_setclock(&monotonic, CLOCK_MONOTONIC);
  pthread_cond_init(&watch, &monotonic);
  pthread_attr_init(&thread_kind);
  pthread_attr_setdetachstate(&thread_kind, PTHREAD_CREATE_DETACHED);
  calls_at_a_time = plugin_calls_at_a_time();
  if (calls_at_a_time > TOOL_CALLS_AT_A_TIME) pthread_attr_setstacksize(&thread_kind, SMALL_STACK);
  pthread_mutex_lock(&lock);
  ensure_idle_thread();
  pthread_mutex_unlock(&lock);
  read_on();
  begin_thread(NULL);
}
