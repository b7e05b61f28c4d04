#include "CLinux.h"

#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/prctl.h>

static _Thread_local void *thread_lane;

void *jf_thread_lane(void) { return thread_lane; }
void jf_set_thread_lane(void *lane) { thread_lane = lane; }

void jf_name_thread(pthread_t thread, const char *name) { pthread_setname_np(thread, name); }

int jf_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }

int jf_try_lock_file(int descriptor) { return flock(descriptor, LOCK_EX | LOCK_NB); }

int jf_lock_file(int descriptor) {
  int status;
  do status = flock(descriptor, LOCK_EX);
  while (status != 0 && errno == EINTR);
  return status;
}

int jf_is_file_locked(int descriptor) {
  if (flock(descriptor, LOCK_SH | LOCK_NB) != 0) return errno == EWOULDBLOCK;
  flock(descriptor, LOCK_UN);
  return 0;
}

void jf_forbid_dumps(void) { prctl(PR_SET_DUMPABLE, 0); }

long jf_position_of(const void *sought, size_t length, const void *bytes, size_t count) {
  const char *found = memmem(bytes, count, sought, length);
  return found == NULL ? -1 : found - (const char *)bytes;
}
