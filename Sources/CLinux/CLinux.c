#include "CLinux.h"

#include <errno.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <sys/file.h>

static _Thread_local void *thread_lane;

void *jf_thread_lane(void) { return thread_lane; }
void jf_set_thread_lane(void *lane) { thread_lane = lane; }

void jf_name_thread(pthread_t thread, const char *name) { pthread_setname_np(thread, name); }

int jf_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

int jf_try_lock_file(int descriptor) { return flock(descriptor, LOCK_EX | LOCK_NB); }

int jf_is_file_locked(int descriptor) {
  if (flock(descriptor, LOCK_SH | LOCK_NB) != 0) return errno == EWOULDBLOCK;
  flock(descriptor, LOCK_UN);
  return 0;
}
