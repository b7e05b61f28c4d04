/* A host of one minor version, and what it holds every plugin to, whichever language and version it was built with.
 *
 *     host PLUGIN.so
 *
 * Expects functions `add`, `chat` and `fail`. Everything it hands out ends where readable memory ends, so a plugin that
 * reads past a `size` dies. Compiled with -DMINOR=N against the header of version 1.N, and with -DLOADER and
 * sandbox/loading/table.c to read tables as jackfield does. Exit status: 0 all is kept. */
#include <dlfcn.h>
#include <jackfield/plugin.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#ifdef LOADER /* the table is read as jackfield reads it */
#include <plugin_loading.h>
#endif

enum { CALLS = 16384, THREADS = 8, CALLS_OF_A_THREAD = 500, TEXT_MAX = 256 };

struct call {
  int completions, cancelled;
  jf_status status;
  char payload[TEXT_MAX], heard[TEXT_MAX];
};

static struct call calls[CALLS];
static jf_call last_call;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t completed = PTHREAD_COND_INITIALIZER;
static const jf_call_info *call_info;
static const jf_plugin *plugin;
static int failures;

static void expect(int holds, const char *what) {
  if (holds) return;
  failures++;
  fprintf(stderr, "not kept: %s\n", what);
}

static jf_bytes text(const char *string) { return (jf_bytes){(const uint8_t *)string, strlen(string)}; }

/* `count` bytes that end at a page which nobody may touch. */
static void *guarded(const void *bytes, size_t count) {
  size_t page = (size_t)sysconf(_SC_PAGESIZE);
  char *memory = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (memory == MAP_FAILED || mprotect(memory + page, page, PROT_NONE) != 0) abort();
  return memcpy(memory + page - count, bytes, count);
}

static void append(char to[TEXT_MAX], jf_bytes from) {
  size_t length = strlen(to);
  snprintf(to + length, TEXT_MAX - length, "%.*s", (int)from.len, (const char *)from.ptr);
}

static jf_status complete(const jf_host *host, jf_call call, jf_status status, jf_bytes payload) {
  (void)host;
  if (call == 0 || call >= CALLS) return JF_E_ARGUMENT;
  pthread_mutex_lock(&lock);
  struct call *it = &calls[call];
  int is_first = it->completions++ == 0;
  if (is_first) {
    it->status = status;
    append(it->payload, payload);
  }
  pthread_cond_broadcast(&completed);
  pthread_mutex_unlock(&lock);
  return is_first ? JF_OK : JF_E_STATE;
}

static jf_status emit(const jf_host *host, jf_call call, int32_t event, jf_bytes data) {
  (void)host;
  pthread_mutex_lock(&lock);
  int is_cancelled = calls[call].cancelled;
  if (event == JF_EVENT_TEXT) append(calls[call].heard, data);
  pthread_mutex_unlock(&lock);
  return is_cancelled ? JF_E_CANCELLED : JF_OK;
}

static jf_status progress(const jf_host *host, jf_call call, double done, double total, jf_bytes note) {
  (void)host, (void)call, (void)done, (void)total, (void)note;
  return JF_OK;
}

static void log_line(const jf_host *host, int32_t level, jf_bytes message, jf_bytes fields) {
  (void)host, (void)level, (void)message, (void)fields;
}

static int64_t remaining_ns(const jf_host *host, jf_call call) {
  (void)host;
  return calls[call].cancelled ? 0 : 1000000000;
}

static const jf_call_info *info(const jf_host *host, jf_call call) {
  (void)host;
  return calls[call].completions ? NULL : call_info;
}

static const void *service(const jf_host *host, const char *name) {
  (void)host, (void)name;
  return NULL;
}

static jf_call new_call(void) {
  pthread_mutex_lock(&lock);
  jf_call call = ++last_call;
  pthread_mutex_unlock(&lock);
  return call;
}

/* Settles a call whose slot has answered `status`, as a host does. */
static struct call *settle(jf_call call, jf_status status) {
  struct timespec limit;
  clock_gettime(CLOCK_REALTIME, &limit);
  limit.tv_sec += 10;
  pthread_mutex_lock(&lock);
  struct call *it = &calls[call];
  while (status == JF_PENDING && it->completions == 0)
    if (pthread_cond_timedwait(&completed, &lock, &limit) != 0) break;
  expect(status != JF_PENDING || it->completions == 1, "a pending call is completed once");
  if (it->completions == 0) it->status = status;
  pthread_mutex_unlock(&lock);
  return it;
}

typedef jf_status slot(void *instance, jf_call call, uint32_t function, jf_bytes arguments);

static struct call *ask(slot *slot, void *instance, uint32_t function, const char *arguments) {
  jf_call call = new_call();
  return settle(call, slot(instance, call, function, text(arguments)));
}

static const jf_function *function_at(uint32_t index) {
  return (const jf_function *)(const void *)((const char *)plugin->functions + (size_t)index * plugin->function_stride);
}

static uint32_t function_named(const char *name) {
  for (uint32_t index = 0; index < plugin->function_count; index++) {
    jf_bytes its = function_at(index)->name;
    if (its.len == strlen(name) && memcmp(its.ptr, name, its.len) == 0) return index;
  }
  expect(0, name);
  exit(1);
}

static void *add_often(void *instance) {
  uint32_t add = function_named("add");
  for (int count = 0; count < CALLS_OF_A_THREAD; count++) {
    char arguments[64], sum[64];
    snprintf(arguments, sizeof arguments, "{\"a\":%d,\"b\":%d}", count, 7);
    snprintf(sum, sizeof sum, "{\"sum\":%d}", count + 7);
    struct call *call = ask(plugin->invoke, instance, add, arguments);
    expect(call->completions == 1 && call->status == JF_OK && strcmp(call->payload, sum) == 0, "threads do not meet");
  }
  return NULL;
}

static void check_calls(void *instance) {
  struct call *call = ask(plugin->invoke, instance, function_named("add"), "{\"a\":2,\"b\":3}");
  expect(call->status == JF_OK && strcmp(call->payload, "{\"sum\":5}") == 0, "a tool answers");
  call = ask(plugin->invoke, instance, function_named("add"), "[");
  expect(call->status < 0, "what is no JSON is refused");
  call = ask(plugin->invoke, instance, function_named("fail"), "{}");
  expect(call->status == JF_E_INTERNAL, "what is thrown or panics is a defect of the plugin");
  call = ask(plugin->invoke, instance, plugin->function_count + 7, "{}");
  expect(call->status < 0, "a function that is not there is refused");
}

static void check_chat(void *instance) {
  const char *request = "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"hi\"}]}";
  struct call *call = ask(plugin->invoke, instance, function_named("chat"), request);
  expect(call->status == JF_OK && strcmp(call->heard, "Hello, world") == 0, "a provider streams");
  expect(strstr(call->payload, "\"text\":\"Hello, world\"") != NULL, "the answer has the whole text");

  jf_call left = new_call();
  calls[left].cancelled = 1;
  jf_status status = plugin->invoke(instance, left, function_named("chat"), text(request));
  if (JF_HAS(plugin, cancel)) plugin->cancel(instance, left);
  settle(left, status);
}

static void check_threads(void *instance) {
  pthread_t threads[THREADS];
  for (int at = 0; at < THREADS; at++)
    if (pthread_create(&threads[at], NULL, add_often, instance) != 0) abort();
  for (int at = 0; at < THREADS; at++) pthread_join(threads[at], NULL);
}

#if MINOR >= 1
/* Answers whether there is anything to ask. */
static int check_additions(void *instance) {
#ifdef RECKLESS /* reads the slot without a look at the size */
  if (plugin->reconcile == NULL) return 0;
#else
  if (!JF_HAS(plugin, reconcile)) return 0;
#endif
  struct call *call = ask(plugin->reconcile, instance, function_named("add"), "{\"a\":2,\"b\":3}");
  expect(call->status == JF_E_UNSUPPORTED || strstr(call->payload, "\"outcome\":\"") != NULL, "a lost call is told of");
  call = ask(plugin->reconcile, instance, function_named("chat"), "{}");
  expect(call->status < 0, "a function that does not reconcile says so");
  if (!JF_HAS(plugin, preview)) return 1;
  call = ask(plugin->preview, instance, function_named("add"), "{\"a\":2,\"b\":3}");
  expect(call->status == JF_E_UNSUPPORTED || strstr(call->payload, "\"summary\":\"") != NULL, "a preview has words");
  return 1;
}
#endif

int main(int count, char **arguments) {
  if (count != 2) return fprintf(stderr, "usage: host PLUGIN.so\n"), 2;
  void *library = dlopen(arguments[1], RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (library == NULL) return fprintf(stderr, "%s\n", dlerror()), 1;
  const jf_plugin *(*entry)(uint32_t);
  *(void **)&entry = dlsym(library, JF_ENTRY_SYMBOL);
  if (entry == NULL) return fprintf(stderr, "%s\n", dlerror()), 1;
  expect(entry(JF_ABI(2, 0)) == NULL, "another major version is refused");
  plugin = entry(JF_ABI_VERSION);
  if (plugin == NULL || plugin->abi_oldest > JF_ABI_VERSION) return fprintf(stderr, "refused\n"), 1;
#ifdef LOADER
  static jf_plugin table_as_read;
  char why[PLUGIN_WHY];
  if (plugin_table_check(plugin, &table_as_read, why) != PLUGIN_GOOD) return fprintf(stderr, "%s\n", why), 1;
  plugin = &table_as_read;
#endif

  jf_call_info known = {.size = sizeof known, .attempt = 1, .tenant = text("acme"), .run = text("r1"),
                        .idempotency_key = text("r1/1")};
  call_info = guarded(&known, sizeof known);
  jf_host table = {.size = sizeof table, .abi = JF_ABI_VERSION, .service = service, .log = log_line,
                   .complete = complete, .emit = emit, .progress = progress, .remaining_ns = remaining_ns,
                   .info = info};
  jf_open_info opening = {.size = sizeof opening, .tenant = text("acme")};
  void *instance = NULL;
  jf_bytes error = {0};
  jf_status status = plugin->open(guarded(&table, sizeof table), guarded(&opening, sizeof opening), &instance, &error);
  if (status != JF_OK) return fprintf(stderr, "open: %d %.*s\n", status, (int)error.len, (const char *)error.ptr), 1;

  check_calls(instance);
  check_chat(instance);
  check_threads(instance);
  const char *additions = "";
#if MINOR >= 1
  if (check_additions(instance)) additions = ", reconcile and preview";
#endif
  plugin->close(instance);
  for (jf_call call = 1; call <= last_call; call++) expect(calls[call].completions <= 1, "one call, one result");
  printf("%llu calls%s\n", (unsigned long long)last_call, additions);
  return failures == 0 ? 0 : 1;
}
