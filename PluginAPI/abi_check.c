/* ABI 1.0: these numbers never change. A later minor may only add lines. Golden/abi-1.0.txt holds the same. */
#include <jackfield/plugin.h>

#define AT(type, field, offset) _Static_assert(offsetof(type, field) == (offset), #type "." #field " moved")
#define SIZE(type, bytes) _Static_assert(sizeof(type) == (bytes), "the size of " #type " changed")

AT(jf_bytes, ptr, 0);
AT(jf_bytes, len, 8);
SIZE(jf_bytes, 16);

AT(jf_call_info, size, 0);
AT(jf_call_info, attempt, 4);
AT(jf_call_info, tenant, 8);
AT(jf_call_info, run, 24);
AT(jf_call_info, idempotency_key, 40);
SIZE(jf_call_info, 56);

AT(jf_host, size, 0);
AT(jf_host, abi, 4);
AT(jf_host, context, 8);
AT(jf_host, service, 16);
AT(jf_host, log, 24);
AT(jf_host, complete, 32);
AT(jf_host, emit, 40);
AT(jf_host, progress, 48);
AT(jf_host, remaining_ns, 56);
AT(jf_host, info, 64);
SIZE(jf_host, 72);

AT(jf_service_config, size, 0);
AT(jf_service_config, flags, 4);
AT(jf_service_config, json, 8);
SIZE(jf_service_config, 16);

AT(jf_function, size, 0);
AT(jf_function, kind, 4);
AT(jf_function, effect, 8);
AT(jf_function, flags, 12);
AT(jf_function, name, 16);
SIZE(jf_function, 32);

AT(jf_open_info, size, 0);
AT(jf_open_info, flags, 4);
AT(jf_open_info, tenant, 8);
SIZE(jf_open_info, 24);

AT(jf_plugin, size, 0);
AT(jf_plugin, abi_built, 4);
AT(jf_plugin, abi_oldest, 8);
AT(jf_plugin, flags, 12);
AT(jf_plugin, id, 16);
AT(jf_plugin, version, 32);
AT(jf_plugin, functions, 48);
AT(jf_plugin, function_stride, 56);
AT(jf_plugin, function_count, 60);
AT(jf_plugin, descriptor, 64);
AT(jf_plugin, open, 80);
AT(jf_plugin, close, 88);
AT(jf_plugin, invoke, 96);
AT(jf_plugin, cancel, 104);
SIZE(jf_plugin, 112);
