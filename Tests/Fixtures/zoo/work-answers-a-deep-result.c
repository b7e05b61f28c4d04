#define WORK work_badly
#include "zoo.h"

static jf_status work_badly(instance *self, jf_call call, jf_bytes arguments) {
  enum { DEPTH = 20000 };
  char json[2 * DEPTH + 32];
  (void)arguments;
  strcpy(json, "{\"value\":1,\"text\":");
  size_t start = strlen(json);
  memset(json + start, '[', DEPTH);
  memset(json + start + DEPTH, ']', DEPTH);
  strcpy(json + start + 2 * DEPTH, "}");
  return answer(self, call, json);
}
