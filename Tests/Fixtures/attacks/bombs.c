/* Taking all of something that there is, and ways to end. */
#include "attack.h"
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/* More than a worker is ever given here, and less than what would hurt the machine. */
enum { PROCESSES = 400, THREADS = 400, DESCRIPTORS = 500, MEBIBYTES = 160, MEBIBYTE = 1 << 20 };

static void fork_bomb(attempt *it) {
  int gate[2], made = 0;
  if (pipe2(gate, 0) < 0) return refused(it, "pipe");
  for (; made < PROCESSES; made++) {
    pid_t child = fork();
    if (child < 0) break;
    if (child > 0) continue;
    char nothing;
    close(gate[1]);
    ssize_t end = read(gate[0], &nothing, 1); /* until the parent is done, or dead */
    _exit(end == 0 ? 0 : 1);
  }
  outcome(it, made == PROCESSES ? 0 : -1, "400 processes");
  close(gate[0]);
  close(gate[1]);
  while (made-- > 0) wait(NULL);
}

static pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;

static void *wait_at_gate(void *nothing) {
  pthread_mutex_lock(&gate);
  pthread_mutex_unlock(&gate);
  return nothing;
}

static void thread_bomb(attempt *it) {
  pthread_t threads[THREADS];
  pthread_attr_t small;
  pthread_attr_init(&small);
  pthread_attr_setstacksize(&small, 64 << 10);
  pthread_mutex_lock(&gate);
  int made = 0;
  while (made < THREADS && pthread_create(&threads[made], &small, wait_at_gate, NULL) == 0) made++;
  outcome(it, made == THREADS ? 0 : -1, "400 threads");
  pthread_mutex_unlock(&gate);
  while (made-- > 0) pthread_join(threads[made], NULL);
}

static void memory_bomb(attempt *it) {
  size_t length = (size_t)MEBIBYTES * MEBIBYTE;
  char *bytes = malloc(length);
  if (bytes == NULL) return refused(it, "malloc");
  for (size_t at = 0; at < length; at += 4096) ((volatile char *)bytes)[at] = 1;
  succeeded(it, "%d MiB", MEBIBYTES);
  free(bytes);
}

/* Memory that no limit of the address space counts. */
static void file_memory_bomb(attempt *it) {
  static char block[MEBIBYTE];
  int memory = memfd_create("bomb", MFD_CLOEXEC), written = 0;
  if (memory < 0) return refused(it, "memfd_create");
  signal(SIGXFSZ, SIG_IGN);
  while (written < MEBIBYTES && write(memory, block, sizeof block) == (ssize_t)sizeof block) written++;
  outcome(it, written == MEBIBYTES ? 0 : -1, "160 MiB in a memfd");
  close(memory);
}

static void descriptor_bomb(attempt *it) {
  int opened[DESCRIPTORS], made = 0;
  while (made < DESCRIPTORS && (opened[made] = fcntl(0, F_DUPFD_CLOEXEC, 0)) >= 0) made++;
  outcome(it, made == DESCRIPTORS ? 0 : -1, "500 descriptors");
  while (made-- > 0) close(opened[made]);
}

static void spin(attempt *it) {
  for (volatile bool forever = true; forever;) {
  }
  succeeded(it, "came out of an endless loop");
}

/* Deaf to every signal that one can be deaf to, and to the host's cancel. */
static void sleep_deaf(attempt *it) {
  sigset_t all;
  sigfillset(&all);
  pthread_sigmask(SIG_BLOCK, &all, NULL);
  for (volatile bool forever = true; forever;) pause();
  succeeded(it, "woke up");
}

__attribute__((noinline)) static int fall(volatile int *above) {
  volatile int frame[1024];
  frame[0] = *above + 1;
  return frame[0] < 0 ? 0 : fall(frame) + frame[0];
}

static void overflow_stack(attempt *it) {
  volatile int bottom = 0;
  succeeded(it, "%d", fall(&bottom));
}

static void touch_nothing(attempt *it) {
  *(volatile int *)8 = 1;
  succeeded(it, "wrote to nowhere");
}

static void abort_process(attempt *it) {
  (void)it;
  abort();
}

const attack bombs[] = {
  {"fork-bomb", fork_bomb}, {"thread-bomb", thread_bomb}, {"memory-bomb", memory_bomb},
  {"memfd-bomb", file_memory_bomb}, {"descriptor-bomb", descriptor_bomb}, {"spin", spin}, {"sleep-deaf", sleep_deaf},
  {"overflow", overflow_stack}, {"touch-nothing", touch_nothing}, {"abort", abort_process}, {NULL, NULL}};
