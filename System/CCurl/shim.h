#pragma once
#include <curl/curl.h>

/* Swift imports no variadic functions. */
static inline CURLcode jf_curl_set_number(CURL *easy, CURLoption option, long value) {
  return curl_easy_setopt(easy, option, value);
}
static inline CURLcode jf_curl_set_large(CURL *easy, CURLoption option, curl_off_t value) {
  return curl_easy_setopt(easy, option, value);
}
/* Copies `text`, except for CURLOPT_POSTFIELDS. */
static inline CURLcode jf_curl_set_text(CURL *easy, CURLoption option, const char *text) {
  return curl_easy_setopt(easy, option, text);
}
static inline CURLcode jf_curl_set_pointer(CURL *easy, CURLoption option, void *value) {
  return curl_easy_setopt(easy, option, value);
}
typedef size_t (*jf_curl_write)(char *bytes, size_t size, size_t count, void *context);
static inline CURLcode jf_curl_set_write(CURL *easy, CURLoption option, jf_curl_write write) {
  return curl_easy_setopt(easy, option, write);
}
typedef curl_socket_t (*jf_curl_open)(void *context, curlsocktype purpose, struct curl_sockaddr *address);
static inline CURLcode jf_curl_set_open(CURL *easy, jf_curl_open open) {
  return curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, open);
}
static inline CURLcode jf_curl_private(CURL *easy, void **value) {
  return curl_easy_getinfo(easy, CURLINFO_PRIVATE, value);
}
static inline long jf_curl_global_all(void) { return CURL_GLOBAL_ALL; }
static inline long jf_curl_pause(void) { return CURL_WRITEFUNC_PAUSE; }
/* One empty text that is always there. */
static inline const char *jf_curl_empty(void) { return ""; }
static inline long jf_curl_http_1_1(void) { return CURL_HTTP_VERSION_1_1; }
