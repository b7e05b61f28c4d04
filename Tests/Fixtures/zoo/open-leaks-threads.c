#define OPEN open_with_thread
#include "zoo.h"
#include <pthread.h>
#include <unistd.h>

static void *wait_for_ever(void *nothing) {
  for (;;) pause();
  return nothing;
}

static jf_status open_with_thread(const jf_host *host, const jf_open_info *info, void **made, jf_bytes *error) {
  pthread_attr_t small;
  pthread_t thread;
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, 65536);
  if (pthread_create(&thread, &small, wait_for_ever, NULL) == 0) pthread_detach(thread);
  pthread_attr_destroy(&small);
  return open_instance(host, info, made, error);
}
