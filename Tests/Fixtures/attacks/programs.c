/* Code that was not in the plugin's file. */
#include "attack.h"
#include <dlfcn.h>
#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ANSWER = 42 };

#if defined(__x86_64__)
enum { MACHINE = EM_X86_64 };
static const uint8_t exits[] = {0xbf, ANSWER, 0, 0, 0, 0xb8, 60, 0, 0, 0, 0x0f, 0x05};  /* exit(42) */
static const uint8_t returns[] = {0xb8, ANSWER, 0, 0, 0, 0xc3};
#else
enum { MACHINE = EM_AARCH64 };
static const uint8_t exits[] = {0x40, 0x05, 0x80, 0xd2, 0xa8, 0x0b, 0x80, 0xd2, 0x01, 0, 0, 0xd4};
static const uint8_t returns[] = {0x40, 0x05, 0x80, 0xd2, 0xc0, 0x03, 0x5f, 0xd6};
#endif

/* ---- programs ---------------------------------------------------------------------------------------------------- */

static void run_program(attempt *it, int file, const char *path, char *const arguments[]) {
  pid_t child = fork();
  if (child == 0) {
    char *const nothing[] = {NULL};
    syscall(SYS_execveat, file, path, arguments, nothing, file < 0 ? 0 : AT_EMPTY_PATH);
    _exit(errno);
  }
  if (child < 0) return refused(it, "fork");
  int status = 0;
  waitpid(child, &status, 0);
  errno = WIFEXITED(status) ? WEXITSTATUS(status) : ECHILD;
  outcome(it, errno == ANSWER ? 0 : -1, "it ran");
}

static void run_shell(attempt *it) {
  run_program(it, -1, "/bin/sh", (char *[]){(char *)"sh", (char *)"-c", (char *)"exit 42", NULL});
}

/* The driver's program answers 42 where it has a capability in its hands. */
static void run_file(attempt *it) { run_program(it, -1, it->aim, (char *[]){(char *)"program", NULL}); }

typedef struct smallest_program {
  Elf64_Ehdr header;
  Elf64_Phdr segment;
  uint8_t code[sizeof exits];
} smallest_program;

static void run_memory(attempt *it) {
  enum { AT = 0x400000 };
  smallest_program program = {
    .header = {.e_ident = {ELFMAG0, ELFMAG1, ELFMAG2, ELFMAG3, ELFCLASS64, ELFDATA2LSB, EV_CURRENT}, .e_type = ET_EXEC,
      .e_machine = MACHINE, .e_version = EV_CURRENT, .e_entry = AT + sizeof(Elf64_Ehdr) + sizeof(Elf64_Phdr),
      .e_phoff = sizeof(Elf64_Ehdr), .e_ehsize = sizeof(Elf64_Ehdr), .e_phentsize = sizeof(Elf64_Phdr), .e_phnum = 1},
    .segment = {.p_type = PT_LOAD, .p_flags = PF_R | PF_X, .p_vaddr = AT, .p_filesz = sizeof program,
      .p_memsz = sizeof program, .p_align = 0x1000}};
  memcpy(program.code, exits, sizeof exits);
  int memory = memfd_create("program", MFD_CLOEXEC);
  if (memory < 0) return refused(it, "memfd_create");
  if (write(memory, &program, sizeof program) != (ssize_t)sizeof program)
    refused(it, "write");
  else
    run_program(it, memory, "", (char *[]){(char *)"program", NULL});
  close(memory);
}

/* ---- in this process --------------------------------------------------------------------------------------------- */

static void call(attempt *it, void *code) {
  int (*function)(void);
  __builtin___clear_cache((char *)code, (char *)code + sizeof returns);
  memcpy(&function, &code, sizeof function);
  succeeded(it, "code of its own answered %d", function());
}

static void map_writable_code(attempt *it) {
  void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return refused(it, "mmap");
  memcpy(page, returns, sizeof returns);
  call(it, page);
  munmap(page, 4096);
}

static void make_executable(attempt *it) {
  void *page = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return refused(it, "mmap");
  memcpy(page, returns, sizeof returns);
  if (mprotect(page, 4096, PROT_READ | PROT_EXEC) < 0)
    refused(it, "mprotect");
  else
    call(it, page);
  munmap(page, 4096);
}

static void load_library(attempt *it) {
  static const char name[] = "libresolv.so.2";
  if (dlopen(name, RTLD_NOW | RTLD_NOLOAD) != NULL) return;
  if (dlopen(name, RTLD_NOW) == NULL)
    refused(it, "dlopen");
  else
    succeeded(it, "%s", name);
}

const attack program_attacks[] = {
  {"run-shell", run_shell}, {"run-file", run_file}, {"run-memory", run_memory}, {"writable-code", map_writable_code},
  {"make-executable", make_executable}, {"dlopen", load_library}, {NULL, NULL}};
