/* Who a worker is: the uid of its slot, or the host's own in a user namespace, and no capability in either. */
#include "confinement.h"
#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* Above what systemd gives to containers and users, below what a signed number holds. */
enum { FIRST_SLOT_UID = 0x70000000, SLOTS = 0x10000 };

static bool write_file(const char *path, const char *text, complaint *why) {
  int file = open(path, O_WRONLY | O_CLOEXEC);
  ssize_t written = file < 0 ? -1 : write(file, text, strlen(text));
  int error = errno;
  if (file >= 0) close(file);
  if (written >= 0) return true;
  return complain(why, "namespaces: %s cannot be written: %s; allow user namespaces for this user", path, strerror(error));
}

/* As itself: another number inside would only hide whose files these are. */
bool map_own_user(const confinement *plan, complaint *why) {
  char user[64], group[64];
  snprintf(user, sizeof user, "%u %u 1", plan->uid, plan->uid);
  snprintf(group, sizeof group, "%u %u 1", plan->gid, plan->gid);
  return write_file("/proc/self/setgroups", "deny", why) && write_file("/proc/self/uid_map", user, why)
    && write_file("/proc/self/gid_map", group, why);
}

/* Refused without CAP_SETPCAP, and then no_new_privs alone keeps a program file from giving any. */
static void empty_bounding_set(void) {
  for (int capability = 0; capability < 64; capability++) prctl(PR_CAPBSET_DROP, capability, 0, 0, 0);
}

bool become_slot_user(const confinement *plan, complaint *why) {
  empty_bounding_set(); /* while it is root */
  if (plan->wanted.slot >= SLOTS) return complain(why, "slot_uid: there is no slot %u", plan->wanted.slot);
  uid_t id = FIRST_SLOT_UID + plan->wanted.slot;
  if (setgroups(0, NULL) == 0 && setresgid(id, id, id) == 0 && setresuid(id, id, id) == 0) return true;
  return complain(why, "slot_uid: cannot become uid %u: %s; run the host as root, and where that is root of a container, "
    "map the uids from %u on", id, strerror(errno), (unsigned)FIRST_SLOT_UID);
}

bool drop_capabilities(complaint *why) {
  prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  empty_bounding_set();
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct nothing[2] = {{0}};
  if (syscall(SYS_capset, &header, nothing) == 0) return true;
  return complain(why, "capabilities cannot be dropped: %s", strerror(errno));
}
