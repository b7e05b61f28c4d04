/* The least that a tool can do: what is measured around it is the host. */
#include <jackfield/plugin.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(literal) {(const uint8_t *)(literal), sizeof(literal) - 1}

/* A number of the arguments: whole ones of at most 15 digits stay whole, and fast. */
typedef struct number {
  int64_t whole;
  double real;
  int is_whole;
} number;

/* Reads the number at `at`; answers the byte behind it, or null. */
static const char *read_number(const char *at, const char *end, number *result) {
  const char *first = at;
  int is_negative = at < end && *at == '-';
  at += is_negative;
  int64_t whole = 0;
  while (at < end && *at >= '0' && *at <= '9' && at - first < 16) whole = whole * 10 + (*at++ - '0');
  if (at == first + is_negative) return NULL;
  if (at < end && (*at == ',' || *at == '}' || *at == ' ')) {
    *result = (number){.whole = is_negative ? -whole : whole, .is_whole = 1};
    result->real = (double)result->whole;
    return at;
  }
  char text[64];
  size_t length = strspn(first, "+-.0123456789eE"); /* ends at the latest at the object's brace */
  if (length >= sizeof text) return NULL;
  memcpy(text, first, length);
  text[length] = 0;
  *result = (number){.real = strtod(text, NULL), .is_whole = 0};
  return first + length;
}

/* Reads {"a": number, "b": number}, in either order, which is all that the schema lets through. */
static int read_arguments(jf_bytes json, number *a, number *b) {
  const char *at = (const char *)json.ptr, *end = at + json.len;
  int found = 0;
  if (json.len == 0 || end[-1] != '}') return 0;
  while (end - at > 4 && (at = memchr(at, '"', (size_t)(end - at))) != NULL && end - at > 4) {
    char name = at[1];
    if (at[2] != '"' || (name != 'a' && name != 'b')) return 0;
    at += 3;
    while (at < end && (*at == ':' || *at == ' ' || *at == '\n' || *at == '\t' || *at == '\r')) at++;
    at = read_number(at, end, name == 'a' ? a : b);
    if (at == NULL) return 0;
    found |= name == 'a' ? 1 : 2;
  }
  return found == 3;
}

static jf_status open_instance(const jf_host *host, const jf_open_info *info, void **instance, jf_bytes *error) {
  (void)info;
  (void)error;
  *instance = (void *)(uintptr_t)host; /* all that an instance has */
  return JF_OK;
}

static void close_instance(void *instance) { (void)instance; }

static jf_status invoke(void *instance, jf_call call, uint32_t function, jf_bytes arguments) {
  const jf_host *host = instance;
  number a, b;
  if (function != 0 || !read_arguments(arguments, &a, &b)) return JF_E_ARGUMENT;
  char result[64];
  int length;
  if (a.is_whole && b.is_whole) {
    char digits[24], *at = digits + sizeof digits;
    int64_t sum = a.whole + b.whole;
    uint64_t rest = sum < 0 ? (uint64_t)-sum : (uint64_t)sum;
    do *--at = (char)('0' + rest % 10);
    while ((rest /= 10) > 0);
    if (sum < 0) *--at = '-';
    size_t count = (size_t)(digits + sizeof digits - at);
    memcpy(result, "{\"sum\":", 7);
    memcpy(result + 7, at, count);
    result[7 + count] = '}';
    length = (int)(8 + count);
  } else {
    double sum = a.real + b.real;
    if (!isfinite(sum)) {
      static const jf_bytes message = TEXT("the sum is too large");
      host->complete(host, call, JF_E_TOOL, message);
      return JF_E_TOOL;
    }
    length = snprintf(result, sizeof result, "{\"sum\":%.17g}", sum);
  }
  host->complete(host, call, JF_OK, (jf_bytes){(const uint8_t *)result, (uint64_t)length});
  return JF_OK;
}

static const jf_function functions[] = {
    {sizeof(jf_function), JF_KIND_TOOL, JF_EFFECT_NONE, 0, TEXT("add")},
};

static const jf_plugin plugin = {
    .size = sizeof(jf_plugin),
    .abi_built = JF_ABI_VERSION,
    .abi_oldest = JF_ABI(1, 0),
    .id = TEXT("add"),
    .version = TEXT("1.0.0"),
    .functions = functions,
    .function_stride = sizeof(jf_function),
    .function_count = 1,
    .open = open_instance,
    .close = close_instance,
    .invoke = invoke,
};

const jf_plugin *jackfield_plugin_v1(uint32_t host_abi) { return host_abi >> 16 == 1 ? &plugin : NULL; }
