/* The ABI: these numbers and types never change. A later minor may only add lines, and changes the size of what it adds to.
 * Tests/Golden/abi-1.1.txt holds the same numbers. */
#include <jackfield/plugin.h>

#define AT(type, field, offset) _Static_assert(offsetof(type, field) == (offset), #type "." #field " moved")
#define TYPE(type, field, ...) \
  _Static_assert(_Generic(&((type *)0)->field, __typeof__(__VA_ARGS__) *: 1, default: 0), #type "." #field " has another type")
#define VALUE(name, value) _Static_assert((name) == (value), #name " changed")
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
AT(jf_plugin, reconcile, 112);
AT(jf_plugin, preview, 120);
SIZE(jf_plugin, 128);

AT(jf_service_kv, size, 0);
AT(jf_service_kv, flags, 4);
AT(jf_service_kv, get, 8);
AT(jf_service_kv, put, 16);
AT(jf_service_kv, remove, 24);
AT(jf_service_kv, list, 32);
SIZE(jf_service_kv, 40);

AT(jf_service_http, size, 0);
AT(jf_service_http, flags, 4);
AT(jf_service_http, request, 8);
AT(jf_service_http, response, 16);
AT(jf_service_http, read, 24);
AT(jf_service_http, close, 32);
SIZE(jf_service_http, 40);

AT(jf_service_call, size, 0);
AT(jf_service_call, flags, 4);
AT(jf_service_call, call, 8);
SIZE(jf_service_call, 16);

AT(jf_service_ask, size, 0);
AT(jf_service_ask, flags, 4);
AT(jf_service_ask, ask, 8);
SIZE(jf_service_ask, 16);

/* And these are the types: of the same size is not the same. */
TYPE(jf_bytes, ptr, const uint8_t *);
TYPE(jf_bytes, len, uint64_t);
TYPE(jf_call_info, size, uint32_t);
TYPE(jf_call_info, attempt, uint32_t);
TYPE(jf_call_info, tenant, jf_bytes);
TYPE(jf_call_info, run, jf_bytes);
TYPE(jf_call_info, idempotency_key, jf_bytes);
TYPE(jf_host, size, uint32_t);
TYPE(jf_host, abi, uint32_t);
TYPE(jf_host, context, void *);
TYPE(jf_host, service, const void * (*)(const jf_host *, const char *));
TYPE(jf_host, log, void (*)(const jf_host *, int32_t, jf_bytes, jf_bytes));
TYPE(jf_host, complete, jf_status (*)(const jf_host *, jf_call, jf_status, jf_bytes));
TYPE(jf_host, emit, jf_status (*)(const jf_host *, jf_call, int32_t, jf_bytes));
TYPE(jf_host, progress, jf_status (*)(const jf_host *, jf_call, double, double, jf_bytes));
TYPE(jf_host, remaining_ns, int64_t (*)(const jf_host *, jf_call));
TYPE(jf_host, info, const jf_call_info * (*)(const jf_host *, jf_call));
TYPE(jf_service_config, size, uint32_t);
TYPE(jf_service_config, flags, uint32_t);
TYPE(jf_service_config, json, jf_bytes (*)(const jf_host *));
TYPE(jf_service_kv, size, uint32_t);
TYPE(jf_service_kv, flags, uint32_t);
TYPE(jf_service_kv, get, jf_status (*)(const jf_host *, jf_call, jf_bytes, jf_bytes *, uint64_t *));
TYPE(jf_service_kv, put, jf_status (*)(const jf_host *, jf_call, jf_bytes, jf_bytes, uint64_t, int64_t, uint64_t *));
TYPE(jf_service_kv, remove, jf_status (*)(const jf_host *, jf_call, jf_bytes, uint64_t));
TYPE(jf_service_kv, list, jf_status (*)(const jf_host *, jf_call, jf_bytes, jf_bytes, uint32_t, jf_bytes *));
TYPE(jf_service_http, size, uint32_t);
TYPE(jf_service_http, flags, uint32_t);
TYPE(jf_service_http, request, jf_status (*)(const jf_host *, jf_call, jf_bytes, jf_bytes, uint64_t *));
TYPE(jf_service_http, response, jf_status (*)(const jf_host *, jf_call, uint64_t, jf_bytes *));
TYPE(jf_service_http, read, jf_status (*)(const jf_host *, jf_call, uint64_t, uint8_t *, uint32_t, uint32_t *));
TYPE(jf_service_http, close, jf_status (*)(const jf_host *, jf_call, uint64_t));
TYPE(jf_service_call, size, uint32_t);
TYPE(jf_service_call, flags, uint32_t);
TYPE(jf_service_call, call, jf_status (*)(const jf_host *, jf_call, jf_bytes, jf_bytes, jf_bytes *));
TYPE(jf_service_ask, size, uint32_t);
TYPE(jf_service_ask, flags, uint32_t);
TYPE(jf_service_ask, ask, jf_status (*)(const jf_host *, jf_call, jf_bytes, jf_bytes, int32_t *, jf_bytes *));
TYPE(jf_function, size, uint32_t);
TYPE(jf_function, kind, int32_t);
TYPE(jf_function, effect, int32_t);
TYPE(jf_function, flags, uint32_t);
TYPE(jf_function, name, jf_bytes);
TYPE(jf_open_info, size, uint32_t);
TYPE(jf_open_info, flags, uint32_t);
TYPE(jf_open_info, tenant, jf_bytes);
TYPE(jf_plugin, size, uint32_t);
TYPE(jf_plugin, abi_built, uint32_t);
TYPE(jf_plugin, abi_oldest, uint32_t);
TYPE(jf_plugin, flags, uint32_t);
TYPE(jf_plugin, id, jf_bytes);
TYPE(jf_plugin, version, jf_bytes);
TYPE(jf_plugin, functions, const jf_function *);
TYPE(jf_plugin, function_stride, uint32_t);
TYPE(jf_plugin, function_count, uint32_t);
TYPE(jf_plugin, descriptor, jf_bytes);
TYPE(jf_plugin, open, jf_status (*)(const jf_host *, const jf_open_info *, void **, jf_bytes *));
TYPE(jf_plugin, close, void (*)(void *));
TYPE(jf_plugin, invoke, jf_status (*)(void *, jf_call, uint32_t, jf_bytes));
TYPE(jf_plugin, cancel, void (*)(void *, jf_call));
TYPE(jf_plugin, reconcile, jf_status (*)(void *, jf_call, uint32_t, jf_bytes));
TYPE(jf_plugin, preview, jf_status (*)(void *, jf_call, uint32_t, jf_bytes));

/* Values that cross. */
_Static_assert(JF_ABI_VERSION == JF_ABI(1, 1) && JF_ABI(1, 1) == 0x10001u, "the version changed");
_Static_assert(JF_KV_ANY_VERSION == UINT64_MAX && JF_KV_ABSENT == 0, "what a version means changed");
VALUE(JF_OK, 0);
VALUE(JF_PENDING, 1);
VALUE(JF_E_ARGUMENT, -1);
VALUE(JF_E_UNSUPPORTED, -2);
VALUE(JF_E_DENIED, -3);
VALUE(JF_E_NOT_FOUND, -4);
VALUE(JF_E_CANCELLED, -5);
VALUE(JF_E_DEADLINE, -6);
VALUE(JF_E_LIMIT, -7);
VALUE(JF_E_STATE, -8);
VALUE(JF_E_BUSY, -9);
VALUE(JF_E_IO, -10);
VALUE(JF_E_TOOL, -11);
VALUE(JF_E_INTERNAL, -12);
VALUE(JF_LOG_DEBUG, 0);
VALUE(JF_LOG_INFO, 1);
VALUE(JF_LOG_WARNING, 2);
VALUE(JF_LOG_ERROR, 3);
VALUE(JF_KIND_TOOL, 1);
VALUE(JF_KIND_CHAT, 2);
VALUE(JF_KIND_EMBED, 3);
VALUE(JF_KIND_MODELS, 4);
VALUE(JF_EFFECT_NON_IDEMPOTENT, 0);
VALUE(JF_EFFECT_IDEMPOTENT, 1);
VALUE(JF_EFFECT_NONE, 2);
VALUE(JF_FUNCTION_MAY_PEND, 1 << 0);
VALUE(JF_FUNCTION_SERIAL, 1 << 1);
VALUE(JF_EVENT_TEXT, 1);
VALUE(JF_EVENT_REASONING, 2);
VALUE(JF_EVENT_TOOL_CALL, 3);
VALUE(JF_EVENT_USAGE, 4);
VALUE(JF_EVENT_CONTENT, 5);
VALUE(JF_ASK_ACCEPTED, 1);
VALUE(JF_ASK_DECLINED, 2);
VALUE(JF_ASK_CANCELLED, 3);
