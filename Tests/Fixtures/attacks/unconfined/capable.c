/* capable - answers 42 where it can do what its caller could not: it has a capability. The driver makes it setuid. */
#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

int main(void) {
  struct __user_cap_header_struct header = {.version = _LINUX_CAPABILITY_VERSION_3};
  struct __user_cap_data_struct found[2] = {{0}};
  if (syscall(SYS_capget, &header, found) < 0) return 1;
  return found[0].effective != 0 || found[1].effective != 0 ? 42 : 1;
}
