#include "libraries.h"
#include <dlfcn.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_known(const libraries *found, const char *path) {
  for (uint32_t at = 0; at < found->count; at++)
    if (strcmp(found->paths[at], path) == 0) return true;
  return false;
}

static bool add(libraries *found, const char *path) {
  char whole[PATH_MAX];
  if (found->count == LIBRARIES_MAX || realpath(path, whole) == NULL) return false;
  if (!is_known(found, whole)) snprintf(found->paths[found->count++], LIBRARY_PATH_MAX, "%s", whole);
  return true;
}

/* The folder that the C library of this process is in, and its counterpart where the two were not merged. */
static bool add_system(libraries *found) {
  Dl_info info;
  char path[PATH_MAX], other[PATH_MAX + 8];
  if (dladdr((void *)&malloc, &info) == 0 || realpath(info.dli_fname, path) == NULL) return false;
  *strrchr(path, '/') = 0;
  snprintf(other, sizeof other, "/usr%s", path);
  if (!add(found, path)) return false;
  add(found, strncmp(path, "/usr/", 5) == 0 ? path + 4 : other);
  add(found, "/etc/ld.so.cache");
  return true;
}

bool find_libraries(libraries *found, const char *runtime, complaint *why) {
  memset(found, 0, sizeof *found);
  if (!add_system(found)) return complain(why, "the folder of the C library cannot be found");
  if (runtime[0] != 0 && !add(found, runtime)) return complain(why, "there is no folder %s", runtime);
  /* pthread_exit() and thread cancellation look for it, and a confined worker could not open it any more. */
  dlopen("libgcc_s.so.1", RTLD_NOW | RTLD_LOCAL);
  return true;
}
