#include "filter_program.h"
#include <errno.h>
#include <linux/audit.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__x86_64__)
#define ARCHITECTURE AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCHITECTURE AUDIT_ARCH_AARCH64
#else
#error "the allow-list has not been held against this architecture"
#endif

static void put(filter_program *program, uint16_t code, uint32_t value, uint8_t if_true, uint8_t if_false) {
  if (program->length == FILTER_MAX) abort(); /* the rules are constant: every run would come here, or none */
  program->code[program->length++] = (struct sock_filter){code, if_true, if_false, value};
}

static void put_return(filter_program *program, uint32_t action) { put(program, BPF_RET | BPF_K, action, 0, 0); }

static void put_load(filter_program *program, size_t offset) {
  put(program, BPF_LD | BPF_W | BPF_ABS, (uint32_t)offset, 0, 0);
}

/* Little-endian: the low half comes first. */
static void put_load_argument(filter_program *program, uint8_t argument) {
  size_t offset = offsetof(struct seccomp_data, args) + (argument & ~FILTER_HIGH_HALF) * sizeof(uint64_t);
  put_load(program, argument & FILTER_HIGH_HALF ? offset + sizeof(uint32_t) : offset);
}

void filter_begin(filter_program *program) {
  program->length = 0;
  put_load(program, offsetof(struct seccomp_data, arch));
  put(program, BPF_JMP | BPF_JEQ | BPF_K, ARCHITECTURE, 1, 0);
  put_return(program, SECCOMP_RET_KILL_PROCESS);
  put_load(program, offsetof(struct seccomp_data, nr));
#if defined(__x86_64__)
  put(program, BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 0, 1); /* x32 */
  put_return(program, SECCOMP_RET_KILL_PROCESS);
#endif
}

static void put_case(filter_program *program, uint32_t call, uint32_t action) {
  put(program, BPF_JMP | BPF_JEQ | BPF_K, call, 0, 1);
  put_return(program, action);
}

void filter_allow(filter_program *program, uint32_t call) { put_case(program, call, SECCOMP_RET_ALLOW); }

void filter_answer(filter_program *program, uint32_t call, uint16_t error) {
  put_case(program, call, SECCOMP_RET_ERRNO | error);
}

void filter_allow_if(
  filter_program *program, uint32_t call, const filter_condition *conditions, uint32_t count, uint16_t error) {
  enum { EACH = 4 }; /* instructions of a condition */
  uint32_t length = EACH * count + 2;
  put(program, BPF_JMP | BPF_JEQ | BPF_K, call, 0, (uint8_t)length);
  for (uint32_t at = 0; at < count; at++) {
    put_load_argument(program, conditions[at].argument);
    put(program, BPF_ALU | BPF_AND | BPF_K, conditions[at].mask, 0, 0);
    put(program, BPF_JMP | BPF_JEQ | BPF_K, conditions[at].value, 1, 0);
    if (error != 0)
      put_return(program, SECCOMP_RET_ERRNO | error);
    else
      put(program, BPF_JMP | BPF_JA, EACH * (count - at - 1) + 1, 0, 0);
  }
  put_return(program, SECCOMP_RET_ALLOW);
  put_load(program, offsetof(struct seccomp_data, nr)); /* for the rules behind this one */
}

void filter_allow_values(
  filter_program *program, uint32_t call, uint8_t argument, const uint32_t *values, uint32_t count, uint16_t error) {
  uint32_t length = 2 * count + 2;
  put(program, BPF_JMP | BPF_JEQ | BPF_K, call, 0, (uint8_t)length);
  put_load_argument(program, argument);
  for (uint32_t at = 0; at < count; at++) put_case(program, values[at], SECCOMP_RET_ALLOW);
  put_return(program, SECCOMP_RET_ERRNO | error);
}

void filter_end(filter_program *program, uint16_t error) { put_return(program, SECCOMP_RET_ERRNO | error); }

int filter_install(const filter_program *program) {
  struct sock_fprog installed = {.len = (unsigned short)program->length, .filter = (struct sock_filter *)program->code};
  long status = syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, &installed);
  return status > 0 ? -1 : status < 0 ? errno : 0;
}
