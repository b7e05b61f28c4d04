/* A model that answers nobody until CROWD calls are inside, and then all of them at once and at length. */
#include "one_function.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

enum { LENGTH = 100000 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t arrived = PTHREAD_COND_INITIALIZER;
static int inside;

static void wait_for_all(void) {
  pthread_mutex_lock(&lock);
  if (++inside == CROWD) pthread_cond_broadcast(&arrived);
  while (inside < CROWD) pthread_cond_wait(&arrived, &lock);
  pthread_mutex_unlock(&lock);
}

static jf_status invoke(void *opened, jf_call call, uint32_t function, jf_bytes arguments) {
  (void)opened, (void)function;
  wait_for_all();
  uint8_t *answer = malloc(LENGTH);
  if (answer == NULL) return JF_E_INTERNAL;
  memset(answer, ' ', LENGTH);
  memcpy(answer, arguments.ptr, arguments.len);
  jf_status status = host->complete(host, call, JF_OK, (jf_bytes){answer, LENGTH});
  free(answer);
  return status;
}

ONE_FUNCTION("crowd", JF_KIND_CHAT, "chat")
