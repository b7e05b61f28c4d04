/* Classic BPF for seccomp, put together a rule at a time. */
#ifndef FILTER_PROGRAM_H
#define FILTER_PROGRAM_H

#include <linux/filter.h>
#include <stdbool.h>
#include <stdint.h>

enum { FILTER_MAX = 512 };

typedef struct filter_program {
  uint32_t length;
  struct sock_filter code[FILTER_MAX];
} filter_program;

/* Begins a program that ends the process at a system call of another architecture, or of the one of 32-bit pointers. */
void filter_begin(filter_program *program);

void filter_allow(filter_program *program, uint32_t call);
void filter_answer(filter_program *program, uint32_t call, uint16_t error);

/* argument & mask == value, of the low 32 bits, or with FILTER_HIGH_HALF of the high ones. */
enum { FILTER_HIGH_HALF = 0x80 };
typedef struct filter_condition {
  uint8_t argument;
  uint32_t mask;
  uint32_t value;
} filter_condition;

/* Allows a call for which all conditions hold. Any other of the same number fails with `error`; with 0 the rules that
 * come after this one decide. */
void filter_allow_if(
  filter_program *program, uint32_t call, const filter_condition *conditions, uint32_t count, uint16_t error);

/* Allows a call whose `argument` is one of `values` in its low 32 bits. */
void filter_allow_values(
  filter_program *program, uint32_t call, uint8_t argument, const uint32_t *values, uint32_t count, uint16_t error);

/* Everything else fails with `error`. */
void filter_end(filter_program *program, uint16_t error);

/* Puts the filter on every thread of the process. Answers 0, an errno, or -1 where a thread has put on filters of its
 * own, which cannot be joined with these. */
int filter_install(const filter_program *program);

#endif
