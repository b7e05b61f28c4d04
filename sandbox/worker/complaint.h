/* What a layer says when it cannot be put on. */
#ifndef COMPLAINT_H
#define COMPLAINT_H

#include <stdbool.h>

enum { COMPLAINT_MAX = 512 };

/* A sentence for the operator: which piece is missing, and the remedy. */
typedef struct complaint {
  char sentence[COMPLAINT_MAX];
} complaint;

/* Writes the sentence; answers false, so that a layer can return it. */
__attribute__((format(printf, 2, 3))) bool complain(complaint *why, const char *format, ...);

#endif
