#include "zoo.h"

__attribute__((constructor)) static void on_load(void) { *(volatile int *)8 = 1; }
