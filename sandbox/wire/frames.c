#include "wire_frames.h"
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

typedef union control_space {
  struct cmsghdr aligned;
  char bytes[CMSG_SPACE(WIRE_MAX_DESCRIPTORS * sizeof(int))];
} control_space;

static void attach(struct msghdr *message, control_space *control, const int *descriptors, uint32_t count) {
  memset(control, 0, sizeof *control);
  message->msg_control = control->bytes;
  message->msg_controllen = CMSG_SPACE(count * sizeof(int));
  struct cmsghdr *rights = CMSG_FIRSTHDR(message);
  rights->cmsg_level = SOL_SOCKET;
  rights->cmsg_type = SCM_RIGHTS;
  rights->cmsg_len = CMSG_LEN(count * sizeof(int));
  memcpy(CMSG_DATA(rights), descriptors, count * sizeof(int));
}

int wire_send(
  int channel, const wire_header *header, const void *payload, const int *descriptors, uint32_t descriptor_count) {
  if (descriptor_count > WIRE_MAX_DESCRIPTORS) return -EINVAL;
  size_t inline_length = header->flags & WIRE_IN_MEMORY ? 0 : header->length;
  if (inline_length > WIRE_INLINE_MAX) return -EMSGSIZE;

  struct iovec pieces[2] = {
    {.iov_base = (void *)header, .iov_len = sizeof *header},
    {.iov_base = (void *)payload, .iov_len = inline_length},
  };
  struct msghdr message = {.msg_iov = pieces, .msg_iovlen = inline_length > 0 ? 2 : 1};
  control_space control;
  if (descriptor_count > 0) attach(&message, &control, descriptors, descriptor_count);
  ssize_t sent;
  do sent = sendmsg(channel, &message, MSG_NOSIGNAL);
  while (sent < 0 && errno == EINTR);
  return sent < 0 ? -errno : 0;
}

static void take_descriptors(struct msghdr *message, wire_frame *frame) {
  for (struct cmsghdr *part = CMSG_FIRSTHDR(message); part != NULL; part = CMSG_NXTHDR(message, part)) {
    if (part->cmsg_level != SOL_SOCKET || part->cmsg_type != SCM_RIGHTS) continue;
    /* The kernel hands out no more than the control space has room for, without its padding. */
    uint32_t count = (uint32_t)((part->cmsg_len - CMSG_LEN(0)) / sizeof(int));
    memcpy(frame->descriptors + frame->descriptor_count, CMSG_DATA(part), count * sizeof(int));
    frame->descriptor_count += count;
  }
}

static bool is_frame(const struct msghdr *message, const wire_frame *frame, size_t received) {
  if (message->msg_flags & (MSG_TRUNC | MSG_CTRUNC)) return false;
  if (frame->header.flags & WIRE_IN_MEMORY) return received == WIRE_HEADER && frame->header.length <= WIRE_MEMORY_MAX;
  return received - WIRE_HEADER == frame->header.length;
}

int wire_receive(int channel, uint8_t packet[WIRE_FRAME_MAX], wire_frame *frame) {
  memset(frame, 0, sizeof *frame);
  struct iovec space = {.iov_base = packet, .iov_len = WIRE_FRAME_MAX};
  control_space control;
  struct msghdr message = {
    .msg_iov = &space, .msg_iovlen = 1, .msg_control = control.bytes,
    .msg_controllen = CMSG_LEN(WIRE_MAX_DESCRIPTORS * sizeof(int))};
  ssize_t received;
  do received = recvmsg(channel, &message, MSG_CMSG_CLOEXEC);
  while (received < 0 && errno == EINTR);
  /* A peer that was killed with unread packets shows up as a reset. */
  if (received < 0) return errno == ECONNRESET ? 0 : -errno;

  take_descriptors(&message, frame);
  /* An empty packet looks the same as the end, and is no frame either. */
  if (received == 0 && frame->descriptor_count == 0) return 0;
  if (received >= WIRE_HEADER) {
    memcpy(&frame->header, packet, sizeof frame->header);
    if (is_frame(&message, frame, (size_t)received)) {
      if (!(frame->header.flags & WIRE_IN_MEMORY)) frame->payload = packet + WIRE_HEADER;
      return 1;
    }
  }
  for (uint32_t at = 0; at < frame->descriptor_count; at++) close(frame->descriptors[at]);
  frame->descriptor_count = 0;
  return -EBADMSG;
}
