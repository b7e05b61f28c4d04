/* Starts an MCP server below its guard. */
#ifndef SERVER_LAUNCHING_H
#define SERVER_LAUNCHING_H

#include <sys/types.h>

typedef struct guarded_server {
  pid_t guard;  /* leader of its own process group; ends after the server and all that it started */
  int pidfd;    /* readable once the guard has ended */
  int input;    /* what the server reads */
  int output;   /* what it writes */
  int errors;   /* its standard error */
  int lifeline; /* closed: the server has to end */
} guarded_server;

/* Starts `arguments[0]`, a guard, with exactly these arguments and this environment, both ended by null pointers. Neither
 * it nor the server has any other descriptor of this process. All of ours are close-on-exec; `input`'s other end may go
 * away at any time, so the process must ignore SIGPIPE. Answers 0 or an errno; with 0 the caller closes all descriptors
 * and reaps the guard. */
int guarded_server_start(char *const arguments[], char *const environment[], guarded_server *server);

#endif
