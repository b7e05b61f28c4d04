#include "plugin_loading.h"
#include <dlfcn.h>
#include <string.h>

bool plugin_library_folder(const char *symbol, char *folder, size_t count) {
  Dl_info found;
  void *address = dlsym(RTLD_DEFAULT, symbol);
  if (address == NULL || dladdr(address, &found) == 0 || found.dli_fname == NULL) return false;
  const char *slash = strrchr(found.dli_fname, '/');
  if (slash == NULL || (size_t)(slash - found.dli_fname) >= count) return false;
  memcpy(folder, found.dli_fname, (size_t)(slash - found.dli_fname));
  folder[slash - found.dli_fname] = 0;
  return true;
}
