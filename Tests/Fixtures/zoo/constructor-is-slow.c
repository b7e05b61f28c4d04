#include "zoo.h"
#include <time.h>

__attribute__((constructor)) static void on_load(void) { nanosleep(&(struct timespec){0, 800000000}, NULL); }
