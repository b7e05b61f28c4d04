/* Says what no host should believe, or says nothing any more, as its arguments say: {"how":"..."}. */
#include "one_function.h"
#include <signal.h>
#include <stdlib.h>
#include <string.h>

enum { DEPTH = 100000, EVENT = 32 << 10 };

typedef struct lie {
  const char *how;
  jf_status status;
  jf_bytes words;
} lie;

static const lie lies[] = {
  {"no JSON", JF_OK, TEXT("{\"value\":")},
  {"nothing", JF_OK, TEXT("")},
  {"two values", JF_OK, TEXT("{\"value\":1}{\"value\":2}")},
  {"a key twice", JF_OK, TEXT("{\"value\":1,\"value\":2}")},
  {"a huge number", JF_OK, TEXT("{\"value\":1e999999999}")},
  {"no UTF-8", JF_OK, TEXT("{\"value\":\"\xff\xfe\"}")},
  {"half a surrogate", JF_OK, TEXT("{\"value\":\"\\ud800\"}")},
  {"a zero byte", JF_OK, TEXT("{\"value\":1}\0")},
  {"off its schema", JF_OK, TEXT("{\"value\":\"one\"}")},
  {"a field too many", JF_OK, TEXT("{\"value\":1,\"secret\":2}")},
  {"escapes", JF_OK, TEXT("{\"value\":1,\"note\":\"\\u001b[2J\\u001b]0;owned\\u0007\"}")},
  {"a message with escapes", JF_E_TOOL, TEXT("\33[2Jbroken\33]0;owned\7")},
  {"a message that is no text", JF_E_TOOL, TEXT("\xff\xfe\x80")},
  {"an unknown failure", -4242, TEXT("broken")},
};

static jf_bytes nested(void) {
  uint8_t *brackets = malloc(DEPTH);
  memset(brackets, '[', DEPTH);
  return (jf_bytes){brackets, DEPTH};
}

/* As fast as it can and whatever the host says, until it is ended. */
static void flood(jf_call call) {
  static uint8_t text[EVENT];
  memset(text, 'x', sizeof text);
  for (;;) host->emit(host, call, JF_EVENT_TEXT, (jf_bytes){text, sizeof text});
}

static jf_status invoke(void *opened, jf_call call, uint32_t function, jf_bytes arguments) {
  (void)opened, (void)function;
  char text[128] = "";
  memcpy(text, arguments.ptr, arguments.len < sizeof text ? arguments.len : sizeof text - 1);
  if (strstr(text, "\"stop\"")) raise(SIGSTOP); /* all its threads: nobody reads any more. As process 1 it cannot */
  if (strstr(text, "\"flood\"")) flood(call);
  if (strstr(text, "\"deep\"")) return host->complete(host, call, JF_OK, nested());
  for (size_t at = 0; at < sizeof lies / sizeof *lies; at++) {
    const char *found = strstr(text, lies[at].how);
    if (found != NULL && found[-1] == '"' && found[strlen(lies[at].how)] == '"')
      return host->complete(host, call, lies[at].status, lies[at].words);
  }
  return host->complete(host, call, JF_OK, (jf_bytes)TEXT("{\"value\":1}"));
}

ONE_FUNCTION("hostile", JF_KIND_TOOL, "say")
