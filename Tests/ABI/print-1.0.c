/* Prints every offset, size and value of the ABI, as one compiler sees it: Golden/abi-*.txt. */
#include <jackfield/plugin.h>
#include <stdio.h>

#define STRUCT(type) printf("%s size %zu align %zu\n", #type, sizeof(type), _Alignof(type))
#define FIELD(type, field) \
  printf("%s.%s at %zu size %zu\n", #type, #field, offsetof(type, field), sizeof(((type *)0)->field))
#define VALUE(name) printf("%s = %ld\n", #name, (long)(name))
#define TEXT(name) printf("%s = \"%s\"\n", #name, name)

static void print_structs(void) {
  STRUCT(jf_bytes);
  FIELD(jf_bytes, ptr);
  FIELD(jf_bytes, len);
  STRUCT(jf_call);
  STRUCT(jf_status);
  STRUCT(jf_call_info);
  FIELD(jf_call_info, size);
  FIELD(jf_call_info, attempt);
  FIELD(jf_call_info, tenant);
  FIELD(jf_call_info, run);
  FIELD(jf_call_info, idempotency_key);
  STRUCT(jf_host);
  FIELD(jf_host, size);
  FIELD(jf_host, abi);
  FIELD(jf_host, context);
  FIELD(jf_host, service);
  FIELD(jf_host, log);
  FIELD(jf_host, complete);
  FIELD(jf_host, emit);
  FIELD(jf_host, progress);
  FIELD(jf_host, remaining_ns);
  FIELD(jf_host, info);
  STRUCT(jf_service_config);
  FIELD(jf_service_config, size);
  FIELD(jf_service_config, flags);
  FIELD(jf_service_config, json);
  STRUCT(jf_function);
  FIELD(jf_function, size);
  FIELD(jf_function, kind);
  FIELD(jf_function, effect);
  FIELD(jf_function, flags);
  FIELD(jf_function, name);
  STRUCT(jf_open_info);
  FIELD(jf_open_info, size);
  FIELD(jf_open_info, flags);
  FIELD(jf_open_info, tenant);
  STRUCT(jf_plugin);
  FIELD(jf_plugin, size);
  FIELD(jf_plugin, abi_built);
  FIELD(jf_plugin, abi_oldest);
  FIELD(jf_plugin, flags);
  FIELD(jf_plugin, id);
  FIELD(jf_plugin, version);
  FIELD(jf_plugin, functions);
  FIELD(jf_plugin, function_stride);
  FIELD(jf_plugin, function_count);
  FIELD(jf_plugin, descriptor);
  FIELD(jf_plugin, open);
  FIELD(jf_plugin, close);
  FIELD(jf_plugin, invoke);
  FIELD(jf_plugin, cancel);
}

static void print_values(void) {
  VALUE(JF_ABI_VERSION);
  VALUE(JF_OK);
  VALUE(JF_PENDING);
  VALUE(JF_E_ARGUMENT);
  VALUE(JF_E_UNSUPPORTED);
  VALUE(JF_E_DENIED);
  VALUE(JF_E_NOT_FOUND);
  VALUE(JF_E_CANCELLED);
  VALUE(JF_E_DEADLINE);
  VALUE(JF_E_LIMIT);
  VALUE(JF_E_STATE);
  VALUE(JF_E_BUSY);
  VALUE(JF_E_IO);
  VALUE(JF_E_TOOL);
  VALUE(JF_E_INTERNAL);
  VALUE(JF_LOG_DEBUG);
  VALUE(JF_LOG_INFO);
  VALUE(JF_LOG_WARNING);
  VALUE(JF_LOG_ERROR);
  VALUE(JF_KIND_TOOL);
  VALUE(JF_KIND_CHAT);
  VALUE(JF_KIND_EMBED);
  VALUE(JF_KIND_MODELS);
  VALUE(JF_EFFECT_NON_IDEMPOTENT);
  VALUE(JF_EFFECT_IDEMPOTENT);
  VALUE(JF_EFFECT_NONE);
  VALUE(JF_FUNCTION_MAY_PEND);
  VALUE(JF_FUNCTION_SERIAL);
  VALUE(JF_EVENT_TEXT);
  VALUE(JF_EVENT_REASONING);
  VALUE(JF_EVENT_TOOL_CALL);
  VALUE(JF_EVENT_USAGE);
  VALUE(JF_EVENT_CONTENT);
  TEXT(JF_SERVICE_CONFIG);
  TEXT(JF_DESCRIPTOR_SECTION);
  TEXT(JF_ENTRY_SYMBOL);
}

int main(void) {
  print_structs();
  print_values();
  return 0;
}
