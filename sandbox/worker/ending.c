#include "ending.h"
#include <unistd.h>

void worker_end(int status) { _exit(status); }
