/* Landlock: files that may be read, and nothing else that it knows. */
#include "confinement.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/landlock.h>
#include <stddef.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Newer than the headers of some distributions that run newer kernels. */
typedef struct ruleset_attributes {
  uint64_t files;
  uint64_t network;
  uint64_t scopes;
} ruleset_attributes;
enum {
  LEAST_ABI = 4, /* TCP */
  SCOPED_ABI = 6,
  READ_FILE = 1 << 2,
  READ_FOLDER = 1 << 3,
  TRUNCATE_ABI = 3,
  IOCTL_ABI = 5
};
static const uint64_t bind_and_connect = 3, abstract_sockets_and_signals = 3;

static uint64_t file_rights(int abi) {
  uint64_t rights = (1 << 14) - 1; /* ABI 2: everything up to LANDLOCK_ACCESS_FS_REFER */
  if (abi >= TRUNCATE_ABI) rights |= 1 << 14;
  if (abi >= IOCTL_ABI) rights |= 1 << 15;
  return rights;
}

static bool allow_reading(int ruleset, const char *path, complaint *why) {
  int file = open(path, O_PATH | O_CLOEXEC);
  struct stat found;
  if (file < 0 || fstat(file, &found) < 0) {
    complain(why, "landlock: %s cannot be opened: %s", path, strerror(errno));
    if (file >= 0) close(file);
    return false;
  }
  struct landlock_path_beneath_attr rule = {
    .allowed_access = READ_FILE | (S_ISDIR(found.st_mode) ? READ_FOLDER : 0), .parent_fd = file};
  long status = syscall(SYS_landlock_add_rule, ruleset, LANDLOCK_RULE_PATH_BENEATH, &rule, 0);
  int error = errno;
  close(file);
  return status == 0 || complain(why, "landlock: %s: %s", path, strerror(error));
}

static bool allow_what_is_needed(const confinement *plan, int ruleset, complaint *why) {
  for (uint32_t at = 0; at < plan->readable_count; at++)
    if (!allow_reading(ruleset, plan->readable[at], why)) return false;
  /* Without namespaces the image is a memory of its own, which Landlock leaves alone. */
  return !wants(plan, WIRE_LAYER_NAMESPACES) || allow_reading(ruleset, confined_image_path, why);
}

bool restrict_with_landlock(const confinement *plan, complaint *why) {
  long abi = syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (abi < LEAST_ABI)
    return complain(why, "landlock: this kernel has %s; run Linux 6.7 or newer with landlock among its lsm=",
      abi < 0 ? "none" : "too old a version");
  ruleset_attributes attributes = {.files = file_rights((int)abi), .network = bind_and_connect};
  if (abi >= SCOPED_ABI) attributes.scopes = abstract_sockets_and_signals;
  size_t size = abi >= SCOPED_ABI ? sizeof attributes : offsetof(ruleset_attributes, scopes);
  int ruleset = (int)syscall(SYS_landlock_create_ruleset, &attributes, size, 0);
  if (ruleset < 0) return complain(why, "landlock: %s", strerror(errno));
  bool holds = allow_what_is_needed(plan, ruleset, why);
  if (holds && syscall(SYS_landlock_restrict_self, ruleset, 0) < 0)
    holds = complain(why, "landlock: %s", strerror(errno));
  close(ruleset);
  return holds;
}
