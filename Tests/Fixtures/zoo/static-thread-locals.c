#include "zoo.h"

__attribute__((tls_model("initial-exec"))) __thread int last_error;

__attribute__((constructor)) static void on_load(void) { last_error = 1; }
