#include "zoo.h"

/* Code that changes itself. */
__attribute__((used, section(".patched,\"awx\",@progbits#"))) static char patched[16] = {(char)0xc3};
