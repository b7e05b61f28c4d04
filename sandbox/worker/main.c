/* jackfield-worker - runs plugins that are not trusted, each in a process of its own that may do next to nothing.
 *
 *     jackfield-worker --zygote FOLDER
 *
 * The host starts one of these, before it reads any secret, with a channel (wire/include/worker_wire.h) as descriptor 3. It
 * forks workers on request, and ends with all of them when the channel does. FOLDER has the libraries that plugins are
 * linked with besides the system's, those of the Swift runtime above all; it may be empty. */
#include "zygote.h"
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

enum { CONTROL = 3, EXIT_USAGE = 2 };

static bool is_channel(int descriptor) {
  int type = 0;
  socklen_t length = sizeof type;
  return getsockopt(descriptor, SOL_SOCKET, SO_TYPE, &type, &length) == 0 && type == SOCK_SEQPACKET;
}

/* The loader reads its search path when a program starts, and nothing else of the environment is wanted. */
static void start_again_with_only(const char *runtime, char **arguments) {
  char *variable = NULL;
  if (runtime[0] != 0 && asprintf(&variable, "LD_LIBRARY_PATH=%s", runtime) < 0) return;
  bool is_right = variable == NULL ? environ[0] == NULL
                                   : environ[0] != NULL && environ[1] == NULL && strcmp(environ[0], variable) == 0;
  if (!is_right) execve("/proc/self/exe", arguments, (char *[]){variable, NULL});
  free(variable);
}

int main(int count, char **arguments) {
  if (count != 3 || strcmp(arguments[1], "--zygote") != 0 || strchr(arguments[2], ':') != NULL || !is_channel(CONTROL)) {
    dprintf(STDERR_FILENO, "usage: jackfield-worker --zygote FOLDER, with a channel as descriptor %d\n", CONTROL);
    return EXIT_USAGE;
  }
  start_again_with_only(arguments[2], arguments);
  fcntl(CONTROL, F_SETFD, FD_CLOEXEC);
  prctl(PR_SET_NAME, "jf-zygote");
  setsid(); /* a terminal's signals are the host's */
  return zygote_serve(CONTROL, arguments[2]);
}
