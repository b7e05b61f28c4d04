/* A plugin whose arguments say what it attacks: "name" or "name aim". The same is done by its constructor where the file
 * has it written into `while_loading`; "report" then answers what came of it. */
#include "../plugins/one_function.h"
#include "attack.h"
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static attempt loading;
/* The driver finds the mark in the file, and writes behind it. */
static volatile const char while_loading[16 + AIM_MAX] = "WHILE-LOADING-->";

static const attack *const themes[] = {bombs, file_attacks, network_attacks, process_attacks, program_attacks,
  kernel_attacks, privilege_attacks, sight_attacks, channel_attacks};

/* ---- reports ----------------------------------------------------------------------------------------------------- */

void succeeded(attempt *it, const char *format, ...) {
  int length = snprintf(it->report, sizeof it->report, "succeeded: ");
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(it->report + length, sizeof it->report - (size_t)length, format, arguments);
  va_end(arguments);
}

void refused(attempt *it, const char *what) {
  int error = errno;
  const char *name = strerrorname_np(error);
  snprintf(it->report, sizeof it->report, "refused: %s: %s", what, name == NULL ? "?" : name);
}

void outcome(attempt *it, long result, const char *what) {
  if (result < 0)
    refused(it, what);
  else
    succeeded(it, "%s", what);
}

void outcome_in_child(attempt *it, int (*run)(const char *aim), const char *what) {
  pid_t child = fork();
  if (child == 0) _exit(run(it->aim));
  if (child < 0) {
    errno = run(it->aim);
  } else {
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    errno = WIFEXITED(status) ? WEXITSTATUS(status) : ECHILD;
  }
  outcome(it, errno == 0 ? 0 : -1, what);
}

/* ---- running ----------------------------------------------------------------------------------------------------- */

static void attack_as(const char *order, size_t length, attempt *it) {
  char name[64] = "";
  char text[sizeof name + AIM_MAX];
  snprintf(text, sizeof text, "%.*s", (int)length, order);
  sscanf(text, "%63s %255[^\n]", name, it->aim);
  for (size_t theme = 0; theme < sizeof themes / sizeof *themes; theme++)
    for (const attack *known = themes[theme]; known->name != NULL; known++)
      if (strcmp(known->name, name) == 0) {
        known->run(it);
        return;
      }
  snprintf(it->report, sizeof it->report, "there is no attack %s", name);
}

__attribute__((constructor)) static void attack_while_loading(void) {
  char order[AIM_MAX];
  for (size_t at = 0; at < sizeof order; at++) order[at] = while_loading[16 + at];
  if (order[0] != 0) attack_as(order, strnlen(order, sizeof order), &loading);
}

static jf_status invoke(void *opened, jf_call call, uint32_t function, jf_bytes arguments) {
  (void)function;
  attempt now = {"", ""}, *it = &now;
  if (arguments.len == 6 && memcmp(arguments.ptr, "report", 6) == 0)
    it = &loading;
  else
    attack_as((const char *)arguments.ptr, arguments.len, it);
  return host->complete(opened, call, JF_OK, (jf_bytes){(const uint8_t *)it->report, strlen(it->report)});
}

ONE_FUNCTION("attacks", JF_KIND_TOOL, "attack")
