#define OPEN open_elsewhere
#include <jackfield/plugin.h>
jf_status open_elsewhere(const jf_host *host, const jf_open_info *info, void **instance, jf_bytes *error);
#include "good.c"
