#include "plugin.h"
#include "calls.h"
#include "ending.h"
#include "host_table.h"
#include "plugin_loading.h"
#include <dlfcn.h>
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

plugin loaded;

enum { ID, VERSION, TENANT, CONFIGURATION, SERVICES, FUNCTIONS, TEXTS };

typedef const jf_plugin *(*entry_function)(uint32_t host_abi);

__attribute__((format(printf, 3, 4))) static bool refuse(refusal *why, wire_failure kind, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(why->sentence, sizeof why->sentence, format, arguments);
  va_end(arguments);
  why->kind = kind;
  return false;
}

/* ---- the image --------------------------------------------------------------------------------------------------- */

static bool write_all(int file, const char *bytes, size_t count) {
  while (count > 0) {
    ssize_t written = write(file, bytes, count);
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return false;
    bytes += written;
    count -= (size_t)written;
  }
  return true;
}

/* A root folder of its own has no /proc by whose paths a memory could be loaded, so the image is copied into the file
 * that was made for it: only this descriptor can write to it. */
static bool copy_image(int image, int file) {
  struct stat found;
  if (fstat(image, &found) < 0 || found.st_size <= 0) return false;
  void *bytes = mmap(NULL, (size_t)found.st_size, PROT_READ, MAP_SHARED, image, 0);
  if (bytes == MAP_FAILED) return false;
  bool holds = write_all(file, bytes, (size_t)found.st_size);
  munmap(bytes, (size_t)found.st_size);
  return holds;
}

static bool place_image(const confined *confined, int image, char *path, size_t size, refusal *why) {
  if (confined->image < 0) {
    snprintf(path, size, "/proc/self/fd/%d", image);
    return true;
  }
  snprintf(path, size, "%s", confined_image_path);
  bool holds = copy_image(image, confined->image);
  int error = errno;
  close(image);
  close(confined->image);
  return holds || refuse(why, WIRE_FAILURE_LOAD, "its file cannot be copied: %s", strerror(error));
}

/* What the loader says begins with a path that tells nobody anything. */
static const char *loader_message(const char *path) {
  const char *message = dlerror();
  if (message == NULL) return "no reason given";
  size_t length = strlen(path);
  return strncmp(message, path, length) == 0 && strncmp(message + length, ": ", 2) == 0 ? message + length + 2 : message;
}

static void *load(const char *path, refusal *why) {
  void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (library == NULL) refuse(why, WIRE_FAILURE_LOAD, "%s", loader_message(path));
  return library;
}

/* ---- the table --------------------------------------------------------------------------------------------------- */

static bool is_text(jf_bytes bytes, wire_text text) {
  return bytes.len == text.length && (text.length == 0 || memcmp(bytes.ptr, text.bytes, text.length) == 0);
}

static bool enter(void *library, refusal *why) {
  entry_function entry;
  void *symbol = dlsym(library, JF_ENTRY_SYMBOL);
  if (symbol == NULL) return refuse(why, WIRE_FAILURE_LOAD, "it exports no function " JF_ENTRY_SYMBOL);
  memcpy(&entry, &symbol, sizeof entry); /* ISO C has no cast from an object to a function */
  char sentence[PLUGIN_WHY];
  plugin_verdict verdict = plugin_table_check(entry(JF_ABI_VERSION), &loaded.table, sentence);
  if (verdict == PLUGIN_GOOD) return true;
  return refuse(why, verdict == PLUGIN_INCOMPATIBLE ? WIRE_FAILURE_INCOMPATIBLE : WIRE_FAILURE_LOAD, "%s", sentence);
}

/* As the file says it: kind, or -1 for one that this host does not know, effect and flags as in jackfield/plugin.h. */
typedef struct claim {
  int kind, effect;
  unsigned flags;
  char name[64];
} claim;

static const uint32_t compared_flags = JF_FUNCTION_MAY_PEND | JF_FUNCTION_SERIAL;

static bool is_known_kind(int32_t kind) { return kind >= JF_KIND_TOOL && kind <= JF_KIND_MODELS; }

/* A line of LOAD. */
static claim read_claim(const uint8_t *bytes, size_t length) {
  char line[128] = "";
  claim read;
  if (length < sizeof line) memcpy(line, bytes, length);
  if (sscanf(line, "%d %d %u %63s", &read.kind, &read.effect, &read.flags, read.name) != 4) worker_end(WORKER_BAD_FRAME);
  return read;
}

/* An operator judges a plugin by its descriptor, so code that does something else does not run. */
static bool match_function(const jf_function *function, const claim *said, refusal *why) {
  int kind = is_known_kind(function->kind) ? function->kind : -1;
  int effect = function->effect == JF_EFFECT_IDEMPOTENT || function->effect == JF_EFFECT_NONE ? function->effect : 0;
  if (function->name.len != strlen(said->name) || memcmp(function->name.ptr, said->name, function->name.len) != 0)
    return refuse(why, WIRE_FAILURE_TABLE, "a function is %s in the file and %.*s in the code", said->name,
      (int)function->name.len, (const char *)function->name.ptr);
  if (kind != said->kind)
    return refuse(why, WIRE_FAILURE_TABLE, "function %s is of another kind in the code", said->name);
  if (effect != said->effect)
    return refuse(why, WIRE_FAILURE_TABLE, "function %s has another effect in the code", said->name);
  if (((function->flags ^ said->flags) & compared_flags) != 0)
    return refuse(why, WIRE_FAILURE_TABLE, "function %s is pending or serial otherwise in the code", said->name);
  return true;
}

/* By what the file says: before there is a table. */
static bool has_model(wire_text claims) {
  const uint8_t *end = claims.bytes + claims.length;
  for (const uint8_t *at = claims.bytes, *line_feed; at < end; at = line_feed + 1) {
    line_feed = memchr(at, '\n', (size_t)(end - at));
    if (line_feed == NULL) worker_end(WORKER_BAD_FRAME);
    if (read_claim(at, (size_t)(line_feed - at)).kind == JF_KIND_CHAT) return true;
  }
  return false;
}

static bool match_functions(wire_text claims, refusal *why) {
  const uint8_t *end = claims.bytes + claims.length;
  uint32_t count = 0;
  for (const uint8_t *at = claims.bytes, *line_feed; at < end; at = line_feed + 1) {
    line_feed = memchr(at, '\n', (size_t)(end - at));
    if (line_feed == NULL) worker_end(WORKER_BAD_FRAME);
    const claim said = read_claim(at, (size_t)(line_feed - at));
    if (count < loaded.table.function_count && !match_function(plugin_table_function(&loaded.table, count), &said, why))
      return false;
    count++;
  }
  if (count == loaded.table.function_count) return true;
  return refuse(why, WIRE_FAILURE_TABLE, "the file has %" PRIu32 " functions, the code has %" PRIu32, count,
    loaded.table.function_count);
}

static bool match_table(const wire_text texts[TEXTS], refusal *why) {
  if (!is_text(loaded.table.id, texts[ID]))
    return refuse(why, WIRE_FAILURE_TABLE, "the file says id %.*s, the code says %.*s", (int)texts[ID].length,
      (const char *)texts[ID].bytes, (int)loaded.table.id.len, (const char *)loaded.table.id.ptr);
  if (!is_text(loaded.table.version, texts[VERSION]))
    return refuse(why, WIRE_FAILURE_TABLE, "the file says version %.*s, the code says %.*s", (int)texts[VERSION].length,
      (const char *)texts[VERSION].bytes, (int)loaded.table.version.len, (const char *)loaded.table.version.ptr);
  return match_functions(texts[FUNCTIONS], why);
}

static bool open_instance(refusal *why) {
  jf_open_info info = {.size = sizeof info, .tenant = loaded.tenant};
  jf_bytes error = {NULL, 0};
  jf_status status = loaded.table.open(&host_table, &info, &loaded.instance, &error);
  if (status == JF_OK) return true;
  error = text_cut(error, sizeof why->sentence - 1);
  if (error.len == 0) return refuse(why, WIRE_FAILURE_OPEN, "status %" PRId32 " and no message", status);
  return refuse(why, WIRE_FAILURE_OPEN, "%.*s", (int)error.len, (const char *)error.ptr);
}

/* ---- all of it --------------------------------------------------------------------------------------------------- */

static bool keep_texts(const wire_text texts[TEXTS]) {
  char *services = malloc((size_t)texts[SERVICES].length + 1);
  if (services == NULL) return false;
  memcpy(services, texts[SERVICES].bytes, texts[SERVICES].length);
  services[texts[SERVICES].length] = 0;
  loaded.services = services;
  loaded.tenant = (jf_bytes){texts[TENANT].bytes, texts[TENANT].length};
  loaded.configuration = (jf_bytes){texts[CONFIGURATION].bytes, texts[CONFIGURATION].length};
  return true;
}

bool plugin_load(
  const confinement *plan, const confined *confined, int image, const uint8_t *payload, size_t length, refusal *why) {
  wire_text texts[TEXTS];
  char path[64];
  complaint complaint;
  if (!wire_texts_read(payload, length, texts, TEXTS)) worker_end(WORKER_BAD_FRAME);
  if (!keep_texts(texts)) return refuse(why, WIRE_FAILURE_LOAD, "there is no memory");
  if (!place_image(confined, image, path, sizeof path, why)) return false;
  if (wants(plan, WIRE_LAYER_LIMITS) && !limit_for_plugin(plan, has_model(texts[FUNCTIONS]), &complaint))
    return refuse(why, WIRE_FAILURE_CONFINEMENT, "%s", complaint.sentence);
  void *library = load(path, why);
  if (library == NULL) return false;
  if (confined->image < 0) close(image);
  if (wants(plan, WIRE_LAYER_SECCOMP) && !filter_for_calls(plan->reads_files, &complaint))
    return refuse(why, WIRE_FAILURE_CONFINEMENT, "%s", complaint.sentence);
  return enter(library, why) && match_table(texts, why) && open_instance(why);
}

bool plugin_may_use(const char *service) {
  size_t length = strlen(service);
  for (const char *at = loaded.services; *at != 0; at = strchr(at, '\n') + 1) {
    const char *line_feed = strchr(at, '\n');
    if (line_feed == NULL) return false;
    if ((size_t)(line_feed - at) == length && memcmp(at, service, length) == 0) return true;
  }
  return false;
}

bool plugin_may_pend(uint32_t index) {
  return (plugin_table_function(&loaded.table, index)->flags & JF_FUNCTION_MAY_PEND) != 0;
}

uint32_t plugin_calls_at_a_time(void) {
  uint32_t most = TOOL_CALLS_AT_A_TIME;
  for (uint32_t index = 0; index < loaded.table.function_count; index++) {
    const jf_function *function = plugin_table_function(&loaded.table, index);
    if (function->flags & JF_FUNCTION_SERIAL) return 1;
    if (function->kind == JF_KIND_CHAT) most = CHAT_CALLS_AT_A_TIME;
  }
  return most;
}
