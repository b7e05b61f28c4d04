#include <jackfield/plugin.h>
#include <stdlib.h>

#include "call.h"
#include "configuration.h"
#include "functions.h"

typedef struct instance {
  const jf_host *host;
  configuration configuration;
} instance;

#define TEXT(literal) {(const uint8_t *)(literal), sizeof(literal) - 1}

/* In the order of descriptor.json. Not serial: each call has its own connection, and the rest is constant. */
static const jf_function functions[] = {
    {sizeof(jf_function), JF_KIND_TOOL, JF_EFFECT_NONE, 0, TEXT("query")},
    {sizeof(jf_function), JF_KIND_TOOL, JF_EFFECT_NONE, 0, TEXT("schema")},
};

static jf_bytes config_json(const jf_host *host) {
  const jf_service_config *service = host->service(host, JF_SERVICE_CONFIG);
  return service != NULL && JF_HAS(service, json) ? service->json(host) : (jf_bytes){NULL, 0};
}

static jf_status sql_open(const jf_host *host, const jf_open_info *info, void **result, jf_bytes *error) {
  const char *problem = "out of memory";
  instance *opened = calloc(1, sizeof *opened);
  if (opened != NULL) {
    opened->host = host;
    problem = configuration_read(&opened->configuration, config_json(host), info->tenant);
  }
  if (problem == NULL) {
    *result = opened;
    return JF_OK;
  }
  free(opened);
  *error = (jf_bytes){(const uint8_t *)problem, __builtin_strlen(problem)};
  return JF_E_ARGUMENT;
}

static void sql_close(void *closed) {
  instance *instance = closed;
  configuration_free(&instance->configuration);
  free(instance);
}

static jf_status sql_invoke(void *target, jf_call id, uint32_t function, jf_bytes arguments) {
  instance *instance = target;
  const call call = call_begin(instance->host, id, &instance->configuration);
  switch (function) {
    case 0: return query(&call, arguments);
    case 1: return schema(&call, arguments);
    default: return JF_E_NOT_FOUND;
  }
}

static const jf_plugin plugin = {
    .size = sizeof(jf_plugin),
    .abi_built = JF_ABI_VERSION,
    .abi_oldest = JF_ABI(1, 0),
    .id = TEXT("sql"),
    .version = TEXT("1.0.0"),
    .functions = functions,
    .function_stride = sizeof(jf_function),
    .function_count = sizeof functions / sizeof *functions,
    .open = sql_open,
    .close = sql_close,
    .invoke = sql_invoke,
};

const jf_plugin *jackfield_plugin_v1(uint32_t host_abi) { return host_abi >= plugin.abi_oldest ? &plugin : NULL; }
