#include "zoo.h"

__attribute__((constructor)) static void on_load(void) { setenv("TZ", "UTC", 1); }
