/* Tools whose effects can be counted: each call is one line in a file, its idempotency key and its attempt, on disk before
 * the tool answers. */
#include <errno.h>
#include <fcntl.h>
#include <jackfield/plugin.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define TEXT(literal) {(const uint8_t *)(literal), sizeof(literal) - 1}

enum { WRITE, PUT, READ };

typedef struct instance {
  const jf_host *host;
  char path[512];
} instance;

/* The only key of the configuration, {"file": "…"}: its schema lets nothing else through. */
static int read_configuration(const jf_host *host, char *path, size_t capacity) {
  const jf_service_config *config = host->service(host, JF_SERVICE_CONFIG);
  if (config == NULL) return 0;
  jf_bytes json = config->json(host);
  const char *text = (const char *)json.ptr, *end = text + json.len;
  const char *colon = memchr(text, ':', json.len);
  const char *first = colon == NULL ? NULL : memchr(colon, '"', (size_t)(end - colon));
  const char *last = first == NULL ? NULL : memchr(first + 1, '"', (size_t)(end - first - 1));
  if (last == NULL || (size_t)(last - first) > capacity) return 0;
  memcpy(path, first + 1, (size_t)(last - first - 1));
  path[last - first - 1] = 0;
  return 1;
}

static jf_status open_instance(const jf_host *host, const jf_open_info *info, void **result, jf_bytes *error) {
  (void)info;
  instance *self = calloc(1, sizeof *self);
  if (self == NULL) return JF_E_INTERNAL;
  self->host = host;
  if (!read_configuration(host, self->path, sizeof self->path)) {
    static const jf_bytes message = TEXT("the configuration has no file");
    *error = message;
    free(self);
    return JF_E_ARGUMENT;
  }
  *result = self;
  return JF_OK;
}

static void close_instance(void *self) { free(self); }

static int append_line(const char *path, const char *line, size_t length) {
  int descriptor = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) return 0;
  /* One write: a line is there whole or not at all. */
  int is_written = write(descriptor, line, length) == (ssize_t)length && fsync(descriptor) == 0;
  close(descriptor);
  return is_written;
}

static jf_status invoke(void *opaque, jf_call call, uint32_t function, jf_bytes arguments) {
  (void)arguments;
  instance *self = opaque;
  const jf_call_info *info = self->host->info(self->host, call);
  if (info == NULL) return JF_E_STATE;
  static const char *const names[] = {"write", "put", "read"};
  char line[256];
  int length = snprintf(line, sizeof line, "%s %.*s %u\n", names[function], (int)info->idempotency_key.len,
                        (const char *)info->idempotency_key.ptr, info->attempt);
  if (length < 0 || (size_t)length >= sizeof line || !append_line(self->path, line, (size_t)length)) return JF_E_IO;
  static const jf_bytes result = TEXT("{\"done\":true}");
  return self->host->complete(self->host, call, JF_OK, result);
}

static const jf_function functions[] = {
    {sizeof(jf_function), JF_KIND_TOOL, JF_EFFECT_NON_IDEMPOTENT, 0, TEXT("write")},
    {sizeof(jf_function), JF_KIND_TOOL, JF_EFFECT_IDEMPOTENT, 0, TEXT("put")},
    {sizeof(jf_function), JF_KIND_TOOL, JF_EFFECT_NONE, 0, TEXT("read")},
};

static const jf_plugin plugin = {
    .size = sizeof(jf_plugin),
    .abi_built = JF_ABI_VERSION,
    .abi_oldest = JF_ABI(1, 0),
    .id = TEXT("ledger"),
    .version = TEXT("1.0.0"),
    .functions = functions,
    .function_stride = sizeof(jf_function),
    .function_count = 3,
    .open = open_instance,
    .close = close_instance,
    .invoke = invoke,
};

const jf_plugin *jackfield_plugin_v1(uint32_t host_abi) { return host_abi >> 16 == 1 ? &plugin : NULL; }
