#include "plugin_loading.h"
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#ifndef MFD_NOEXEC_SEAL
#define MFD_NOEXEC_SEAL 0x0008U
#endif

static int open_memory(const char *name) {
  /* May be mapped as code, but not be run as a program: that is what hosts with vm.memfd_noexec=2 insist on. */
  int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_NOEXEC_SEAL);
  if (fd < 0 && errno == EINVAL) fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING); /* before Linux 6.3 */
  return fd;
}

static int fill_and_seal(int fd, const char *bytes, size_t count) {
  while (count > 0) {
    ssize_t written = write(fd, bytes, count);
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return -1;
    bytes += written;
    count -= (size_t)written;
  }
  /* Nothing was mapped yet that could be written to, so it seals as much as F_SEAL_WRITE. That one looks for whoever holds a page,
   * waits for the kernel's own books of new pages, and on a busy machine gives up with EBUSY. */
  return fcntl(fd, F_ADD_SEALS, F_SEAL_FUTURE_WRITE | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL);
}

int plugin_image_seal(const char *name, const void *bytes, size_t count) {
  int fd = open_memory(name);
  if (fd < 0) return -errno;
  if (fill_and_seal(fd, bytes, count) == 0) return fd;
  int error = errno;
  close(fd);
  return -error;
}
