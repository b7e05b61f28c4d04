/* Reads the body of a response as its arguments say, one step a letter: r and R read a little and much, s asks for the head,
 * c closes, a reads all. The answer is what was read, with each status that is none of success in brackets. */
#include "one_function.h"
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { LITTLE = 4, MUCH = 65536, MOST = 4096 };

typedef struct reading {
  const jf_service_http *http;
  jf_call call;
  uint64_t exchange;
  char told[MOST];
  size_t length;
} reading;

static void tell(reading *to, const void *bytes, size_t length) {
  if (length > sizeof to->told - to->length) length = sizeof to->told - to->length;
  memcpy(to->told + to->length, bytes, length);
  to->length += length;
}

static void tell_status(reading *to, jf_status status) {
  char text[16];
  if (status < 0) tell(to, text, (size_t)snprintf(text, sizeof text, "[%d]", status));
}

static void read_piece(reading *from, uint32_t capacity) {
  static _Thread_local uint8_t bytes[MUCH];
  uint32_t length = 0;
  tell_status(from, from->http->read(host, from->call, from->exchange, bytes, capacity, &length));
  tell(from, bytes, length);
  tell(from, "|", 1);
}

/* How much there is, and what stands for its content: FNV-1a. */
static void read_all(reading *from) {
  static _Thread_local uint8_t bytes[MUCH];
  uint64_t hash = 14695981039346656037u, total = 0;
  uint32_t length;
  jf_status status;
  while ((status = from->http->read(host, from->call, from->exchange, bytes, sizeof bytes, &length)) == JF_OK && length > 0) {
    total += length;
    for (uint32_t at = 0; at < length; at++) hash = (hash ^ bytes[at]) * 1099511628211u;
  }
  char text[64];
  tell(from, text, (size_t)snprintf(text, sizeof text, "%" PRIu64 " %" PRIu64, total, hash));
  tell_status(from, status);
}

static void step(reading *one, char letter) {
  jf_bytes head;
  switch (letter) {
  case 'r': read_piece(one, LITTLE); break;
  case 'R': read_piece(one, MUCH); break;
  case 'a': read_all(one); break;
  case 's': tell_status(one, one->http->response(host, one->call, one->exchange, &head)); break;
  case 'c': tell_status(one, one->http->close(host, one->call, one->exchange)); break;
  default: break;
  }
}

static jf_status invoke(void *opened, jf_call call, uint32_t function, jf_bytes arguments) {
  (void)opened, (void)function;
  reading one = {.http = host->service(host, JF_SERVICE_HTTP), .call = call};
  if (one.http == NULL) return JF_E_UNSUPPORTED;
  jf_status status = one.http->request(host, call, (jf_bytes)TEXT("{}"), (jf_bytes){NULL, 0}, &one.exchange);
  if (status < 0) return status;
  for (uint64_t at = 0; at < arguments.len; at++) step(&one, (char)arguments.ptr[at]);
  return host->complete(host, call, JF_OK, (jf_bytes){(const uint8_t *)one.told, one.length});
}

ONE_FUNCTION("bodies", JF_KIND_TOOL, "read")
