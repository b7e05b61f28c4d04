#include "zoo.h"

JF_EXPORT int parse(const char *text) { return text[0]; }
