#include "call.h"

#include <stdarg.h>
#include <string.h>
#include <time.h>

#include "json_text.h"

static int64_t now_ns(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

call call_begin(const jf_host *host, jf_call id, const configuration *configuration) {
  const int64_t left = host->remaining_ns(host, id);
  const int64_t allowed = left < configuration->timeout_ns ? left : configuration->timeout_ns;
  return (call){host, id, configuration, now_ns() + allowed};
}

bool call_is_over(const call *call) {
  return call->host->remaining_ns(call->host, call->id) <= 0 || now_ns() >= call->stop_at_ns;
}

static jf_status complete(const call *call, jf_status status, const char *text, size_t length) {
  call->host->complete(call->host, call->id, status, (jf_bytes){(const uint8_t *)text, length});
  return status;
}

jf_status call_succeed(const call *call, sqlite3_str *result) {
  const int length = sqlite3_str_length(result);
  char *text = sqlite3_str_finish(result);
  if (text == NULL) return call_fail(call, JF_E_INTERNAL, "out of memory");
  const jf_status status = complete(call, JF_OK, text, (size_t)length);
  sqlite3_free(text);
  return status;
}

/* SQLite quotes the statement in its messages, and a statement may be long or cut within a character. */
static size_t presentable_length(const char *text) {
  const size_t length = strlen(text);
  size_t kept = 0;
  while (kept < length && kept < 500) {
    const size_t sequence = utf8_sequence((const uint8_t *)text + kept, length - kept);
    if (sequence == 0) break;
    kept += sequence;
  }
  return kept;
}

jf_status call_fail(const call *call, jf_status status, const char *format, ...) {
  va_list values;
  va_start(values, format);
  char *message = sqlite3_vmprintf(format, values);
  va_end(values);
  complete(call, status, message, message == NULL ? 0 : presentable_length(message));
  sqlite3_free(message);
  return status;
}

jf_status call_fail_on(const call *call, const char *name, sqlite3 *connection, int code) {
  const char *message = sqlite3_errmsg(connection);
  switch (code & 0xFF) {
    case SQLITE_INTERRUPT:
      if (now_ns() < call->stop_at_ns) return call_fail(call, JF_E_CANCELLED, "the query was cancelled");
      return call_fail(call, JF_E_DEADLINE, "the query took too long and was stopped");
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
      return call_fail(call, JF_E_BUSY, "database '%s' is busy, try again", name);
    case SQLITE_CANTOPEN:
      return call_fail(call, JF_E_TOOL, "database '%s' cannot be opened", name);
    case SQLITE_AUTH:
      return call_fail(call, JF_E_TOOL, "%s: only SELECT with the known functions is allowed", message);
    case SQLITE_NOMEM:
      return call_fail(call, JF_E_INTERNAL, "out of memory");
    default:
      return call_fail(call, JF_E_TOOL, "%s", message);
  }
}
