/* Tools whose effects can be counted: each call is one line, its idempotency key and its attempt, on disk before the tool
 * answers. The lines are in the file of the configuration, for a plugin in the host's process; without one they are keys of
 * the host's store, for a plugin in a worker, which has no files. */
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
  const jf_service_kv *kv; /* null where there is a file */
  int reconciles;
  char path[512];
} instance;

/* The keys of the configuration are {"file": "…"} and {"reconciles": true}: its schema lets nothing else through. */
static void read_configuration(const jf_host *host, instance *self) {
  const jf_service_config *config = host->service(host, JF_SERVICE_CONFIG);
  if (config == NULL) return;
  jf_bytes json = config->json(host);
  char text[640];
  snprintf(text, sizeof text, "%.*s", (int)json.len, (const char *)json.ptr);
  self->reconciles = strstr(text, "true") != NULL;
  const char *colon = strchr(text, ':');
  const char *first = colon == NULL ? NULL : strchr(colon, '"');
  const char *last = first == NULL ? NULL : strchr(first + 1, '"');
  if (self->reconciles || last == NULL) return;
  snprintf(self->path, sizeof self->path, "%.*s", (int)(last - first - 1), first + 1);
}

static jf_status open_instance(const jf_host *host, const jf_open_info *info, void **result, jf_bytes *error) {
  (void)info;
  instance *self = calloc(1, sizeof *self);
  if (self == NULL) return JF_E_INTERNAL;
  self->host = host;
  read_configuration(host, self);
  if (self->path[0] == 0) self->kv = host->service(host, JF_SERVICE_KV);
  if (self->path[0] == 0 && self->kv == NULL) {
    static const jf_bytes message = TEXT("there is neither a file nor a store");
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

/* Once for each attempt: a line that is there already is one effect too many. */
static int store_line(instance *self, jf_call call, const char *line, size_t length) {
  jf_bytes key = {(const uint8_t *)line, length};
  static const jf_bytes value = TEXT("1");
  return self->kv->put(self->host, call, key, value, JF_KV_ABSENT, 0, NULL) == JF_OK;
}

static const char *const names[] = {"write", "put", "read"};

static jf_status invoke(void *opaque, jf_call call, uint32_t function, jf_bytes arguments) {
  (void)arguments;
  instance *self = opaque;
  const jf_call_info *info = self->host->info(self->host, call);
  if (info == NULL) return JF_E_STATE;
  char line[256];
  int length = snprintf(line, sizeof line, "%s %.*s %u\n", names[function], (int)info->idempotency_key.len,
                        (const char *)info->idempotency_key.ptr, info->attempt);
  if (length < 0 || (size_t)length >= sizeof line) return JF_E_IO;
  int is_written = self->kv == NULL ? append_line(self->path, line, (size_t)length)
                                    : store_line(self, call, line, (size_t)length - 1);
  if (!is_written) return JF_E_IO;
  static const jf_bytes result = TEXT("{\"done\":true}");
  return self->host->complete(self->host, call, JF_OK, result);
}

/* What a test has put beside the file, as the answer; without it nothing can be looked up. */
static jf_status answer_of_test(instance *self, jf_call call, uint32_t function) {
  char path[sizeof self->path + 16], text[512];
  snprintf(path, sizeof path, "%s.reconcile", self->path);
  int descriptor = function == WRITE ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  if (descriptor < 0) return JF_E_UNSUPPORTED;
  ssize_t length = read(descriptor, text, sizeof text);
  close(descriptor);
  if (length < 0) return JF_E_IO;
  return self->host->complete(self->host, call, JF_OK, (jf_bytes){(const uint8_t *)text, (size_t)length});
}

/* What is written is in the store, whatever became of whoever wrote it. */
static jf_status reconcile(void *opaque, jf_call call, uint32_t function, jf_bytes arguments) {
  (void)arguments;
  instance *self = opaque;
  const jf_call_info *info = self->host->info(self->host, call);
  if (info == NULL) return JF_E_STATE;
  if (self->path[0] != 0) return answer_of_test(self, call, function);
  if (self->kv == NULL || !self->reconciles) return JF_E_UNSUPPORTED;
  char prefix[256];
  int length = snprintf(prefix, sizeof prefix, "%s %.*s ", names[function], (int)info->idempotency_key.len,
                        (const char *)info->idempotency_key.ptr);
  if (length < 0 || (size_t)length >= sizeof prefix) return JF_E_IO;
  jf_bytes wanted = {(const uint8_t *)prefix, (uint64_t)length}, first = {NULL, 0}, keys;
  jf_status status = self->kv->list(self->host, call, wanted, first, 1, &keys);
  if (status != JF_OK) return status;
  static const jf_bytes happened = TEXT("{\"outcome\":\"happened\",\"result\":{\"done\":true}}");
  static const jf_bytes did_not = TEXT("{\"outcome\":\"did_not_happen\"}");
  /* More than the brackets of an empty array. */
  return self->host->complete(self->host, call, JF_OK, keys.len > 2 ? happened : did_not);
}

static jf_status preview(void *opaque, jf_call call, uint32_t function, jf_bytes arguments) {
  instance *self = opaque;
  if (function != WRITE) return JF_E_UNSUPPORTED;
  char text[256];
  int length = snprintf(text, sizeof text, "{\"summary\":\"Writes a line.\",\"details\":%.*s}", (int)arguments.len,
                        (const char *)arguments.ptr);
  if (length < 0 || (size_t)length >= sizeof text) return JF_E_INTERNAL;
  return self->host->complete(self->host, call, JF_OK, (jf_bytes){(const uint8_t *)text, (size_t)length});
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
    .reconcile = reconcile,
    .preview = preview,
};

const jf_plugin *jackfield_plugin_v1(uint32_t host_abi) { return host_abi >> 16 == 1 ? &plugin : NULL; }
