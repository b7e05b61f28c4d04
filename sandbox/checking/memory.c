/* Arguments are borrowed until a call ends, end where they end and are nobody's to change: here all of it can be seen. */
#include "checking.h"
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { REMEMBERED = 256 }; /* how many forgotten copies stay unreadable; a process has only so many mappings */

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct {
  void *start;
  size_t length;
} forgotten[REMEMBERED];
static size_t next_forgotten;

static size_t page(void) { return (size_t)sysconf(_SC_PAGESIZE); }
static size_t pages_for(size_t length) { return (length / page() + 1) * page(); }

void *guarded_copy(const void *bytes, size_t length) {
  size_t room = pages_for(length);
  char *start = mmap(NULL, room + page(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (start == MAP_FAILED) abort();
  mprotect(start + room, page(), PROT_NONE);
  char *copy = start + room - length;
  if (length > 0) memcpy(copy, bytes, length);
  mprotect(start, room, PROT_READ);
  return copy;
}

void guarded_forget(void *copy, size_t length) {
  size_t room = pages_for(length);
  char *start = (char *)copy + length - room;
  mprotect(start, room, PROT_NONE);
  pthread_mutex_lock(&lock);
  void *oldest = forgotten[next_forgotten].start;
  if (oldest) munmap(oldest, forgotten[next_forgotten].length);
  forgotten[next_forgotten].start = start;
  forgotten[next_forgotten].length = room + page();
  next_forgotten = (next_forgotten + 1) % REMEMBERED;
  pthread_mutex_unlock(&lock);
}
