#pragma once
// What Linux offers and Swift's Glibc module does not import: variadic or macro-only system calls, thread-local slots.
#include <stdint.h>
