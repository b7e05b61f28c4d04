/* The two ends of a streamed answer with nothing of Jackfield between them: a server that speaks as a model's does, and a
 * program that reads it with libcurl and nothing else.
 *
 *     benchmark-stream-peer serve PIECES MICROSECONDS    prints its port; ends with standard input
 *     benchmark-stream-peer read PORT TIMES              prints a line of JSON
 *
 * The server sends PIECES pieces of text, MICROSECONDS apart, to whoever asks for anything. Each piece is the moment it was sent
 * at, in nanoseconds of CLOCK_MONOTONIC. */
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

static int64_t now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

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

typedef struct reading {
  int64_t first; /* nanoseconds from the first piece's sending to its being here; -1: none yet */
} reading;

static size_t take(char *bytes, size_t size, size_t count, void *given) {
  reading *read = given;
  const char *text = read->first >= 0 ? NULL : strstr(bytes, "\"content\":\"");
  if (text != NULL) read->first = now() - strtoll(text + strlen("\"content\":\""), NULL, 10);
  return size * count;
}

static int64_t processor_time(void) {
  struct timespec time;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time);
  return (int64_t)time.tv_sec * 1000000000 + time.tv_nsec;
}

static int compare(const void *left, const void *right) {
  int64_t difference = *(const int64_t *)left - *(const int64_t *)right;
  return difference < 0 ? -1 : difference > 0;
}

static int read_streams(const char *port, int times) {
  char url[64];
  int64_t *first = calloc((size_t)times, sizeof *first), begun = 0;
  snprintf(url, sizeof url, "http://127.0.0.1:%s/v1/chat/completions", port);
  CURL *easy = curl_easy_init();
  if (easy == NULL || first == NULL || times < 1) return 1;
  for (int time = -1; time < times; time++) { /* the first one warms up */
    if (time == 0) begun = processor_time();
    reading one = {.first = -1};
    curl_easy_setopt(easy, CURLOPT_URL, url);
    curl_easy_setopt(easy, CURLOPT_POSTFIELDS, "{\"model\":\"m\",\"stream\":true,\"messages\":[]}");
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, take);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, &one);
    if (curl_easy_perform(easy) != CURLE_OK) return 1;
    if (time >= 0) first[time] = one.first;
  }
  int64_t spent = (processor_time() - begun) / times;
  qsort(first, (size_t)times, sizeof *first, compare);
  printf("{\"what\":\"streamed answer read by libcurl alone\",\"cpu_ns\":%" PRId64 ",\"first_piece_p50_ns\":%" PRId64 ",\"n\":%d}\n",
    spent, first[times / 2], times);
  return 0;
}

int main(int count, char **arguments) {
  signal(SIGPIPE, SIG_IGN);
  if (count == 4 && strcmp(arguments[1], "serve") == 0) {
    pieces = atoi(arguments[2]);
    interval = atoll(arguments[3]) * 1000;
    return serve();
  }
  if (count == 4 && strcmp(arguments[1], "read") == 0) return read_streams(arguments[2], atoi(arguments[3]));
  fputs("usage: benchmark-stream-peer serve PIECES MICROSECONDS | read PORT TIMES\n", stderr);
  return 2;
}
