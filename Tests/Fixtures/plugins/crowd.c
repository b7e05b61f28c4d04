/* A model that answers nobody until CROWD calls are inside, and then all of them at once and at length. */
#include <jackfield/plugin.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#define TEXT(literal) {(const uint8_t *)literal, sizeof(literal) - 1}
enum { LENGTH = 100000 };

static const jf_host *host;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t arrived = PTHREAD_COND_INITIALIZER;
static int inside;

static jf_status open_instance(const jf_host *given, const jf_open_info *info, void **opened, jf_bytes *error) {
  (void)info;
  (void)error;
  host = given;
  *opened = (void *)given;
  return JF_OK;
}

static void close_instance(void *opened) { (void)opened; }

static void wait_for_all(void) {
  pthread_mutex_lock(&lock);
  if (++inside == CROWD) pthread_cond_broadcast(&arrived);
  while (inside < CROWD) pthread_cond_wait(&arrived, &lock);
  pthread_mutex_unlock(&lock);
}

static jf_status invoke(void *opened, jf_call call, uint32_t function, jf_bytes arguments) {
  (void)opened, (void)function;
  wait_for_all();
  uint8_t *answer = malloc(LENGTH);
  if (answer == NULL) return JF_E_INTERNAL;
  memset(answer, ' ', LENGTH);
  memcpy(answer, arguments.ptr, arguments.len);
  jf_status status = host->complete(host, call, JF_OK, (jf_bytes){answer, LENGTH});
  free(answer);
  return status;
}

static const jf_function functions[] = {
  {sizeof(jf_function), JF_KIND_CHAT, JF_EFFECT_NONE, 0, TEXT("chat")},
};

static const jf_plugin plugin = {
  .size = sizeof(jf_plugin),
  .abi_built = JF_ABI_VERSION,
  .abi_oldest = JF_ABI(1, 0),
  .id = TEXT("crowd"),
  .version = TEXT("1.0.0"),
  .functions = functions,
  .function_stride = sizeof(jf_function),
  .function_count = 1,
  .open = open_instance,
  .close = close_instance,
  .invoke = invoke,
};

JF_EXPORT const jf_plugin *jackfield_plugin_v1(uint32_t host_abi) {
  (void)host_abi;
  return &plugin;
}
