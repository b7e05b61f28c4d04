#include "plugin.h"
#include "bodies.h"
#include "fuzz.h"
#include "host_table.h"
#include "plugin_services.h"
#include <string.h>

#define TEXT(literal) ((jf_bytes){(const uint8_t *)literal, sizeof(literal) - 1})
enum { MOST_STEPS = 100, LARGE = 70000 };

plugin loaded;
static uint8_t large[LARGE];
static jf_call pending;

bool plugin_may_use(const char *service) { return strcmp(service, JF_SERVICE_ASK) != 0; }
bool plugin_may_pend(uint32_t index) { return index == 0; }
uint32_t plugin_calls_at_a_time(void) { return TOOL_CALLS_AT_A_TIME; }

/* ---- questions --------------------------------------------------------------------------------------------------- */

static void check_answer(jf_status status, jf_bytes bytes) {
  PROMISE(status <= JF_OK, "a service has no status above JF_OK");
  volatile uint8_t seen = 0;
  for (uint64_t at = 0; at < bytes.len; at++) seen ^= bytes.ptr[at];
}

static void ask_values(jf_call call, uint8_t step) {
  const jf_service_kv *kv = host_table.service(&host_table, JF_SERVICE_KV);
  jf_bytes found = {NULL, 0};
  uint64_t version;
  if (step == 'g') check_answer(kv->get(&host_table, call, TEXT("key"), &found, &version), found);
  if (step == 'u') check_answer(kv->put(&host_table, call, TEXT("key"), TEXT("value"), 0, 0, &version), found);
  if (step == 'U') check_answer(kv->put(&host_table, call, TEXT("key"), (jf_bytes){large, LARGE}, 0, 0, NULL), found);
  if (step == 'd') check_answer(kv->remove(&host_table, call, TEXT("key"), 0), found);
  if (step == 'k') check_answer(kv->list(&host_table, call, TEXT(""), TEXT(""), 10, &found), found);
}

static void ask_web(jf_call call, uint8_t step) {
  const jf_service_http *http = host_table.service(&host_table, JF_SERVICE_HTTP);
  jf_bytes found = {NULL, 0};
  uint64_t exchange;
  uint8_t buffer[64];
  uint32_t length = 0;
  if (step == 'h') check_answer(http->request(&host_table, call, TEXT("{}"), TEXT(""), &exchange), found);
  if (step == 'H') check_answer(http->response(&host_table, call, 1, &found), found);
  if (step == 'W') check_answer(http->close(&host_table, call, 1), found);
  if (step != 'w') return;
  check_answer(http->read(&host_table, call, 1, buffer, sizeof buffer, &length), found);
  PROMISE(length <= sizeof buffer, "what was read fits into its buffer");
}

static void ask_tool(jf_call call) {
  const jf_service_call *tools = host_table.service(&host_table, JF_SERVICE_CALL);
  jf_bytes found = {NULL, 0};
  check_answer(tools->call(&host_table, call, TEXT("tool"), TEXT("{}"), &found), found);
}

/* ---- steps ------------------------------------------------------------------------------------------------------- */

static void step_once(jf_call call, uint8_t step) {
  const jf_host *host = &host_table;
  switch (step) {
  case 'e': host->emit(host, call, JF_EVENT_TEXT, TEXT("text")); break;
  case 'E': host->emit(host, call, JF_EVENT_TEXT, (jf_bytes){large, LARGE}); break;
  case 'p': host->progress(host, call, 1, 2, TEXT("note")); break;
  case 'l': host->log(host, JF_LOG_INFO, TEXT("message"), TEXT("{}")); break;
  case 'i': {
    const jf_call_info *info = host->info(host, call);
    if (info != NULL) check_answer(JF_OK, info->run), check_answer(JF_OK, info->idempotency_key);
    break;
  }
  case 'r': host->remaining_ns(host, call); break;
  case 'c': host->complete(host, call, JF_OK, TEXT("{}")); break;
  case 'C': host->complete(host, call, JF_OK, (jf_bytes){large, LARGE}); break;
  case 'f': host->complete(host, call, JF_E_TOOL, TEXT("failed")); break;
  case 'x': host->complete(host, pending, JF_OK, TEXT("{}")); break; /* that of another call */
  case 't': ask_tool(call); break;
  case 'h': case 'H': case 'w': case 'W': ask_web(call, step); break;
  default: ask_values(call, step);
  }
}

static jf_status act(void *instance, jf_call call, uint32_t function, jf_bytes arguments) {
  (void)instance;
  PROMISE(function == 0, "a function is one of the table");
  uint64_t steps = arguments.len < MOST_STEPS ? arguments.len : MOST_STEPS;
  for (uint64_t at = 0; at < steps; at++) {
    if (arguments.ptr[at] == 'P') return pending = call, JF_PENDING;
    step_once(call, arguments.ptr[at]);
  }
  return JF_OK;
}

static void cancel(void *instance, jf_call call) {
  (void)instance;
  PROMISE(call != 0, "what is cancelled is a call");
}

static void close_instance(void *instance) { (void)instance; }

static const jf_function function = {sizeof function, JF_KIND_TOOL, JF_EFFECT_NONE, JF_FUNCTION_MAY_PEND, {(const uint8_t *)"f", 1}};

void plugin_begin(void) {
  loaded = (plugin){
    .table = {.size = sizeof(jf_plugin), .functions = &function, .function_stride = sizeof function, .function_count = 1,
      .close = close_instance, .invoke = act, .cancel = cancel, .reconcile = act},
    .services = ""};
  pending = 0;
  memset(large, 'x', sizeof large);
  plugin_services_through(bodies_ask_service);
}
