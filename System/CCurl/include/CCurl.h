// libcurl, loaded when it is first asked for: it brings thirty libraries with it, which a host whose plugins send no
// requests does without. Where it cannot be loaded everything fails as if there were no memory.
#ifndef JACKFIELD_CCURL_H
#define JACKFIELD_CCURL_H

#include <curl/curl.h>
#include <stdbool.h>

// The library's functions of the same names. From any thread. What it frees is zeroed first.
CURLcode jf_curl_start(void); // curl_global_init_mem
CURL *jf_curl_easy_init(void);
void jf_curl_easy_cleanup(CURL *easy);
void jf_curl_easy_continue(CURL *easy); // curl_easy_pause
CURLM *jf_curl_multi_init(void);
void jf_curl_multi_cleanup(CURLM *multi);
CURLMcode jf_curl_multi_add_handle(CURLM *multi, CURL *easy);
CURLMcode jf_curl_multi_remove_handle(CURLM *multi, CURL *easy);
CURLMcode jf_curl_multi_perform(CURLM *multi, int *running);
CURLMcode jf_curl_multi_poll(CURLM *multi, int milliseconds);
CURLMcode jf_curl_multi_wakeup(CURLM *multi);
CURLMsg *jf_curl_multi_info_read(CURLM *multi, int *left);
// Of the connections and TLS sessions of the handles that name it, on one thread at a time.
CURLSH *jf_curl_share_connections(void); // curl_share_init
bool jf_curl_share_cleanup(CURLSH *share); // false while a handle names it
struct curl_slist *jf_curl_slist_append(struct curl_slist *list, const char *line);
void jf_curl_slist_free_all(struct curl_slist *list);
CURLU *jf_curl_url(void);
CURLU *jf_curl_url_dup(CURLU *url);
void jf_curl_url_cleanup(CURLU *url);
CURLUcode jf_curl_url_get(CURLU *url, CURLUPart part, char **text, unsigned flags);
CURLUcode jf_curl_url_set(CURLU *url, CURLUPart part, const char *text, unsigned flags);
void jf_curl_free(void *text);

// curl_easy_setopt and curl_easy_getinfo by type: Swift imports no variadic functions.
CURLcode jf_curl_set_number(CURL *easy, CURLoption option, long value);
CURLcode jf_curl_set_large(CURL *easy, CURLoption option, curl_off_t value);
// Copies `text`, except for CURLOPT_POSTFIELDS.
CURLcode jf_curl_set_text(CURL *easy, CURLoption option, const char *text);
// Copies `bytes`.
CURLcode jf_curl_set_bytes(CURL *easy, CURLoption option, const void *bytes, size_t count);
CURLcode jf_curl_set_pointer(CURL *easy, CURLoption option, void *value);
typedef size_t (*jf_curl_write)(char *bytes, size_t size, size_t count, void *context);
CURLcode jf_curl_set_write(CURL *easy, CURLoption option, jf_curl_write write);
typedef curl_socket_t (*jf_curl_open)(void *context, curlsocktype purpose, struct curl_sockaddr *address);
CURLcode jf_curl_set_open(CURL *easy, jf_curl_open open);
CURLcode jf_curl_private(CURL *easy, void **value);
// One of CURLINFO_*_TIME_T; 0 for a moment that did not come.
curl_off_t jf_curl_microseconds(CURL *easy, CURLINFO moment);

// Constants that Swift does not import.
static inline long jf_curl_pause(void) { return CURL_WRITEFUNC_PAUSE; }
static inline long jf_curl_http_1_1(void) { return CURL_HTTP_VERSION_1_1; }
// One empty text that is always there.
static inline const char *jf_curl_empty(void) { return ""; }

#endif
