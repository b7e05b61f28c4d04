#include "zoo.h"
#include <signal.h>

__attribute__((constructor)) static void on_load(void) { signal(SIGTERM, SIG_IGN); }
