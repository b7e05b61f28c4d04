#include "cgroup.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define MOUNTED_AT "/sys/fs/cgroup"
#define PREFIX "jackfield-"

static bool put(const char *folder, const char *name, const char *file, const char *text) {
  char path[CGROUP_PATH_MAX + CGROUP_NAME_MAX + 64];
  snprintf(path, sizeof path, "%s/%s/%s", folder, name, file);
  int opened = open(path, O_WRONLY | O_CLOEXEC);
  ssize_t written = opened < 0 ? -1 : write(opened, text, strlen(text));
  int error = errno;
  if (opened >= 0) close(opened);
  errno = error;
  return written >= 0;
}

static bool put_number(const char *folder, const char *name, const char *file, uint64_t number) {
  char text[32];
  snprintf(text, sizeof text, "%" PRIu64, number);
  return put(folder, name, file, text);
}

/* The folders that there are: the second is null where one serves for both. */
static void folders(const cgroup_place *place, const char *found[2]) {
  found[0] = place->tasks;
  found[1] = place->is_unified ? NULL : place->memory;
}

bool cgroup_make(const cgroup_place *place, const char *name, const wire_spawn *wanted, complaint *why) {
  const char *all[2];
  folders(place, all);
  for (int at = 0; at < 2 && all[at] != NULL; at++) {
    char path[CGROUP_PATH_MAX + CGROUP_NAME_MAX];
    snprintf(path, sizeof path, "%s/%s", all[at], name);
    if (mkdir(path, 0755) < 0 && errno != EEXIST) return complain(why, "cgroup: %s: %s", path, strerror(errno));
  }
  const char *memory = place->is_unified ? place->tasks : place->memory;
  const char *most = place->is_unified ? "memory.max" : "memory.limit_in_bytes";
  if (!put_number(place->tasks, name, "pids.max", wanted->tasks) || !put_number(memory, name, most, wanted->memory_bytes)) {
    complain(why, "cgroup: its limits cannot be set: %s", strerror(errno));
    cgroup_remove(place, name);
    return false;
  }
  if (place->is_unified) {
    put(memory, name, "memory.swap.max", "0"); /* absent where there is no swap */
    put(memory, name, "memory.oom.group", "1");
  }
  return true;
}

bool cgroup_join(const cgroup_place *place, const char *name, complaint *why) {
  const char *all[2];
  folders(place, all);
  for (int at = 0; at < 2 && all[at] != NULL; at++)
    if (!put(all[at], name, "cgroup.procs", "0")) return complain(why, "cgroup: it cannot be joined: %s", strerror(errno));
  return true;
}

static void kill_members(const char *folder, const char *name) {
  char path[CGROUP_PATH_MAX + CGROUP_NAME_MAX + 32];
  snprintf(path, sizeof path, "%s/%s/cgroup.procs", folder, name);
  FILE *members = fopen(path, "re");
  if (members == NULL) return;
  for (int pid; fscanf(members, "%d", &pid) == 1;)
    if (pid > 1) kill(pid, SIGKILL);
  fclose(members);
}

bool cgroup_remove(const cgroup_place *place, const char *name) {
  const char *all[2];
  bool is_gone = true;
  folders(place, all);
  for (int at = 0; at < 2 && all[at] != NULL; at++) {
    char path[CGROUP_PATH_MAX + CGROUP_NAME_MAX];
    snprintf(path, sizeof path, "%s/%s", all[at], name);
    if (rmdir(path) == 0 || errno == ENOENT) continue;
    kill_members(all[at], name);
    is_gone = false;
  }
  return is_gone;
}

/* ---- finding ---------------------------------------------------------------------------------------------------- */

/* Finds the line of this process for `controller`, "" for the unified hierarchy, and stores its path. */
static bool own_path(const char *controller, char path[CGROUP_PATH_MAX]) {
  FILE *lines = fopen("/proc/self/cgroup", "re");
  char line[CGROUP_PATH_MAX];
  bool is_found = false;
  while (lines != NULL && !is_found && fgets(line, sizeof line, lines) != NULL) {
    char *names = strchr(line, ':'), *own = names == NULL ? NULL : strchr(names + 1, ':');
    if (own == NULL) continue;
    *own++ = 0;
    own[strcspn(own, "\n")] = 0;
    is_found = strcmp(names + 1, controller) == 0;
    if (is_found) snprintf(path, CGROUP_PATH_MAX, "%s", own);
  }
  if (lines != NULL) fclose(lines);
  return is_found;
}

static void find_controller(const char *controller, char folder[CGROUP_PATH_MAX]) {
  char own[CGROUP_PATH_MAX];
  folder[0] = 0;
  if (!own_path(controller, own)) return;
  if (snprintf(folder, CGROUP_PATH_MAX, MOUNTED_AT "/%s%s", controller, own) >= CGROUP_PATH_MAX) folder[0] = 0;
  /* In a container the path may be the one outside. */
  if (access(folder, W_OK) < 0) snprintf(folder, CGROUP_PATH_MAX, MOUNTED_AT "/%s", controller);
}

static void remove_leftovers(const char *folder) {
  DIR *entries = opendir(folder);
  if (entries == NULL) return;
  for (struct dirent *entry; (entry = readdir(entries)) != NULL;) {
    int zygote;
    if (sscanf(entry->d_name, PREFIX "%d-", &zygote) != 1 || kill(zygote, 0) == 0 || errno != ESRCH) continue;
    unlinkat(dirfd(entries), entry->d_name, AT_REMOVEDIR);
  }
  closedir(entries);
}

static bool works(const cgroup_place *place, complaint *why) {
  char name[CGROUP_NAME_MAX];
  snprintf(name, sizeof name, PREFIX "%d-try", (int)getpid());
  const wire_spawn some = {.tasks = 32, .memory_bytes = 64 << 20};
  if (!cgroup_make(place, name, &some, why)) return false;
  cgroup_remove(place, name);
  return true;
}

bool cgroup_find(cgroup_place *place, complaint *why) {
  char own[CGROUP_PATH_MAX];
  memset(place, 0, sizeof *place);
  find_controller("pids", place->tasks);
  find_controller("memory", place->memory);
  if (place->tasks[0] == 0 && own_path("", own)) {
    place->is_unified = true;
    snprintf(place->tasks, sizeof place->tasks, MOUNTED_AT "%s", own[1] == 0 ? "" : own);
    /* Refused where the host itself is in this very group: a group with processes has no controllers below. */
    put(place->tasks, ".", "cgroup.subtree_control", "+pids +memory");
  }
  if (works(place, why)) {
    remove_leftovers(place->tasks);
    if (!place->is_unified) remove_leftovers(place->memory);
    return true;
  }
  return complain(why, "cgroup: no group with limits of tasks and memory can be made; delegate one to the host "
    "(systemd: Delegate=pids memory, DelegateSubgroup=host) or run it as root");
}
