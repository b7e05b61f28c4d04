#pragma once

/* Calls of malloc and its kin in this process so far. */
unsigned long jf_allocations(void);
