/* Talking to somebody. */
#include "attack.h"
#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/vm_sockets.h>
#include <netinet/in.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static struct sockaddr_in here(const char *port) {
  return (struct sockaddr_in){
    .sin_family = AF_INET, .sin_port = htons((uint16_t)atoi(port)), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
}

static void reach(attempt *it, int type, const void *address, size_t length) {
  int channel = socket(((const struct sockaddr *)address)->sa_family, type | SOCK_CLOEXEC, 0);
  if (channel < 0) return refused(it, "socket");
  if (connect(channel, address, (socklen_t)length) < 0)
    refused(it, "connect");
  else
    outcome(it, send(channel, "attack", 6, MSG_NOSIGNAL), "connected and sent");
  close(channel);
}

static void connect_tcp(attempt *it) {
  struct sockaddr_in address = here(it->aim);
  reach(it, SOCK_STREAM, &address, sizeof address);
}

static void send_udp(attempt *it) {
  struct sockaddr_in address = here(it->aim);
  reach(it, SOCK_DGRAM, &address, sizeof address);
}

static void connect_path(attempt *it) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path, it->aim, sizeof address.sun_path - 1);
  reach(it, SOCK_STREAM, &address, sizeof address);
}

static void connect_abstract(attempt *it) {
  struct sockaddr_un address = {.sun_family = AF_UNIX};
  strncpy(address.sun_path + 1, it->aim, sizeof address.sun_path - 2);
  reach(it, SOCK_STREAM, &address, offsetof(struct sockaddr_un, sun_path) + 1 + strlen(it->aim));
}

/* Asks the kernel for the network's interfaces. */
static void ask_netlink(attempt *it) {
  struct {
    struct nlmsghdr header;
    struct rtgenmsg body;
  } question = {{sizeof question, RTM_GETLINK, NLM_F_REQUEST | NLM_F_DUMP, 1, 0}, {AF_UNSPEC}};
  char answer[8192];
  int channel = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE);
  if (channel < 0) return refused(it, "socket");
  if (send(channel, &question, sizeof question, 0) < 0)
    refused(it, "send");
  else
    outcome(it, recv(channel, answer, sizeof answer, 0), "the interfaces are known");
  close(channel);
}

/* To the machine that this one is a guest of. */
static void open_vsock(attempt *it) {
  int channel = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);
  outcome(it, channel, "a socket to the hypervisor");
  if (channel >= 0) close(channel);
}

/* Left open, so that the driver can knock. */
static void listen_tcp(attempt *it) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_ANY)};
  socklen_t length = sizeof address;
  int channel = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (channel < 0) return refused(it, "socket");
  if (bind(channel, (struct sockaddr *)&address, sizeof address) < 0) return refused(it, "bind");
  if (listen(channel, 1) < 0) return refused(it, "listen");
  if (getsockname(channel, (struct sockaddr *)&address, &length) < 0) return refused(it, "getsockname");
  succeeded(it, "%u", ntohs(address.sin_port));
}

const attack network_attacks[] = {
  {"tcp", connect_tcp}, {"udp", send_udp}, {"unix", connect_path}, {"abstract", connect_abstract},
  {"netlink", ask_netlink}, {"vsock", open_vsock}, {"listen", listen_tcp}, {NULL, NULL}};
