/* Room for frames that are read. Used again and again; a call keeps the one that brought its arguments. */
#ifndef WORKER_PACKETS_H
#define WORKER_PACKETS_H

#include "worker_wire.h"

typedef struct packet {
  struct packet *next;
  _Alignas(wire_header) uint8_t bytes[WIRE_FRAME_MAX];
} packet;

/* Ends the worker where there is no memory for one. */
packet *packet_take(void);
void packet_put(packet *done);

#endif
