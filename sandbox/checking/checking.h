/* What the parts of jackfield-check share. */
#ifndef CHECKING_H
#define CHECKING_H

#include "plugin_loading.h"
#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- the report: written piece by piece, so that a crash loses none; a plugin may call from any thread ------------- */

/* To where it goes; to be called once, first. */
void report_to(int descriptor);
/* What is being tried from now on: where a plugin that crashes was. */
void report_at(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* `place`: a function's name, "loading", "opening". Line feeds and tabs in the sentence become blanks. */
void report_finding(const char *code, const char *place, const char *format, ...)
  __attribute__((format(printf, 3, 4)));
/* How many there were so far. */
unsigned report_findings(void);
void report_measure(const char *name, int64_t value);
/* What a function answered to an example: its schema is the host's to check. */
void report_answer(uint32_t function, jf_bytes json);
/* Everything was tried. Without this line the plugin ended the process. */
void report_end(void);

/* ---- a host of one process ----------------------------------------------------------------------------------------- */

typedef struct check_call {
  const char *place;          /* the function's name, for reports */
  atomic_int completions;     /* how often complete() was called */
  atomic_bool answered;       /* invoke() came back with a status that ends the call */
  atomic_bool cancelled;
  atomic_bool closed;         /* its instance is gone */
  jf_status status;           /* of the first completion */
  char *payload;              /* of the first; owned by the call; null where there was none */
  size_t payload_length;
  int64_t deadline; /* nanoseconds of CLOCK_MONOTONIC */
  jf_call_info info;
} check_call;

/* The table that instances are opened with. It ends where readable memory ends. */
const jf_host *check_host(const char *configuration);

/* Takes a number for a call that lasts `milliseconds` at most. Numbers are never used again. */
jf_call check_call_begin(const char *place, int64_t milliseconds);
check_call *check_call_of(jf_call call);

/* Waits until the call is complete or its deadline has passed; answers whether it is complete. */
bool check_call_wait(jf_call call);
void check_call_end(jf_call call);
/* What the calls so far belong to is closed: whoever completes one of them now is too late. */
void check_calls_close(void);

/* ---- memory that tells when it is misused -------------------------------------------------------------------------- */

/* A copy that ends where readable memory ends, and that cannot be written to. */
void *guarded_copy(const void *bytes, size_t length);
/* From now on whoever reads it dies. */
void guarded_forget(void *copy, size_t length);

/* ---- what is checked ----------------------------------------------------------------------------------------------- */

/* Arguments that fit a function's schema. */
typedef struct example {
  uint32_t function;
  bool must_succeed;
  const char *arguments;
} example;

typedef struct subject {
  const char *file;
  const char *configuration; /* JSON */
  const example *examples;
  uint32_t example_count;
  bool is_lost[PLUGIN_MAX_FUNCTIONS]; /* not to be called any more */
  jf_plugin table; /* once it is loaded */
} subject;

enum {
  CALL_MILLISECONDS = 2000, /* the deadline of a call */
  HANG_SECONDS = 4,         /* after which a function that has not come back never will; SIGALRM says so */
  TRYING_SECONDS = 10       /* after which nothing more is begun */
};

/* Loads the file and checks its table; reports and ends the process where that fails. */
void subject_load(subject *plugin);

/* Opens an instance; reports why not, and answers false. */
bool subject_open(const subject *plugin, void **instance);
void subject_close(const subject *plugin, void *instance);
/* Closes the last one, and says so in the report. */
void subject_finish(const subject *plugin, void *instance);

/* One call from its beginning to its end on this thread; `*result`, to be freed, may be null. Reports a call that ends
 * more than once, too late or not at all. */
jf_status subject_call(const subject *plugin, void *instance, uint32_t function, jf_bytes arguments, jf_bytes *result);

/* Holds what invoke() answered against the rules; `JF_E_DEADLINE` for a call that never became complete. */
jf_status subject_settle(const subject *plugin, uint32_t function, jf_call call, jf_status answered);

const char *subject_function_name(const subject *plugin, uint32_t function);
bool subject_function_has(const subject *plugin, uint32_t function, uint32_t flag);

/* Whether there is time to try something more: a plugin that takes its time is not one that hangs. Says once in the
 * report that something was left out. */
bool subject_has_time(void);

int64_t now_ns(void);
jf_bytes bytes_of(const char *text);

/* ---- what a plugin leaves behind ----------------------------------------------------------------------------------- */

typedef struct surroundings surroundings;
/* Everything of this process that is the host's and not a plugin's. */
surroundings *surroundings_now(void);
/* Reports what is different now. `deed`: "loading" or "calls"; `leaves_nothing`: not a thread and not a descriptor. */
void surroundings_compare(const surroundings *before, const char *deed, bool leaves_nothing);

/* Does `once` often, for about `patience` nanoseconds at most; what grows with every round is reported. `once` answers
 * whether it makes sense to go on. */
void growth_check(const char *place, unsigned rounds, int64_t patience, bool (*once)(void *context), void *context);

/* Each runs in a process of its own. */
typedef void check(subject *plugin);
check check_loading, check_opening, check_examples, check_repetition, check_unknown_functions, check_garbage,
  check_cancellation, check_threads;

#endif
