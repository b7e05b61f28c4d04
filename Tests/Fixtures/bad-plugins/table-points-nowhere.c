#define OFFERED ((const jf_plugin *)(uintptr_t)4096)
#include "good.c"
