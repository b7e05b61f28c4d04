#include "zoo.h"
#include <fcntl.h>

__attribute__((constructor)) static void on_load(void) { open("/dev/null", O_RDONLY | O_CLOEXEC); }
