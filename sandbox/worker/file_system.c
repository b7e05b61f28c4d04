/* The root folder of a worker: libraries, read-only, and one file for the plugin's image. */
#include "confinement.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* The tmpfs is mounted here first. What is below cannot be shown any more: nothing of it is for a plugin. */
#define SCAFFOLD "/proc"
/* The old root is seen here while the new one is filled. */
#define OLD_ROOT "/old"

const char confined_image_path[] = "/plugin.so";

/* For headers older than the kernel. */
struct mount_attributes {
  uint64_t set, clear, propagation, user_namespace;
};
enum { READ_ONLY = 1, NO_SETUID = 2, NO_DEVICES = 4, RECURSIVE = 0x8000 };

static bool restrict_mount(const char *path, unsigned depth, complaint *why) {
  struct mount_attributes attributes = {.set = READ_ONLY | NO_SETUID | NO_DEVICES};
  if (syscall(SYS_mount_setattr, AT_FDCWD, path, depth, &attributes, sizeof attributes) == 0) return true;
  return complain(why, "namespaces: %s cannot be made read-only: %s", path, strerror(errno));
}

static bool mount_root(complaint *why) {
  if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0
      || mount("worker", SCAFFOLD, "tmpfs", MS_NOSUID | MS_NODEV, "mode=0755,size=256m,nr_inodes=256") < 0)
    return complain(why, "namespaces: a file system in memory cannot be mounted: %s; where the host runs in a container, "
      "let it mount (CAP_SYS_ADMIN, or user namespaces and no seccomp profile against mount)", strerror(errno));
  return true;
}

/* A second view of the same file system becomes the root: it can be read-only while the image is still written through
 * the first. */
static bool enter_root(confined *result, complaint *why) {
  result->image = open(SCAFFOLD "/plugin.so", O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
  if (result->image >= 0 && fchmod(result->image, 0444) == 0 && mkdir(SCAFFOLD OLD_ROOT, 0700) == 0
      && mount(SCAFFOLD, SCAFFOLD, NULL, MS_BIND, NULL) == 0
      && syscall(SYS_pivot_root, SCAFFOLD, SCAFFOLD OLD_ROOT) == 0 && chdir("/") == 0)
    return true;
  return complain(why, "namespaces: the root folder cannot be changed: %s", strerror(errno));
}

static void make_folders(char *path) {
  for (char *slash = strchr(path + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
    *slash = 0;
    mkdir(path, 0755);
    *slash = '/';
  }
}

static bool show(const char *path, complaint *why) {
  char old[4096 + sizeof OLD_ROOT], place[4096];
  snprintf(old, sizeof old, OLD_ROOT "%s", path);
  int length = snprintf(place, sizeof place, "%s", path);
  struct stat found;
  if (length < 0 || (size_t)length >= sizeof place || stat(old, &found) < 0)
    return complain(why, "namespaces: there is no %s", path);
  make_folders(place);
  if (S_ISDIR(found.st_mode))
    mkdir(place, 0755);
  else
    close(open(place, O_WRONLY | O_CREAT | O_CLOEXEC, 0444));
  if (mount(old, place, NULL, MS_BIND | MS_REC, NULL) < 0)
    return complain(why, "namespaces: %s cannot be shown: %s", path, strerror(errno));
  return restrict_mount(place, RECURSIVE, why);
}

/* The loader's own paths go through these where folders were merged into /usr. */
static void copy_links(void) {
  static const char *const names[] = {"/lib", "/lib32", "/lib64"};
  for (size_t at = 0; at < sizeof names / sizeof *names; at++) {
    char old[32], target[256];
    snprintf(old, sizeof old, OLD_ROOT "%s", names[at]);
    ssize_t length = readlink(old, target, sizeof target - 1);
    if (length <= 0) continue;
    target[length] = 0;
    if (symlink(target, names[at]) < 0) continue;
  }
}

bool leave_the_file_system(const confinement *plan, confined *result, complaint *why) {
  sethostname("worker", 6);
  umask(022); /* the worker may become somebody else yet */
  if (!mount_root(why) || !enter_root(result, why)) return false;
  copy_links();
  for (uint32_t at = 0; at < plan->readable_count; at++)
    if (!show(plan->readable[at], why)) return false;
  if (umount2(OLD_ROOT, MNT_DETACH) < 0 || rmdir(OLD_ROOT) < 0)
    return complain(why, "namespaces: the old root folder cannot be left: %s", strerror(errno));
  umask(077);
  return restrict_mount("/", 0, why);
}
