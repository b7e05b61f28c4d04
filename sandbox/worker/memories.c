#include "memories.h"
#include <sys/mman.h>
#include <unistd.h>

void *memory_map(int descriptor, size_t length, int protection) {
  off_t size = lseek(descriptor, 0, SEEK_END); /* fstat() of the C library is a call that a worker has not */
  if (size < 0 || (size_t)size < length) return NULL;
  void *bytes = mmap(NULL, length, protection, MAP_SHARED, descriptor, 0);
  return bytes == MAP_FAILED ? NULL : bytes;
}
