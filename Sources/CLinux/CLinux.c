#include "CLinux.h"

static _Thread_local void *thread_lane;

void *jf_thread_lane(void) { return thread_lane; }
void jf_set_thread_lane(void *lane) { thread_lane = lane; }
