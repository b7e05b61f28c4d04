#include "ending.h"
#include "fuzz.h"
#include "wire_frames.h"
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

/* The input is a row of these, each followed by `length` bytes. Without `noise` what they say makes sense as far as it can. */
typedef struct said {
  uint8_t type, flags, call, request, status, kind, count, descriptors, length, noise;
} said;

enum { MOST_CALLS = 256, MOST_REQUESTS = 4096, MEMORY = 1 << 20, SHORT_MEMORY = 100, LIST = 70000 };
enum { TO_BE_FILLED, TOO_SHORT, FILLED };
enum { NOISE_CALL = 1, NOISE_COUNT = 2, NOISE_DESCRIPTORS = 4, NOISE_FLAGS = 8, NOISE_PAYLOAD = 16, NOISE_LENGTH = 32,
  NOISE_PACKET = 64 };

static const uint8_t *input, *input_end;
static int memories[] = {-1, -1, -1}; /* to be filled; too short; with a list in it */
static int first_free_descriptor;

typedef enum call_state { NEVER, OPEN, COMPLETE } call_state;
static struct {
  call_state calls[MOST_CALLS];
  uint32_t credits[MOST_CALLS];
  uint32_t wanted[MOST_REQUESTS]; /* bytes of the memory that a request asked for; 0: none, or it has it */
  uint32_t given[MOST_REQUESTS];  /* by the memory's number, which is its request's */
  bool was_asked[MOST_REQUESTS];
  uint64_t last_call;
  bool made_sense; /* so far; a host that makes none is promised nothing */
} host;

/* ---- saying ------------------------------------------------------------------------------------------------------ */

static const uint16_t types[] = {WIRE_INVOKE, WIRE_INVOKE, WIRE_INVOKE, WIRE_INVOKE, WIRE_ANSWER, WIRE_ANSWER, WIRE_ANSWER,
  WIRE_MEMORY, WIRE_MEMORY, WIRE_CANCEL, WIRE_CREDIT, WIRE_DEADLINE, WIRE_CLOSE, WIRE_LOAD, WIRE_EMIT, 0};
static const int32_t statuses[] = {JF_OK, JF_OK, JF_OK, JF_E_CANCELLED, JF_E_DEADLINE, JF_E_IO, JF_E_LIMIT, JF_PENDING};
static const uint32_t counts[] = {0, 1, 64, SHORT_MEMORY, LIST, MEMORY, INT32_MAX, UINT32_MAX};
enum { ANY = 7 };

static uint64_t call_of(const said *it, uint16_t type) {
  if (type == WIRE_INVOKE && (it->noise & NOISE_CALL) == 0) return host.last_call + 1;
  return it->call % 16;
}

static wire_header header_of(const said *it, uint16_t type) {
  wire_header header = {.type = type, .call = call_of(it, type), .request = it->request % 64, .memory = it->request % 64,
    .status = statuses[it->status & ANY], .kind = (it->kind & ANY) == ANY, .count = counts[it->count & ANY]};
  if (type == WIRE_INVOKE || type == WIRE_ANSWER) header.flags = it->flags & WIRE_IN_MEMORY;
  if (type == WIRE_ANSWER) header.flags |= it->flags & WIRE_MORE;
  if (type == WIRE_INVOKE) header.flags |= it->flags & (WIRE_RECONCILE | WIRE_PREVIEW);
  if (it->noise & NOISE_FLAGS) header.flags = it->flags;
  if (type == WIRE_MEMORY && (it->noise & NOISE_COUNT) == 0) header.count = host.wanted[header.request];
  return header;
}

static uint32_t descriptors_of(const said *it, const wire_header *header) {
  if (it->noise & NOISE_DESCRIPTORS) return it->descriptors % 6;
  if (header->type == WIRE_MEMORY) return header->status == JF_OK ? 1 : 0;
  return header->flags & WIRE_IN_MEMORY ? 1 : 0;
}

/* A list of run, key and arguments, or what the input says. */
static size_t write_payload(uint8_t *into, const said *it, const uint8_t *bytes, size_t length, uint16_t type) {
  if (type != WIRE_INVOKE || it->noise & NOISE_PAYLOAD) {
    memcpy(into, bytes, length);
    return length;
  }
  const wire_text texts[] = {{(const uint8_t *)"run", 3}, {(const uint8_t *)"key", 3}, {bytes, (uint32_t)length}};
  wire_texts_write(into, texts, 3);
  return (size_t)wire_texts_length(texts, 3);
}

static void remember(const said *it, const wire_header *header) {
  if (it->noise != 0 || header->status > JF_OK) host.made_sense = false;
  if (header->type == WIRE_INVOKE) {
    if (header->call != host.last_call + 1 || header->call >= MOST_CALLS) return;
    host.last_call = header->call;
    host.calls[header->call] = OPEN;
    host.credits[header->call] = WIRE_EMIT_CREDITS;
  }
  if (header->type == WIRE_CREDIT && header->call < MOST_CALLS
      && __builtin_add_overflow(host.credits[header->call], header->count, &host.credits[header->call]))
    host.credits[header->call] = UINT32_MAX;
  if (header->type == WIRE_MEMORY && header->status == JF_OK) {
    host.given[header->memory] = header->count;
    host.wanted[header->request] = 0;
  }
}

static void attach(struct msghdr *message, const said *it, uint16_t type, uint32_t count) {
  size_t room = (message->msg_controllen - CMSG_LEN(0)) / sizeof(int);
  if (count > room) {
    message->msg_flags |= MSG_CTRUNC;
    count = (uint32_t)room;
  }
  struct cmsghdr *rights = message->msg_control;
  if (count == 0) {
    message->msg_controllen = 0;
    return;
  }
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(count * sizeof(int));
  for (uint32_t at = 0; at < count; at++) {
    int given = dup(memories[it->noise & NOISE_DESCRIPTORS ? it->descriptors % 3 : type == WIRE_MEMORY ? TO_BE_FILLED : FILLED]);
    memcpy(CMSG_DATA(rights) + at * sizeof given, &given, sizeof given);
  }
}

bool host_has_frame(void) { return (size_t)(input_end - input) >= sizeof(said); }

ssize_t fuzz_recvmsg(int channel, struct msghdr *message, int flags);
ssize_t fuzz_recvmsg(int channel, struct msghdr *message, int flags) {
  (void)channel, (void)flags;
  said it;
  message->msg_flags = 0;
  if (!host_has_frame()) return message->msg_controllen = 0;
  memcpy(&it, input, sizeof it);
  input += sizeof it;
  size_t length = it.length;
  if (length > (size_t)(input_end - input)) length = (size_t)(input_end - input);
  uint8_t *packet = message->msg_iov[0].iov_base;
  uint16_t type = types[it.type % (sizeof types / sizeof *types)];
  wire_header header = header_of(&it, type);
  header.length = (uint32_t)write_payload(packet + WIRE_HEADER, &it, input, length, type);
  input += length;
  size_t inline_length = header.length;
  if (header.flags & WIRE_IN_MEMORY) {
    inline_length = 0;
    header.length = counts[it.count & ANY];
  }
  if (it.noise & NOISE_LENGTH) header.length = counts[it.count & ANY];
  memcpy(packet, &header, sizeof header);
  remember(&it, &header);
  attach(message, &it, type, descriptors_of(&it, &header));
  return it.noise & NOISE_PACKET ? it.length : (ssize_t)(WIRE_HEADER + inline_length);
}

/* ---- hearing ----------------------------------------------------------------------------------------------------- */

static void hear_memory(const wire_header *header) {
  PROMISE(header->memory < MOST_REQUESTS && host.given[header->memory] >= header->length, "memory is named that was given, once");
  host.given[header->memory] = 0;
}

static void hear_question(const wire_header *header) {
  PROMISE(header->request != 0 && header->request < MOST_REQUESTS && !host.was_asked[header->request], "a number is used once");
  host.was_asked[header->request] = true;
  if (header->type == WIRE_SERVICE) return;
  PROMISE(header->count > WIRE_INLINE_MAX && header->length == 0, "memory is wanted for what does not fit into a packet");
  host.wanted[header->request] = header->count;
}

static void hear_of_call(const wire_header *header) {
  PROMISE(header->call < MOST_CALLS && host.calls[header->call] == OPEN, "what is said of a call is said before it is complete");
  if (header->type == WIRE_COMPLETE) {
    PROMISE(header->status <= JF_OK, "a call is complete");
    host.calls[header->call] = COMPLETE;
  }
  if (header->type == WIRE_EMIT) PROMISE(host.credits[header->call]-- > 0, "no event without credit");
}

ssize_t fuzz_sendmsg(int channel, const struct msghdr *message, int flags);
ssize_t fuzz_sendmsg(int channel, const struct msghdr *message, int flags) {
  (void)channel, (void)flags;
  wire_header header;
  memcpy(&header, message->msg_iov[0].iov_base, sizeof header);
  size_t length = message->msg_iovlen > 1 ? message->msg_iov[1].iov_len : 0;
  volatile uint8_t seen = 0;
  for (size_t at = 0; at < length; at++) seen ^= ((const uint8_t *)message->msg_iov[1].iov_base)[at];
  PROMISE(message->msg_controllen == 0, "a worker sends no descriptors");
  PROMISE(length == (header.flags & WIRE_IN_MEMORY ? 0 : header.length) && length <= WIRE_INLINE_MAX, "a frame is as long as it says");
  PROMISE((header.flags & ~(WIRE_IN_MEMORY | WIRE_LEFT_OUT)) == 0, "flags are known");
  if (host.made_sense && header.type != WIRE_LOG) hear_of_call(&header);
  if (host.made_sense && header.flags & WIRE_IN_MEMORY) hear_memory(&header);
  if (header.type == WIRE_MEMORY_WANTED || header.type == WIRE_SERVICE) hear_question(&header);
  return (ssize_t)(WIRE_HEADER + length);
}

/* ---- an input ---------------------------------------------------------------------------------------------------- */

static int next_descriptor(void) {
  int descriptor = dup(memories[0]);
  close(descriptor);
  return descriptor;
}

static int memory_of(size_t size) {
  int made = memfd_create("fuzz", MFD_CLOEXEC);
  if (made < 0 || ftruncate(made, (off_t)size) < 0) abort();
  return made;
}

/* What an INVOKE of that length would have there. */
static int memory_with_list(void) {
  static uint8_t list[LIST], arguments[LIST] = "eigc";
  const wire_text texts[] = {{NULL, 0}, {NULL, 0}, {arguments, LIST - 3 * sizeof(uint32_t)}};
  int made = memory_of(LIST);
  wire_texts_write(list, texts, 3);
  if (write(made, list, sizeof list) != (ssize_t)sizeof list) abort();
  return made;
}

void host_begin(const uint8_t *bytes, size_t length) {
  if (memories[0] < 0) {
    memories[TO_BE_FILLED] = memory_of(MEMORY);
    memories[TOO_SHORT] = memory_of(SHORT_MEMORY);
    memories[FILLED] = memory_with_list();
  }
  input = bytes;
  input_end = bytes + length;
  memset(&host, 0, sizeof host);
  host.made_sense = true;
  first_free_descriptor = next_descriptor();
}

void host_check_end(int status) {
  if (status == WORKER_BAD_FRAME)
    close_range((unsigned)first_free_descriptor, ~0U, 0); /* with its process they would go, too */
  else
    PROMISE(next_descriptor() == first_free_descriptor, "every descriptor is closed again");
}
