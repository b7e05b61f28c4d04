#include "CLinux.h"

#include <sys/eventfd.h>

static _Thread_local void *thread_lane;

void *jf_thread_lane(void) { return thread_lane; }
void jf_set_thread_lane(void *lane) { thread_lane = lane; }

int jf_eventfd(void) { return eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK); }
