#include "plugin_loading.h"
#include <inttypes.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

enum {
  MAX_ID = 32,
  MAX_VERSION = 64,
  MAX_FUNCTION_NAME = 48,
  MAX_STRUCT = 4096, /* more than any minor of this ABI will need: a size beyond it is a mistake */
  ABI_MAJOR = 1
};

/* As far as every plugin of ABI 1.0 reaches; `cancel` is optional. */
static const uint32_t shortest_table = offsetof(jf_plugin, cancel);
/* Bits 0-15 are hints. A plugin that sets one of the others must not run on a host that does not know it. */
static const uint32_t mandatory_flags = 0xffff0000u;

__attribute__((format(printf, 3, 4))) static plugin_verdict refuse(
  char why[PLUGIN_WHY], plugin_verdict verdict, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(why, PLUGIN_WHY, format, arguments);
  va_end(arguments);
  return verdict;
}

static bool is_aligned(const void *pointer) { return (uintptr_t)pointer % _Alignof(jf_plugin) == 0; }

static bool is_identifier(jf_bytes text, uint64_t longest, bool allows_underscore) {
  if (text.ptr == NULL || text.len == 0 || text.len > longest) return false;
  for (uint64_t at = 0; at < text.len; at++) {
    uint8_t byte = text.ptr[at];
    bool is_alphanumeric = (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9');
    bool is_joint = at > 0 && (byte == '-' || (byte == '_' && allows_underscore));
    if (!is_alphanumeric && !is_joint) return false;
  }
  return true;
}

static bool is_version(jf_bytes text) {
  if (text.ptr == NULL || text.len == 0 || text.len > MAX_VERSION) return false;
  for (uint64_t at = 0; at < text.len; at++)
    if (text.ptr[at] <= ' ' || text.ptr[at] > '~') return false;
  return true;
}

static plugin_verdict check_compatibility(const jf_plugin *table, char why[PLUGIN_WHY]) {
  uint32_t built = table->abi_built, oldest = table->abi_oldest;
  if (built >> 16 != ABI_MAJOR || oldest >> 16 != ABI_MAJOR)
    return refuse(why, PLUGIN_INCOMPATIBLE, "it was built for ABI %u.%u and this host offers 1.%u", built >> 16,
      built & 0xffff, JF_ABI_VERSION & 0xffff);
  if (oldest > JF_ABI_VERSION)
    return refuse(why, PLUGIN_INCOMPATIBLE, "it needs ABI 1.%u and this host offers 1.%u", oldest & 0xffff,
      JF_ABI_VERSION & 0xffff);
  if (oldest > built)
    return refuse(why, PLUGIN_INVALID, "its abi_oldest 1.%u is newer than its abi_built 1.%u", oldest & 0xffff,
      built & 0xffff);
  if (table->flags & mandatory_flags)
    return refuse(why, PLUGIN_INCOMPATIBLE, "its flags 0x%" PRIx32 " demand what this host does not know", table->flags);
  return PLUGIN_GOOD;
}

static plugin_verdict check_identity(const jf_plugin *table, char why[PLUGIN_WHY]) {
  if (!is_identifier(table->id, MAX_ID, false))
    return refuse(why, PLUGIN_INVALID, "its id is not 1 to %d of [a-z0-9-]", MAX_ID);
  if (!is_version(table->version))
    return refuse(why, PLUGIN_INVALID, "its version is not 1 to %d printable ASCII characters", MAX_VERSION);
  if (table->descriptor.len > PLUGIN_MAX_DESCRIPTOR || (table->descriptor.len > 0 && table->descriptor.ptr == NULL))
    return refuse(why, PLUGIN_INVALID, "its descriptor of %" PRIu64 " bytes is null or past 1 MiB", table->descriptor.len);
  if (table->open == NULL || table->close == NULL || table->invoke == NULL)
    return refuse(why, PLUGIN_INVALID, "its open, close or invoke is null");
  return PLUGIN_GOOD;
}

static plugin_verdict check_function(const jf_plugin *table, uint32_t index, char why[PLUGIN_WHY]) {
  const jf_function *function = plugin_table_function(table, index);
  if (function->size < sizeof(jf_function) || function->size > table->function_stride)
    return refuse(why, PLUGIN_INVALID, "function %" PRIu32 " says that it has %" PRIu32 " bytes, the stride is %" PRIu32,
      index, function->size, table->function_stride);
  if (!is_identifier(function->name, MAX_FUNCTION_NAME, true))
    return refuse(why, PLUGIN_INVALID, "the name of function %" PRIu32 " is not 1 to %d of [a-z0-9_-]", index,
      MAX_FUNCTION_NAME);
  if (function->flags & mandatory_flags)
    return refuse(why, PLUGIN_INCOMPATIBLE, "the flags 0x%" PRIx32 " of function %" PRIu32
      " demand what this host does not know", function->flags, index);
  for (uint32_t other = 0; other < index; other++) {
    jf_bytes name = plugin_table_function(table, other)->name;
    if (name.len == function->name.len && memcmp(name.ptr, function->name.ptr, name.len) == 0)
      return refuse(why, PLUGIN_INVALID, "functions %" PRIu32 " and %" PRIu32 " have the same name", other, index);
  }
  return PLUGIN_GOOD;
}

static plugin_verdict check_functions(const jf_plugin *table, char why[PLUGIN_WHY]) {
  if (table->function_count == 0 || table->function_count > PLUGIN_MAX_FUNCTIONS)
    return refuse(why, PLUGIN_INVALID, "it has %" PRIu32 " functions, not 1 to %d", table->function_count,
      PLUGIN_MAX_FUNCTIONS);
  if (table->functions == NULL || !is_aligned(table->functions))
    return refuse(why, PLUGIN_INVALID, "its function table is null or not aligned");
  uint32_t stride = table->function_stride;
  if (stride < sizeof(jf_function) || stride > MAX_STRUCT || stride % _Alignof(jf_function) != 0)
    return refuse(why, PLUGIN_INVALID, "its function_stride of %" PRIu32 " is not that of any jf_function", stride);
  for (uint32_t index = 0; index < table->function_count; index++) {
    plugin_verdict verdict = check_function(table, index, why);
    if (verdict != PLUGIN_GOOD) return verdict;
  }
  return PLUGIN_GOOD;
}

plugin_verdict plugin_table_check(const jf_plugin *offered, jf_plugin *table, char why[PLUGIN_WHY]) {
  memset(table, 0, sizeof *table);
  if (offered == NULL)
    return refuse(why, PLUGIN_INCOMPATIBLE, JF_ENTRY_SYMBOL "() refused this host, which offers ABI 1.%u",
      JF_ABI_VERSION & 0xffff);
  if (!is_aligned(offered)) return refuse(why, PLUGIN_INVALID, "its table is not aligned");
  uint32_t size = offered->size;
  if (size < shortest_table || size > MAX_STRUCT)
    return refuse(why, PLUGIN_INVALID, "its table says that it has %" PRIu32 " bytes, ABI 1.0 has %" PRIu32, size,
      shortest_table + (uint32_t)sizeof(void *));
  /* Not the half of a slot where the size ends within one: it would look like a function. */
  uint32_t whole = size - size % sizeof(void *);
  memcpy(table, offered, whole < sizeof *table ? whole : sizeof *table);

  plugin_verdict verdict = check_compatibility(table, why);
  if (verdict == PLUGIN_GOOD) verdict = check_identity(table, why);
  if (verdict == PLUGIN_GOOD) verdict = check_functions(table, why);
  return verdict;
}

const jf_function *plugin_table_function(const jf_plugin *table, uint32_t index) {
  const char *first = (const char *)table->functions;
  return (const jf_function *)(const void *)(first + (size_t)index * table->function_stride);
}
