#include "packets.h"
#include "ending.h"
#include <pthread.h>
#include <stdlib.h>

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static packet *unused;

packet *packet_take(void) {
  pthread_mutex_lock(&lock);
  packet *taken = unused;
  if (taken != NULL) unused = taken->next;
  pthread_mutex_unlock(&lock);
  if (taken == NULL) taken = malloc(sizeof *taken);
  if (taken == NULL) abort();
  return taken;
}

void packet_put(packet *done) {
  pthread_mutex_lock(&lock);
  done->next = unused;
  unused = done;
  pthread_mutex_unlock(&lock);
}
