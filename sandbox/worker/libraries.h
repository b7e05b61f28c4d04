/* Where plugins find the libraries that they are linked with. */
#ifndef LIBRARIES_H
#define LIBRARIES_H

#include "confinement.h"

enum { LIBRARIES_MAX = 8, LIBRARY_PATH_MAX = 4096 };

typedef struct libraries {
  char paths[LIBRARIES_MAX][LIBRARY_PATH_MAX]; /* without links in them */
  uint32_t count;
} libraries;

/* The system's, the loader's cache and `runtime`. Also loads what the C library would open only when it needs it. */
bool find_libraries(libraries *found, const char *runtime, complaint *why);

#endif
