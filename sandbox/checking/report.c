#include "checking.h"
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* What jackfield-check ends with when the plugin has closed the report under it. */
enum { EXIT_REPORT_GONE = 113 };
static int report = -1;
static atomic_uint findings;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void report_to(int descriptor) { report = descriptor; }

static void put(const void *bytes, size_t count) {
  for (const char *next = bytes; count > 0;) {
    ssize_t written = write(report, next, count);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) _exit(EXIT_REPORT_GONE);
    next += written;
    count -= (size_t)written;
  }
}

/* A line of the report holds no other line. */
static size_t flatten(char *text) {
  size_t length = 0;
  for (; text[length]; length++)
    if ((unsigned char)text[length] < ' ' || text[length] == 0x7f) text[length] = ' ';
  return length;
}

static void put_line(const char *head, const char *format, va_list arguments) {
  char line[2048], text[1536];
  vsnprintf(text, sizeof text, format, arguments);
  flatten(text);
  int length = snprintf(line, sizeof line, "%s%s\n", head, text);
  pthread_mutex_lock(&lock);
  put(line, (size_t)length < sizeof line ? (size_t)length : sizeof line - 1);
  pthread_mutex_unlock(&lock);
}

void report_at(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  put_line("at ", format, arguments);
  va_end(arguments);
}

unsigned report_findings(void) { return atomic_load(&findings); }

void report_finding(const char *code, const char *place, const char *format, ...) {
  char head[256];
  va_list arguments;
  atomic_fetch_add(&findings, 1);
  snprintf(head, sizeof head, "finding %s\t%s\t", code, place);
  va_start(arguments, format);
  put_line(head, format, arguments);
  va_end(arguments);
}

void report_measure(const char *name, int64_t value) {
  char line[128];
  int length = snprintf(line, sizeof line, "measure %s %" PRId64 "\n", name, value);
  pthread_mutex_lock(&lock);
  put(line, (size_t)length);
  pthread_mutex_unlock(&lock);
}

void report_answer(uint32_t function, jf_bytes json) {
  char head[64];
  int length = snprintf(head, sizeof head, "answer %" PRIu32 " %" PRIu64 "\n", function, json.len);
  pthread_mutex_lock(&lock);
  put(head, (size_t)length);
  put(json.ptr, json.len);
  put("\n", 1);
  pthread_mutex_unlock(&lock);
}

void report_end(void) { put("end\n", 4); }
