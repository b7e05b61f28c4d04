/* A plugin without a fault. A module of this folder has one: it says, before it includes this, which part is its own.
 *
 * Two functions: `work`, which the defects are in, and `rest`, which stays as it is. Both answer {"value":1}. */
#include <jackfield/plugin.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#ifndef ID
#define ID "zoo"
#endif
#ifndef TABLE_SIZE
#define TABLE_SIZE sizeof(jf_plugin)
#endif
#ifndef ABI_BUILT
#define ABI_BUILT JF_ABI_VERSION
#endif
#ifndef ABI_OLDEST
#define ABI_OLDEST JF_ABI(1, 0)
#endif
#ifndef TABLE_FLAGS
#define TABLE_FLAGS 0
#endif
#ifndef FUNCTIONS
#define FUNCTIONS functions
#endif
#ifndef STRIDE
#define STRIDE sizeof(jf_function)
#endif
#ifndef FUNCTION_COUNT
#define FUNCTION_COUNT 2
#endif
#ifndef FUNCTION_SIZE
#define FUNCTION_SIZE sizeof(jf_function)
#endif
#ifndef EFFECT
#define EFFECT JF_EFFECT_NONE
#endif
#ifndef FUNCTION_FLAGS
#define FUNCTION_FLAGS 0
#endif
#ifndef FUNCTION_NAME
#define FUNCTION_NAME "work"
#endif
#ifndef ENTRY
#define ENTRY jackfield_plugin_v1
#endif
#ifndef OFFERED
#define OFFERED &plugin
#endif
#ifndef OPEN
#define OPEN open_instance
#endif
#ifndef CLOSE
#define CLOSE close_instance
#endif
#ifndef INVOKE
#define INVOKE invoke
#endif
#ifndef INVOKE_SLOT
#define INVOKE_SLOT INVOKE
#endif
#ifndef CANCEL
#define CANCEL cancel_nothing
#endif
#ifndef WORK
#define WORK work
#endif

#define SOUND __attribute__((unused)) static
#define TEXT(literal) {(const uint8_t *)(literal), sizeof(literal) - 1}

typedef struct instance {
  const jf_host *host;
} instance;

SOUND jf_bytes text(const char *string) { return (jf_bytes){(const uint8_t *)string, strlen(string)}; }

SOUND jf_status answer(const instance *self, jf_call call, const char *json) {
  return self->host->complete(self->host, call, JF_OK, text(json)), JF_OK;
}

/* Whoever has replaced one of these has its prototype here. */
SOUND jf_status OPEN(const jf_host *host, const jf_open_info *info, void **made, jf_bytes *error);
SOUND void CLOSE(void *closed);
SOUND jf_status INVOKE(void *called, jf_call call, uint32_t function, jf_bytes arguments);
SOUND void CANCEL(void *called, jf_call call);
SOUND jf_status WORK(instance *self, jf_call call, jf_bytes arguments);

SOUND jf_status open_instance(const jf_host *host, const jf_open_info *info, void **made, jf_bytes *error) {
  (void)info, (void)error;
  instance *self = malloc(sizeof *self);
  if (self == NULL) return JF_E_LIMIT;
  self->host = host;
  *made = self;
  return JF_OK;
}

SOUND void close_instance(void *closed) { free(closed); }

SOUND jf_status work(instance *self, jf_call call, jf_bytes arguments) {
  (void)arguments;
  return answer(self, call, "{\"value\":1}");
}

SOUND jf_status invoke(void *called, jf_call call, uint32_t function, jf_bytes arguments) {
  switch (function) {
  case 0: return WORK(called, call, arguments);
  case 1: return work(called, call, arguments);
  default: return JF_E_ARGUMENT;
  }
}

SOUND void cancel_nothing(void *called, jf_call call) { (void)called, (void)call; }

SOUND const jf_function functions[] = {
  {FUNCTION_SIZE, JF_KIND_TOOL, EFFECT, FUNCTION_FLAGS, TEXT(FUNCTION_NAME)},
  {sizeof(jf_function), JF_KIND_TOOL, JF_EFFECT_NONE, 0, TEXT("rest")},
};

SOUND const jf_plugin plugin = {
  .size = TABLE_SIZE,
  .abi_built = ABI_BUILT,
  .abi_oldest = ABI_OLDEST,
  .flags = TABLE_FLAGS,
  .id = TEXT(ID),
  .version = TEXT("1.0.0"),
  .functions = FUNCTIONS,
  .function_stride = STRIDE,
  .function_count = FUNCTION_COUNT,
  .open = OPEN,
  .close = CLOSE,
  .invoke = INVOKE_SLOT,
  .cancel = CANCEL,
};

JF_EXPORT const jf_plugin *ENTRY(uint32_t host_abi) {
  (void)host_abi;
  return OFFERED;
}
