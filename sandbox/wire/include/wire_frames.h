/* Sending and receiving the frames of worker_wire.h. Nothing here allocates or keeps state; any thread may call it. */
#ifndef WIRE_FRAMES_H
#define WIRE_FRAMES_H

#include "worker_wire.h"
#include <stdbool.h>
#include <stddef.h>

/* Bytes of somebody else. `bytes` may be null when `length` is 0. */
typedef struct wire_text {
  const uint8_t *bytes;
  uint32_t length;
} wire_text;

/* How many bytes a WIRE_TEXTS list of these texts has; more than WIRE_INLINE_MAX does not fit into a packet. */
uint64_t wire_texts_length(const wire_text *texts, uint32_t count);

/* Writes the list to `list`, which has room for wire_texts_length() bytes. */
void wire_texts_write(uint8_t *list, const wire_text *texts, uint32_t count);

/* Finds the `count` texts of a list; they point into it. Answers false, and has stored nothing that may be used, unless
 * they fill it to the last byte. */
bool wire_texts_read(const uint8_t *list, size_t length, wire_text *texts, uint32_t count);

/* Sends one frame: the header, then `payload`, which is header->length bytes long, or nothing with WIRE_IN_MEMORY. The
 * descriptors stay the caller's. Blocks unless the channel is non-blocking. Answers 0 or -errno: -EMSGSIZE where it
 * does not fit into a packet, -EINVAL for more than WIRE_MAX_DESCRIPTORS, -EPIPE where nobody reads any more. Raises no
 * signal. */
int wire_send(
  int channel, const wire_header *header, const void *payload, const int *descriptors, uint32_t descriptor_count);

typedef struct wire_frame {
  wire_header header;
  const uint8_t *payload; /* header.length bytes in the caller's buffer; null with WIRE_IN_MEMORY */
  uint32_t descriptor_count;
  int descriptors[WIRE_MAX_DESCRIPTORS]; /* close-on-exec, the caller's from now on */
} wire_frame;

/* Receives one frame into `packet`, WIRE_FRAME_MAX bytes that are aligned for a wire_header. Blocks unless the channel
 * is non-blocking. Answers 1; 0 where the other side is gone; or -errno, of which -EBADMSG is a packet that is no frame.
 * Only with 1 are there descriptors: those that came beside anything else are closed. For a channel whose other end
 * is believed; the host reads what workers send without room for descriptors. */
int wire_receive(int channel, uint8_t packet[WIRE_FRAME_MAX], wire_frame *frame);

#endif
