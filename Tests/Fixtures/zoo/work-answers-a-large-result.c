#define WORK work_badly
#include "zoo.h"

static jf_status work_badly(instance *self, jf_call call, jf_bytes arguments) {
  enum { SIZE = 2097152 };
  char *json = malloc(SIZE + 64);
  (void)arguments;
  if (json == NULL) return JF_E_LIMIT;
  strcpy(json, "{\"value\":1,\"text\":\"");
  size_t start = strlen(json);
  memset(json + start, 'x', SIZE);
  strcpy(json + start + SIZE, "\"}");
  answer(self, call, json);
  free(json);
  return JF_OK;
}
