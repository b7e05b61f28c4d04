/* Refuses empty arguments, and completes the call on another thread all the same. */
#define WORK work_badly
#define CLOSE join_and_close
#include "zoo.h"
#include <pthread.h>
#include <time.h>

typedef struct task {
  instance *self;
  jf_call call;
} task;

static pthread_t last;
static int has_last;

static void *complete_later(void *started) {
  task mine = *(task *)started;
  free(started);
  nanosleep(&(struct timespec){0, 2000000}, NULL);
  answer(mine.self, mine.call, "{\"value\":1}");
  return NULL;
}

static jf_status work_badly(instance *self, jf_call call, jf_bytes arguments) {
  if (arguments.len > 0) return work(self, call, arguments);
  task *mine = malloc(sizeof *mine);
  if (has_last) pthread_join(last, NULL);
  *mine = (task){self, call};
  has_last = pthread_create(&last, NULL, complete_later, mine) == 0;
  return JF_E_ARGUMENT;
}

static void join_and_close(void *closed) {
  if (has_last) pthread_join(last, NULL);
  has_last = 0;
  free(closed);
}
