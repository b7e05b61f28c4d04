/* The tables of the host's services, over one exchange of bytes: the same code in the host and in a worker, so that a
 * plugin cannot tell which of them it runs in.
 *
 * Nothing here allocates, locks or blocks, except that the exchange does. */
#ifndef PLUGIN_SERVICES_H
#define PLUGIN_SERVICES_H

#include <jackfield/plugin.h>

/* What one call may be answered by services, in bytes. Whoever keeps answers enforces it. */
#define PLUGIN_SERVICE_KEPT_MAX ((uint64_t)16 << 20)
/* The same as a function: Swift does not import a macro with a cast. */
static inline uint64_t plugin_service_kept_max(void) { return PLUGIN_SERVICE_KEPT_MAX; }
/* Bytes of one question. */
#define PLUGIN_SERVICE_QUESTION_MAX ((uint64_t)16 << 20)

/* Operations, by service, and the bytes of question -> answer. Numbers have 8 bytes, little-endian; the last text needs
 * no length. An answer to a question that fails is a message for people, or nothing. */
enum {
  PLUGIN_KV_GET = 1,    /* key -> version, value */
  PLUGIN_KV_PUT = 2,    /* expected, lifetime, length of key, key, value -> version */
  PLUGIN_KV_REMOVE = 3, /* expected, key -> */
  PLUGIN_KV_LIST = 4    /* limit, length of prefix, prefix, after -> JSON */
};
enum {
  PLUGIN_HTTP_REQUEST = 1,  /* length of head, head, body -> exchange */
  PLUGIN_HTTP_RESPONSE = 2, /* exchange -> JSON */
  PLUGIN_HTTP_READ = 3,     /* exchange, capacity -> bytes */
  PLUGIN_HTTP_CLOSE = 4,    /* exchange -> */
  /* exchange -> bytes, in parts as they come, until there is no room for more or the body ends. Of a worker alone, which
   * keeps them until the plugin reads. */
  PLUGIN_HTTP_STREAM = 5
};
/* What the parts of one STREAM may weigh: each its bytes and PLUGIN_HTTP_PART, which is more than a packet adds. */
enum { PLUGIN_HTTP_WINDOW = 16 << 10, PLUGIN_HTTP_PART = 64 };
enum { PLUGIN_CALL_CALL = 1 /* length of name, name, arguments -> JSON */ };
enum { PLUGIN_ASK_ASK = 1 /* length of message, message, schema -> action, JSON */ };

/* Where an answer goes. */
typedef struct plugin_service_answer {
  uint8_t *buffer;   /* in: the answer is copied there; null: it is kept until the call is complete, and `bytes` set */
  uint64_t capacity; /* in: of `buffer`; a longer answer is JF_E_LIMIT. What comes with a status below 0 is left out there
                      * where it has no room, and the status stays what it is. */
  jf_bytes bytes;    /* out: the answer; empty where there is none. Set for a status below 0 too. */
} plugin_service_answer;

/* Puts a question, `parts` one after the other, to the service named `service`, and waits. The status is the service's,
 * or JF_E_ARGUMENT, JF_E_STATE, JF_E_CANCELLED, JF_E_DEADLINE, JF_E_LIMIT or JF_E_IO of the exchange itself.
 * [any] */
typedef jf_status (*plugin_service_exchange)(
  const jf_host *host, const char *service, uint32_t operation, jf_call call, const jf_bytes *parts, uint32_t count,
  plugin_service_answer *answer);

/* Sets what every table goes through. Once, before the first instance is opened. */
void plugin_services_through(plugin_service_exchange exchange);

/* The table of a service, or null for a name that is none. Whether it is granted is for the caller to say. */
const void *plugin_service_table(const char *name);

#endif
