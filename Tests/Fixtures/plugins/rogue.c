/* Breaks what can be broken from inside a worker, as its arguments say. */
#include "one_function.h"
#include "worker_wire.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum { CHANNEL = 3 };

static jf_bytes text(const char *string) { return (jf_bytes){(const uint8_t *)string, strlen(string)}; }

/* ---- ends of the process ----------------------------------------------------------------------------------------- */

static volatile int depth;
__attribute__((noinline)) static int fall(int level) {
  volatile char frame[4096];
  frame[0] = (char)level;
  depth = level;
  return fall(level + 1) + frame[0];
}

static void spin(void) {
  for (volatile int forever = 1; forever;) {
  }
}

/* ---- ends of a call ---------------------------------------------------------------------------------------------- */

/* Says that it is there, and minds its cancellation. */
static jf_status mind(jf_call call) {
  while (host->emit(host, call, JF_EVENT_TEXT, text(".")) == JF_OK) usleep(1000);
  return JF_E_CANCELLED;
}

/* ---- packets that break a rule ----------------------------------------------------------------------------------- */

static void say(const void *packet, size_t length) {
  struct iovec piece = {(void *)packet, length};
  struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
  sendmsg(CHANNEL, &message, MSG_NOSIGNAL);
}

static void say_header(wire_header header) { say(&header, sizeof header); }

static void hoard_memories(jf_call call) {
  for (uint64_t number = 1; number <= WIRE_MEMORIES_MAX + 1; number++)
    say_header((wire_header){.type = WIRE_MEMORY_WANTED, .call = call, .request = (1ULL << 40) + number,
      .kind = WIRE_EMIT, .count = WIRE_INLINE_MAX + 1});
}

typedef struct trick {
  const char *name;
  wire_header header;
} trick;

static const trick tricks[] = {
  {"no such type", {.type = 99}},
  {"a frame of the host", {.type = WIRE_INVOKE, .call = 1}},
  {"a length that is not there", {.type = WIRE_LOG, .length = 100}},
  {"unknown flags", {.type = WIRE_LOG, .flags = 1 << 9}},
  {"a log line that is no list", {.type = WIRE_LOG}},
  {"a call that is not open", {.type = WIRE_COMPLETE, .call = 0xdeadbeef}},
  {"no call", {.type = WIRE_COMPLETE}},
  {"ready again", {.type = WIRE_READY, .count = 1}},
  {"failed after all", {.type = WIRE_FAILED, .kind = 1}},
  {"progress without numbers", {.type = WIRE_PROGRESS, .call = 0xdeadbeef}},
};
static const trick own_tricks[] = {
  {"an impossible status", {.type = WIRE_COMPLETE, .status = 7}},
  {"memory of nobody", {.type = WIRE_COMPLETE, .flags = WIRE_IN_MEMORY, .memory = 77, .length = 70000}},
  {"memory for nothing", {.type = WIRE_MEMORY_WANTED, .request = 1, .kind = WIRE_COMPLETE, .count = 10}},
  {"memory for a log line", {.type = WIRE_MEMORY_WANTED, .request = 1, .kind = WIRE_LOG, .count = 100000}},
  {"a question without a number", {.type = WIRE_SERVICE}},
  {"left out and there", {.type = WIRE_COMPLETE, .flags = WIRE_LEFT_OUT | WIRE_IN_MEMORY, .length = 70000}},
};

static int play(jf_call call, const char *name) {
  for (size_t at = 0; at < sizeof tricks / sizeof *tricks; at++)
    if (strcmp(name, tricks[at].name) == 0) return say_header(tricks[at].header), 1;
  for (size_t at = 0; at < sizeof own_tricks / sizeof *own_tricks; at++) {
    wire_header header = own_tricks[at].header;
    header.call = call;
    if (strcmp(name, own_tricks[at].name) == 0) return say_header(header), 1;
  }
  if (strcmp(name, "half a header") == 0) return say("\1\2\3", 3), 1;
  if (strcmp(name, "memories without end") == 0) return hoard_memories(call), 1;
  return 0;
}

static jf_status invoke(void *opened, jf_call call, uint32_t function, jf_bytes arguments) {
  (void)function;
  char name[64];
  snprintf(name, sizeof name, "%.*s", (int)arguments.len, (const char *)arguments.ptr);
  if (strcmp(name, "abort") == 0) abort();
  if (strcmp(name, "crash") == 0) *(volatile int *)8 = 1;
  if (strcmp(name, "trap") == 0) __builtin_trap();
  if (strcmp(name, "exit") == 0) exit(0);
  if (strcmp(name, "overflow") == 0) return fall(0);
  if (strcmp(name, "spin") == 0) host->emit(host, call, JF_EVENT_TEXT, text(".")), spin();
  if (strcmp(name, "mind") == 0) return mind(call);
  if (strcmp(name, "close") == 0) close(CHANNEL), pause();
  if (play(call, name)) spin(); /* the host ends it; nothing comes after */
  return host->complete(opened, call, JF_OK, text("\"fine\""));
}

ONE_FUNCTION("rogue", JF_KIND_TOOL, "do")
