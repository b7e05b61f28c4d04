/* Files of the host. */
#include "attack.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static void read_file(attempt *it) {
  char content[256];
  int file = open(it->aim, O_RDONLY | O_CLOEXEC);
  if (file < 0) return refused(it, "open");
  ssize_t length = read(file, content, sizeof content - 1);
  if (length < 0) {
    refused(it, "read");
  } else {
    content[length] = 0;
    succeeded(it, "%s", content);
  }
  close(file);
}

static void write_to(attempt *it, const char *path) {
  int file = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  if (file < 0) return refused(it, "open to write");
  outcome(it, write(file, "attack", 6), "written");
  close(file);
}

static void write_file(attempt *it) { write_to(it, it->aim); }

static void write_shared_memory(attempt *it) {
  char path[AIM_MAX + 16];
  snprintf(path, sizeof path, "/dev/shm/%s", it->aim);
  write_to(it, path);
}

static void look_for_file(attempt *it) {
  struct stat found;
  outcome(it, stat(it->aim, &found), "there is such a file");
}

/* By this file even what cannot be written to can be written to. */
static volatile const char constant[64] __attribute__((aligned(64))) = "constant";

static void write_own_memory(attempt *it) {
  int memory = open("/proc/self/mem", O_RDWR | O_CLOEXEC);
  if (memory < 0) return refused(it, "open /proc/self/mem");
  ssize_t written = pwrite(memory, "changed", 8, (off_t)(uintptr_t)constant);
  if (written != 8)
    refused(it, "pwrite");
  else
    succeeded(it, "a constant is %s", (const char *)constant);
  close(memory);
}

const attack file_attacks[] = {
  {"read-file", read_file}, {"write-file", write_file}, {"write-shm", write_shared_memory}, {"stat", look_for_file},
  {"own-mem", write_own_memory}, {NULL, NULL}};
