#pragma once
#include <stdbool.h>
#include <sys/types.h>

// A program, and what of this process it gets. Signals are at their defaults there, and none is blocked.
typedef struct jf_child_plan {
  const char *program;       // looked for on the PATH where it has no slash
  char *const *arguments;    // the program's name first, null at the end
  char *const *environment;  // null at the end; null: this process's
  const char *folder;        // null: this process's
  int output;                // its standard output; error too, unless `is_alone`
  bool is_alone;             // nothing to read, nobody who sees its errors, and a process group of its own
} jf_child_plan;

// 0, or an errno. With 0 `*pidfd` becomes readable when it ends; the caller closes it and reaps the process.
int jf_child_start(const jf_child_plan *plan, pid_t *pid, int *pidfd);

// A pipe whose ends are close-on-exec and whose first end does not block. 0, or an errno.
int jf_child_pipe(int ends[2]);
