#include "ping_pong.h"
#include <errno.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static uint8_t packet[64 * 1024];

int ping_pong_begin(ping_pong *game, uint32_t answer) {
  int ends[2];
  if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0) return errno;
  game->partner = fork();
  if (game->partner < 0) return errno;
  if (game->partner == 0) {
    close(ends[0]);
    while (recv(ends[1], packet, sizeof packet, 0) > 0 && send(ends[1], packet, answer, MSG_NOSIGNAL) > 0) {
    }
    _exit(0);
  }
  close(ends[1]);
  game->channel = ends[0];
  return 0;
}

void ping_pong_play(const ping_pong *game, uint32_t request) {
  if (send(game->channel, packet, request, MSG_NOSIGNAL) > 0) recv(game->channel, packet, sizeof packet, 0);
}

void ping_pong_end(ping_pong *game) {
  close(game->channel);
  waitpid(game->partner, NULL, 0);
}
