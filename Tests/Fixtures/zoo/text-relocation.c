#include "zoo.h"

/* An address in the code itself, as a compiler makes it that was not told to make a shared object. */
__asm__(".text\n.globl where_it_is\n.hidden where_it_is\nwhere_it_is: .quad where_it_is\n");
