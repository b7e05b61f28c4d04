/* What code that means harm tries. Each attack is a function; it reports truthfully whether it had what it wanted, and
 * where it did not, why. Without any confinement every one of them succeeds, or it proves nothing. */
#ifndef ATTACK_H
#define ATTACK_H

#include <jackfield/plugin.h>
#include <stdbool.h>
#include <stdint.h>

enum { REPORT_MAX = 512, AIM_MAX = 256 };

typedef struct attempt {
  char aim[AIM_MAX]; /* what the driver has put up for it: a path, a port, a process */
  char report[REPORT_MAX];
} attempt;

typedef struct attack {
  const char *name;
  void (*run)(attempt *it);
} attack;

/* Each ends with an entry that has no name. */
extern const attack bombs[], file_attacks[], network_attacks[], process_attacks[], program_attacks[], kernel_attacks[],
  privilege_attacks[], sight_attacks[], channel_attacks[];

/* Writes the report: "succeeded: …", or "refused: …" with the error of the last call. */
__attribute__((format(printf, 2, 3))) void succeeded(attempt *it, const char *format, ...);
void refused(attempt *it, const char *what);
/* Succeeded where `result` is not negative. */
void outcome(attempt *it, long result, const char *what);

/* In a child, so that nothing of it stays: `run` answers 0 or an errno. In this process where none can be made. */
void outcome_in_child(attempt *it, int (*run)(const char *aim), const char *what);

#endif
