#include "zoo.h"
#include <signal.h>

__attribute__((constructor)) static void on_load(void) {
  sigset_t some;
  sigemptyset(&some);
  sigaddset(&some, SIGUSR1);
  sigprocmask(SIG_BLOCK, &some, NULL);
}
