#include "CCurl.h"

#include <dlfcn.h>
#include <malloc.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define EACH_FUNCTION(X) \
  X(global_init_mem) X(easy_init) X(easy_cleanup) X(easy_pause) X(easy_setopt) X(easy_getinfo) \
  X(multi_init) X(multi_cleanup) X(multi_add_handle) X(multi_remove_handle) X(multi_perform) \
  X(multi_poll) X(multi_wakeup) X(multi_info_read) X(share_init) X(share_setopt) X(share_cleanup) \
  X(slist_append) X(slist_free_all) \
  X(url) X(url_dup) X(url_cleanup) X(url_get) X(url_set) X(free)

#define MEMBER(name) __typeof__(curl_##name) *name;
static struct { EACH_FUNCTION(MEMBER) } curl;
static bool is_loaded;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void load(void) {
  // The version that the headers of libcurl4-openssl-dev are of. Never closed: its threads may outlive any use.
  void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
  if (library == NULL) return;
  void *found;
#define FIND(name)                                        \
  if ((found = dlsym(library, "curl_" #name)) == NULL) return; \
  memcpy(&curl.name, &found, sizeof found);
  EACH_FUNCTION(FIND)
  is_loaded = true;
}

static bool library(void) {
  pthread_once(&once, load);
  return is_loaded;
}

// Memory of libcurl's, zeroed when it is given back: headers with secrets were in it.

static void *zeroed(size_t count, size_t size) { return calloc(count, size); }
static void *given(size_t size) { return malloc(size); }
static char *copied(const char *text) { return strdup(text); }

static void taken_back(void *memory) {
  if (memory != NULL) explicit_bzero(memory, malloc_usable_size(memory));
  free(memory);
}

static void *resized(void *memory, size_t size) {
  size_t before = memory == NULL ? 0 : malloc_usable_size(memory);
  // What realloc() itself moves it leaves behind as it was.
  void *other = malloc(size);
  if (other == NULL || memory == NULL) return other;
  memcpy(other, memory, before < size ? before : size);
  taken_back(memory);
  return other;
}

// Whoever has a handle has found the library.

CURLcode jf_curl_start(void) {
  if (!library()) return CURLE_FAILED_INIT;
  return curl.global_init_mem(CURL_GLOBAL_ALL, given, taken_back, resized, copied, zeroed);
}
CURL *jf_curl_easy_init(void) { return library() ? curl.easy_init() : NULL; }
void jf_curl_easy_cleanup(CURL *easy) { curl.easy_cleanup(easy); }
void jf_curl_easy_continue(CURL *easy) { curl.easy_pause(easy, CURLPAUSE_CONT); }

CURLM *jf_curl_multi_init(void) { return library() ? curl.multi_init() : NULL; }
void jf_curl_multi_cleanup(CURLM *multi) { curl.multi_cleanup(multi); }
CURLMcode jf_curl_multi_add_handle(CURLM *multi, CURL *easy) { return curl.multi_add_handle(multi, easy); }
CURLMcode jf_curl_multi_remove_handle(CURLM *multi, CURL *easy) {
  return curl.multi_remove_handle(multi, easy);
}
CURLMcode jf_curl_multi_perform(CURLM *multi, int *running) { return curl.multi_perform(multi, running); }
CURLMcode jf_curl_multi_poll(CURLM *multi, int milliseconds) {
  return curl.multi_poll(multi, NULL, 0, milliseconds, NULL);
}
CURLMcode jf_curl_multi_wakeup(CURLM *multi) { return curl.multi_wakeup(multi); }
CURLMsg *jf_curl_multi_info_read(CURLM *multi, int *left) { return curl.multi_info_read(multi, left); }

CURLSH *jf_curl_share_connections(void) {
  CURLSH *share = library() ? curl.share_init() : NULL;
  if (share == NULL) return NULL;
  if (curl.share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT) == CURLSHE_OK
    && curl.share_setopt(share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION) == CURLSHE_OK) return share;
  curl.share_cleanup(share);
  return NULL;
}
bool jf_curl_share_cleanup(CURLSH *share) { return curl.share_cleanup(share) == CURLSHE_OK; }

struct curl_slist *jf_curl_slist_append(struct curl_slist *list, const char *line) {
  return library() ? curl.slist_append(list, line) : NULL;
}
void jf_curl_slist_free_all(struct curl_slist *list) {
  if (list != NULL) curl.slist_free_all(list);
}

CURLU *jf_curl_url(void) { return library() ? curl.url() : NULL; }
CURLU *jf_curl_url_dup(CURLU *url) { return curl.url_dup(url); }
void jf_curl_url_cleanup(CURLU *url) { curl.url_cleanup(url); }
CURLUcode jf_curl_url_get(CURLU *url, CURLUPart part, char **text, unsigned flags) {
  return curl.url_get(url, part, text, flags);
}
CURLUcode jf_curl_url_set(CURLU *url, CURLUPart part, const char *text, unsigned flags) {
  return curl.url_set(url, part, text, flags);
}
void jf_curl_free(void *text) { curl.free(text); }

CURLcode jf_curl_set_number(CURL *easy, CURLoption option, long value) {
  return curl.easy_setopt(easy, option, value);
}
CURLcode jf_curl_set_large(CURL *easy, CURLoption option, curl_off_t value) {
  return curl.easy_setopt(easy, option, value);
}
CURLcode jf_curl_set_text(CURL *easy, CURLoption option, const char *text) {
  return curl.easy_setopt(easy, option, text);
}
CURLcode jf_curl_set_bytes(CURL *easy, CURLoption option, const void *bytes, size_t count) {
  struct curl_blob blob = {.data = (void *)bytes, .len = count, .flags = CURL_BLOB_COPY};
  return curl.easy_setopt(easy, option, &blob);
}
CURLcode jf_curl_set_pointer(CURL *easy, CURLoption option, void *value) {
  return curl.easy_setopt(easy, option, value);
}
CURLcode jf_curl_set_write(CURL *easy, CURLoption option, jf_curl_write write) {
  return curl.easy_setopt(easy, option, write);
}
CURLcode jf_curl_set_open(CURL *easy, jf_curl_open open) {
  return curl.easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open);
}
CURLcode jf_curl_private(CURL *easy, void **value) {
  return curl.easy_getinfo(easy, CURLINFO_PRIVATE, value);
}
curl_off_t jf_curl_microseconds(CURL *easy, CURLINFO moment) {
  curl_off_t passed = 0;
  return curl.easy_getinfo(easy, moment, &passed) == CURLE_OK ? passed : 0;
}
