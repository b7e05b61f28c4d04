/* The two ends of a streamed answer with nothing of Jackfield between them: a server that speaks as a model's does, and a
 * program that reads it with libcurl and nothing else.
 *
 *     benchmark-stream-peer serve PIECES MICROSECONDS    prints its port; ends with standard input
 *     benchmark-stream-peer read PORT TIMES              prints a line of JSON
 *     benchmark-stream-peer relay PORT TIMES             the same
 *
 * The server sends PIECES pieces of text, MICROSECONDS apart, to whoever asks for anything. Each piece is the moment it was sent
 * at, in nanoseconds of CLOCK_MONOTONIC.
 *
 * `relay` hands what it reads to another process, which hands it back to another thread: the least that a piece costs which
 * a sandboxed process looks at, since each of the three is woken for it. */
#include <arpa/inet.h>
#include <curl/curl.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static int64_t time_of(clockid_t clock) {
  struct timespec time;
  clock_gettime(clock, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static int64_t now(void) { return time_of(CLOCK_MONOTONIC); }

/* ---- serving ----------------------------------------------------------------------------------------------------- */

static int pieces;
static int64_t interval;

/* Whole requests are short, and come in one piece or two. */
static bool take_request(int connection) {
  char request[65536] = "";
  size_t length = 0;
  while (length < sizeof request - 1) {
    ssize_t count = read(connection, request + length, sizeof request - 1 - length);
    if (count <= 0) return false;
    length += (size_t)count;
    request[length] = 0;
    const char *body = strstr(request, "\r\n\r\n");
    if (body == NULL) continue;
    const char *said = strcasestr(request, "content-length:");
    size_t wanted = said == NULL ? 0 : strtoul(said + strlen("content-length:"), NULL, 10);
    if (length - (size_t)(body + 4 - request) >= wanted) return true;
  }
  return false;
}

static void sleep_until(int64_t moment) {
  struct timespec time = {.tv_sec = moment / 1000000000, .tv_nsec = moment % 1000000000};
  while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &time, NULL) != 0) {
  }
}

static bool say(int connection, const char *text) {
  return send(connection, text, strlen(text), MSG_NOSIGNAL) == (ssize_t)strlen(text);
}

#define CHUNK "data: {\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"created\":1,\"model\":\"m\",\"choices\":[{\"index\":0,"

static void *answer(void *given) {
  int connection = (int)(intptr_t)given;
  char event[512];
  bool goes_on = take_request(connection)
    && say(connection, "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n");
  int64_t due = now();
  for (int piece = 0; piece < pieces && goes_on; piece++, due += interval) {
    if (interval > 0) sleep_until(due);
    snprintf(event, sizeof event, CHUNK "\"delta\":{\"content\":\"%" PRId64 " \"},\"finish_reason\":null}]}\n\n", now());
    goes_on = say(connection, event);
  }
  if (goes_on) {
    say(connection, CHUNK "\"delta\":{},\"finish_reason\":\"stop\"}]}\n\n");
    say(connection, "data: [DONE]\n\n");
  }
  close(connection);
  return NULL;
}

static void *end_with_input(void *nothing) {
  char byte;
  while (read(STDIN_FILENO, &byte, 1) > 0) {
  }
  exit(0);
  return nothing;
}

static int serve(void) {
  struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  socklen_t length = sizeof address;
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  pthread_t thread;
  if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0 || listen(listener, 512) != 0
      || getsockname(listener, (struct sockaddr *)&address, &length) != 0
      || pthread_create(&thread, NULL, end_with_input, NULL) != 0)
    return 1;
  printf("%d\n", ntohs(address.sin_port));
  fflush(stdout);
  for (;;) {
    int connection = accept(listener, NULL, NULL);
    if (connection < 0) continue;
    if (pthread_create(&thread, NULL, answer, (void *)(intptr_t)connection) != 0)
      close(connection);
    else
      pthread_detach(thread);
  }
}

/* ---- reading ----------------------------------------------------------------------------------------------------- */

static _Atomic int64_t first; /* nanoseconds from the first piece's sending to its being here; -1: none yet */
static int to_relay = -1, from_relay = -1; /* -1: what is read goes nowhere else */
static pid_t relay;

static void note_first(const char *bytes) {
  const char *text = first >= 0 ? NULL : strstr(bytes, "\"content\":\"");
  if (text != NULL) first = now() - strtoll(text + strlen("\"content\":\""), NULL, 10);
}

static size_t take(char *bytes, size_t size, size_t count, void *nothing) {
  (void)nothing;
  if (to_relay < 0)
    note_first(bytes);
  else if (send(to_relay, bytes, size * count, 0) < 0)
    return 0;
  return size * count;
}

static void *take_back(void *nothing) {
  static char bytes[65537];
  ssize_t length;
  while ((length = recv(from_relay, bytes, sizeof bytes - 1, 0)) > 0) {
    bytes[length] = 0;
    note_first(bytes);
  }
  return nothing;
}

static bool start_relay(void) {
  int there[2], back[2];
  pthread_t thread;
  if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, there) != 0 || socketpair(AF_UNIX, SOCK_SEQPACKET, 0, back) != 0) return false;
  relay = fork();
  if (relay == 0) {
    static char bytes[65536];
    ssize_t length;
    close(there[0]);
    while ((length = recv(there[1], bytes, sizeof bytes, 0)) > 0) send(back[1], bytes, (size_t)length, 0);
    _exit(0);
  }
  to_relay = there[0];
  from_relay = back[0];
  return relay > 0 && pthread_create(&thread, NULL, take_back, NULL) == 0;
}

/* Of this process, and of the one that relays. */
static int64_t processor_time(void) {
  clockid_t clock;
  int64_t own = time_of(CLOCK_PROCESS_CPUTIME_ID);
  return relay > 0 && clock_getcpuclockid(relay, &clock) == 0 ? own + time_of(clock) : own;
}

static int compare(const void *left, const void *right) {
  int64_t difference = *(const int64_t *)left - *(const int64_t *)right;
  return difference < 0 ? -1 : difference > 0;
}

static int read_streams(const char *port, int times, const char *what) {
  char url[64];
  int64_t *firsts = calloc((size_t)times, sizeof *firsts), begun = 0;
  snprintf(url, sizeof url, "http://127.0.0.1:%s/v1/chat/completions", port);
  CURL *easy = curl_easy_init();
  if (easy == NULL || firsts == NULL || times < 1) return 1;
  for (int time = -1; time < times; time++) { /* the first one warms up */
    if (time == 0) begun = processor_time();
    first = -1;
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, "{\"model\":\"m\",\"stream\":true,\"messages\":[]}");
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take);
    if (curl_easy_perform(easy) != CURLE_OK) return 1;
    if (time >= 0) firsts[time] = first;
  }
  int64_t spent = (processor_time() - begun) / times;
  qsort(firsts, (size_t)times, sizeof *firsts, compare);
  printf("{\"what\":\"%s\",\"cpu_ns\":%" PRId64 ",\"first_piece_p50_ns\":%" PRId64 ",\"n\":%d}\n", what, spent,
    firsts[times / 2], times);
  if (relay > 0) close(to_relay); /* which ends it */
  return 0;
}

int main(int count, char **arguments) {
  signal(SIGPIPE, SIG_IGN);
  if (count == 4 && strcmp(arguments[1], "serve") == 0) {
    pieces = atoi(arguments[2]);
    interval = atoll(arguments[3]) * 1000;
    return serve();
  }
  if (count == 4 && strcmp(arguments[1], "read") == 0)
    return read_streams(arguments[2], atoi(arguments[3]), "streamed answer read by libcurl alone");
  if (count == 4 && strcmp(arguments[1], "relay") == 0 && start_relay())
    return read_streams(arguments[2], atoi(arguments[3]), "streamed answer handed through another process");
  fputs("usage: benchmark-stream-peer serve PIECES MICROSECONDS | read PORT TIMES | relay PORT TIMES\n", stderr);
  return 2;
}
