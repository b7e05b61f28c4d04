/* What two processes need at the least to send each other packets: the measure for calls of sandboxed plugins. */
#ifndef PING_PONG_H
#define PING_PONG_H

#include <stdint.h>

typedef struct ping_pong {
  int channel;
  int32_t partner;
} ping_pong;

/* Starts a process that answers each packet with one of `answer` bytes. Answers 0 or an errno. */
int ping_pong_begin(ping_pong *game, uint32_t answer);

/* Sends a packet of `request` bytes and waits for its answer. */
void ping_pong_play(const ping_pong *game, uint32_t request);

void ping_pong_end(ping_pong *game);

#endif
