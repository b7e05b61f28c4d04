/* jackfield/plugin.h - the Jackfield plugin ABI, version 1.1.
 *
 * C11 or C++17, 64-bit little-endian Linux. This header is all a plugin needs: it links against nothing of the host.
 *
 * GROWTH   Every struct that crosses starts with its own size in bytes, set by the side that owns it. Fields are only
 *          ever appended. A reader touches a field only if JF_HAS() says that it is there. Unknown enum values are
 *          ignored, and so are unknown flag bits 0-15; an unknown flag bit 16-31 means "refuse me".
 * MEMORY   Ownership never crosses. Bytes passed to a function are borrowed until it returns; the arguments of a call
 *          that answers JF_PENDING are borrowed until complete() is called for it. Whoever keeps bytes longer copies
 *          them. Neither side frees memory of the other.
 * THREADS  Each function ends in a thread tag.
 *          [entry] once per process, before everything else.
 *          [main]  never concurrently with itself or with another [main] function of the same plugin; any thread.
 *          [call]  a thread of the host that may be kept until the deadline, and not a moment longer.
 *          [any]   any thread, at any time between open() and close(), concurrently with everything else.
 * UNWIND   No exception, panic, longjmp or thread exit may cross a function of this header, in either direction.
 * TEXT     is UTF-8 and not NUL-terminated. JSON is RFC 8259 without duplicate keys.
 * TIME     is in nanoseconds, measured on a clock that does not jump.
 */
#ifndef JACKFIELD_PLUGIN_H
#define JACKFIELD_PLUGIN_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define JF_ABI(major, minor) (((uint32_t)(major) << 16) | (uint32_t)(minor))
#define JF_ABI_VERSION JF_ABI(1, 1)

/* Whether the struct that `p` points to reaches as far as `field`, and `field` is not null. */
#define JF_HAS(p, field) \
  ((p)->size >= offsetof(__typeof__(*(p)), field) + sizeof((p)->field) && (p)->field != 0)

/* Bytes owned by somebody else. `ptr` may be null when `len` is 0. */
typedef struct jf_bytes {
  const uint8_t *ptr;
  uint64_t len;
} jf_bytes;

/* One invocation, as a number: nothing to dereference, never 0, never used again for another call in this process. */
typedef uint64_t jf_call;

/* The outcome of a function of this header. Values >= 0 are successes. */
typedef int32_t jf_status;
enum {
  JF_OK = 0,
  JF_PENDING = 1,         /* from invoke(): the call goes on, complete() will be called for it */
  JF_E_ARGUMENT = -1,     /* a pointer, size, id or value that makes no sense */
  JF_E_UNSUPPORTED = -2,  /* not offered by this plugin or host */
  JF_E_DENIED = -3,       /* not allowed for this tenant */
  JF_E_NOT_FOUND = -4,
  JF_E_CANCELLED = -5,    /* the caller no longer waits */
  JF_E_DEADLINE = -6,     /* the deadline has passed */
  JF_E_LIMIT = -7,        /* a size, count or rate limit */
  JF_E_STATE = -8,        /* too late or too early: for example a call that is already complete */
  JF_E_BUSY = -9,         /* try again later */
  JF_E_IO = -10,
  JF_E_TOOL = -11,        /* the tool ran and failed; its message is shown to the model */
  JF_E_INTERNAL = -12     /* a defect of the plugin; its message is shown to the operator alone */
};

enum { JF_LOG_DEBUG = 0, JF_LOG_INFO = 1, JF_LOG_WARNING = 2, JF_LOG_ERROR = 3 };

/* What a function is. A tool is offered to agents; the others are asked by the host on an agent's behalf. */
enum {
  JF_KIND_TOOL = 1,
  JF_KIND_CHAT = 2,   /* one model turn: PluginAPI/PROVIDERS.md has the request, the events and the answer */
  JF_KIND_EMBED = 3,  /* texts to vectors */
  JF_KIND_MODELS = 4  /* the models that a provider has */
};

/* What a call may do to the world. The host repeats a call after a crash only as far as this allows. */
enum {
  JF_EFFECT_NON_IDEMPOTENT = 0,  /* the default: never repeated without being asked */
  JF_EFFECT_IDEMPOTENT = 1,      /* may be repeated with the same idempotency key */
  JF_EFFECT_NONE = 2             /* reads only */
};

/* Flags of a function. */
enum {
  JF_FUNCTION_MAY_PEND = 1 << 0,  /* invoke() may answer JF_PENDING */
  JF_FUNCTION_SERIAL = 1 << 1     /* one call of this function per instance at a time; otherwise they are concurrent */
};

/* Events that a running call may emit. */
enum {
  JF_EVENT_TEXT = 1,       /* a piece of answer text: whole characters */
  JF_EVENT_REASONING = 2,  /* a piece of reasoning text: whole characters */
  JF_EVENT_TOOL_CALL = 3,  /* JSON {"index":0,"id":"..","name":"..","arguments":"<piece>"}: pieces of one index join up */
  JF_EVENT_USAGE = 4,      /* JSON {"inputTokens":1,"outputTokens":2}: totals so far */
  JF_EVENT_CONTENT = 5     /* one MCP content block as JSON, shown beside the result */
};

/* What the host knows about one invocation. Owned by the host; lives until the call is complete. */
typedef struct jf_call_info {
  uint32_t size;
  uint32_t attempt;          /* 1 for the first try; a higher one may be a repetition after a crash */
  jf_bytes tenant;           /* on whose behalf */
  jf_bytes run;              /* the run that this call is a step of; for logs */
  jf_bytes idempotency_key;  /* the same for every attempt of this step, different for every other step */
} jf_call_info;

/* What the host offers. Owned by the host, one per plugin instance, valid from open() until close() returns. */
typedef struct jf_host {
  uint32_t size;
  uint32_t abi;  /* JF_ABI(1, minor) of this host */
  void *context; /* the host's own */

  /* A named service (JF_SERVICE_...), or null where this host has none or this tenant was not granted it. Owned by
   * the host, valid until close() returns. [any] */
  const void *(*service)(const struct jf_host *host, const char *name);

  /* One log line. `fields` is a JSON object or empty. Lines are cut at 16 KiB; a flood is dropped and counted. [any] */
  void (*log)(const struct jf_host *host, int32_t level, jf_bytes message, jf_bytes fields);

  /* Finishes a call. With JF_OK, `payload` is the result as JSON; otherwise it is a message for people, and shown as
   * the status says. Must be called exactly once for a call whose invoke() answered JF_PENDING, before or after that
   * answer; may be called once from within invoke(), whose answer is then ignored.
   * JF_E_STATE: the call is already complete, its deadline passed or its caller left; the payload was dropped. [any] */
  jf_status (*complete)(const struct jf_host *host, jf_call call, jf_status status, jf_bytes payload);

  /* Streams one event (JF_EVENT_...) to whoever waits for the call. JF_E_BUSY: the reader is behind, try again later;
   * JF_E_CANCELLED or JF_E_DEADLINE: nobody waits any more, stop. [any] */
  jf_status (*emit)(const struct jf_host *host, jf_call call, int32_t event, jf_bytes data);

  /* How far a call has come: `done` of `total` (0 where unknown), in units of the tool's choice. [any] */
  jf_status (*progress)(const struct jf_host *host, jf_call call, double done, double total, jf_bytes note);

  /* Time until the deadline of a call; 0 or less once it has passed, or once nobody waits for the call. A function
   * that runs for more than a few milliseconds asks now and then, and stops. [any] */
  int64_t (*remaining_ns)(const struct jf_host *host, jf_call call);

  /* Who asks, and under which idempotency key. Null once the call is complete. [any] */
  const jf_call_info *(*info)(const struct jf_host *host, jf_call call);
} jf_host;

/* Services. Each is a struct that starts with its size; a changed one gets a new name, and the old one stays. */

#define JF_SERVICE_CONFIG "jf.config/1"
/* The operator's configuration of this plugin for this tenant. */
typedef struct jf_service_config {
  uint32_t size;
  uint32_t flags;
  /* A JSON object that has passed the descriptor's configSchema. Valid until close() returns. [any] */
  jf_bytes (*json)(const jf_host *host);
} jf_service_config;

/* Since 1.1. The services below do something on behalf of a call that runs, and all follow the same rules;
 * SERVICES.md has the limits and the JSON.
 *  - The descriptor lists the service and the operator grants it, or service() answers null.
 *  - A function blocks until it is answered, the call's deadline passes or nobody waits for the call any more. So it
 *    is for the thread that runs invoke(), reconcile() or preview() of that call, or, while the call is pending, for
 *    a thread of the plugin's own; not for open(), close() or cancel(). Several may run for one call at a time.
 *  - Bytes stored through a pointer belong to the host and live until complete() of that call. All of one call
 *    together are limited: JF_E_LIMIT. On failure what the pointers lead to is zero, unless a function says
 *    otherwise.
 *  - Every function may answer JF_E_ARGUMENT (what was given breaks a rule), JF_E_DENIED (not granted, or withdrawn
 *    since), JF_E_CANCELLED, JF_E_DEADLINE, JF_E_LIMIT, JF_E_STATE (the call is complete), JF_E_BUSY (too many at a
 *    time), JF_E_IO (the host could not do it; whether it was done is not known) and what it lists itself. */

#define JF_SERVICE_KV "jf.kv/1"
#define JF_KV_ANY_VERSION UINT64_MAX /* for `expected`: whatever is there, or nothing */
#define JF_KV_ABSENT ((uint64_t)0)   /* for `expected`: nothing is there */
/* Values of this plugin for this tenant, by name. A key is 1 to 512 bytes of text. Each change of a value gives it a
 * higher version; the lowest is 1. */
typedef struct jf_service_kv {
  uint32_t size;
  uint32_t flags;
  /* JF_E_NOT_FOUND: there is none, or its time is over. `version` may be null. [call] */
  jf_status (*get)(const jf_host *host, jf_call call, jf_bytes key, jf_bytes *value, uint64_t *version);
  /* Stores `value`, if the version that is there is `expected`; else JF_E_NOT_FOUND or, where there is one,
   * JF_E_STATE. `lifetime_ns`: 0 for ever. `version`, of what is stored now, may be null. JF_E_LIMIT: the quota.
   * [call] */
  jf_status (*put)(const jf_host *host, jf_call call, jf_bytes key, jf_bytes value, uint64_t expected,
                   int64_t lifetime_ns, uint64_t *version);
  /* Removes a value, on the same condition; JF_E_NOT_FOUND where there is none. [call] */
  jf_status (*remove)(const jf_host *host, jf_call call, jf_bytes key, uint64_t expected);
  /* The keys that begin with `prefix` and come after `after` (empty: from the first), at most `limit` (1 to 1000), in
   * the order of their bytes: a JSON array of strings. [call] */
  jf_status (*list)(const jf_host *host, jf_call call, jf_bytes prefix, jf_bytes after, uint32_t limit, jf_bytes *keys);
} jf_service_kv;

#define JF_SERVICE_HTTP "jf.http/1"
/* Requests that the host makes, to the hosts that the operator allows, with secrets that the plugin never sees. */
typedef struct jf_service_http {
  uint32_t size;
  uint32_t flags;
  /* Begins an exchange: `head` is JSON {"method":"POST","url":"https://..","headers":[["name","value"]]}. `*exchange`
   * is never 0 and good for this call alone. JF_E_DENIED: this host, method or secret is not allowed. [call] */
  jf_status (*request)(const jf_host *host, jf_call call, jf_bytes head, jf_bytes body, uint64_t *exchange);
  /* Waits for the answer's head: JSON {"status":200,"url":"https://..","headers":[["name","value"]]}, after
   * redirects. JF_E_NOT_FOUND: no such exchange. JF_E_IO: no answer. [call] */
  jf_status (*response)(const jf_host *host, jf_call call, uint64_t exchange, jf_bytes *head);
  /* Waits for the next piece of the answer's body, at most `capacity` bytes, and writes it to `buffer`, which is the
   * plugin's. `*length` 0 with JF_OK: the body is whole. One at a time for an exchange: JF_E_STATE. JF_E_NOT_FOUND:
   * no such exchange. JF_E_IO: the body broke off. [call] */
  jf_status (*read)(const jf_host *host, jf_call call, uint64_t exchange, uint8_t *buffer, uint32_t capacity,
                    uint32_t *length);
  /* Ends an exchange, whole or not. Those that are left over end with the call. JF_E_NOT_FOUND: no such one. [call] */
  jf_status (*close)(const jf_host *host, jf_call call, uint64_t exchange);
} jf_service_http;

#define JF_SERVICE_CALL "jf.call/1"
/* Other tools, under the authority of the call's caller and not more than what the operator granted. */
typedef struct jf_service_call {
  uint32_t size;
  uint32_t flags;
  /* Calls the tool `name`, as agents name it, with a JSON object, and waits for its result, which is JSON. A failure
   * stores a message for people, or nothing. JF_E_NOT_FOUND: no such tool for this caller. JF_E_TOOL: it ran and
   * failed. JF_E_LIMIT: also calls within calls within calls. Its deadline is the call's; its idempotency key is made
   * of the call's and of how many were made before it, so a repeated call should make the same ones in the same
   * order. [call] */
  jf_status (*call)(const jf_host *host, jf_call call, jf_bytes name, jf_bytes arguments, jf_bytes *result);
} jf_service_call;

#define JF_SERVICE_ASK "jf.ask/1"
/* What a person did with a question. */
enum {
  JF_ASK_ACCEPTED = 1, /* answered it */
  JF_ASK_DECLINED = 2, /* said no */
  JF_ASK_CANCELLED = 3 /* left it without an answer */
};
/* The person for whom the call runs. */
typedef struct jf_service_ask {
  uint32_t size;
  uint32_t flags;
  /* Puts `message` and a form to that person, and waits. Meanwhile the clock of the deadline stands still, for a while
   * that the host sets. `schema` is a JSON Schema of an object whose properties are flat: texts, numbers, booleans, choices. `*action` is JF_ASK_...; with
   * JF_ASK_ACCEPTED `*content` is a JSON object that has passed the schema. JF_E_UNSUPPORTED: there is no one to ask.
   * [call] */
  jf_status (*ask)(const jf_host *host, jf_call call, jf_bytes message, jf_bytes schema, int32_t *action,
                   jf_bytes *content);
} jf_service_ask;

/* One function of a plugin. Owned by the plugin, constant, valid for ever. */
typedef struct jf_function {
  uint32_t size;
  int32_t kind;    /* JF_KIND_... */
  int32_t effect;  /* JF_EFFECT_... */
  uint32_t flags;  /* JF_FUNCTION_... */
  jf_bytes name;   /* as in the descriptor: [a-z0-9_-], at most 48 bytes */
} jf_function;

/* For whom an instance is opened. Borrowed until open() returns. */
typedef struct jf_open_info {
  uint32_t size;
  uint32_t flags;
  jf_bytes tenant;
} jf_open_info;

/* What a plugin offers. Owned by the plugin, constant, valid for ever. */
typedef struct jf_plugin {
  uint32_t size;
  uint32_t abi_built; /* JF_ABI_VERSION of the header it was built with */
  uint32_t abi_oldest; /* the oldest host it can run on: JF_ABI(1, 0) unless it needs newer slots */
  uint32_t flags;      /* none defined */
  jf_bytes id;         /* "calc": [a-z0-9-], at most 32 bytes; prefix of its tools' names */
  jf_bytes version;    /* "1.4.2" */
  const jf_function *functions;
  uint32_t function_stride; /* sizeof(jf_function) in the header it was built with */
  uint32_t function_count;

  /* The descriptor (PluginAPI/DESCRIPTOR.md), when the plugin's code has it too; empty otherwise. The host reads the
   * one in section JF_DESCRIPTOR_SECTION of the file, without loading it, and refuses a plugin whose two differ. */
  jf_bytes descriptor;

  /* Makes an instance for one tenant and stores it in `*instance`. On failure stores a message for the operator in
   * `*error`, valid until the next [main] function, and no instance. `host` stays valid until close() returns. [main] */
  jf_status (*open)(const jf_host *host, const jf_open_info *info, void **instance, jf_bytes *error);

  /* Ends an instance. No call of it is running and none will follow. [main] */
  void (*close)(void *instance);

  /* Runs function number `function` of the table. `arguments` is a JSON document that has passed the inputSchema.
   * Answers JF_PENDING to complete later (only with JF_FUNCTION_MAY_PEND), or any other status, which then completes
   * the call unless complete() already did. A status below 0 without complete() has no message. [call] */
  jf_status (*invoke)(void *instance, jf_call call, uint32_t function, jf_bytes arguments);

  /* Optional. Nobody waits for this call any more: stop as soon as possible. complete() is still owed. May come for a
   * call that has just ended. [any] */
  void (*cancel)(void *instance, jf_call call);

  /* Since 1.1, optional. What became of an earlier call of this function, whose outcome was lost in a crash?
   * `arguments` are that call's, and info() of `call` has its run and idempotency key; `call` itself is a new one
   * with a deadline of its own, and is answered as in invoke(). The result is one of
   *    {"outcome":"happened","result":{..}}  it had its effect, and this is what it would have answered
   *    {"outcome":"did_not_happen"}          it had no effect, and will not have one later: it may be made again
   *    {"outcome":"unknown"}                 neither is certain: a person decides
   * An optional "note" is shown to that person. Changes nothing, and may be asked again. JF_E_UNSUPPORTED, every
   * other failure and every other answer mean unknown. The instance may be younger than the call that is asked about.
   * [call] */
  jf_status (*reconcile)(void *instance, jf_call call, uint32_t function, jf_bytes arguments);

  /* Since 1.1, optional. What would this function do with these arguments? Answered as in invoke(), with
   *    {"summary":"Transfers 20 EUR from A to B.","details":{..}}
   * where "summary" is text for whoever approves the call, at most 4096 bytes, and "details", optional, is JSON to
   * look at. Changes nothing. It is no promise: the world may be another one when the call is made. JF_E_UNSUPPORTED:
   * this function has none. [call] */
  jf_status (*preview)(void *instance, jf_call call, uint32_t function, jf_bytes arguments);
} jf_plugin;

/* The section that carries the descriptor, and the only symbol that a plugin exports. */
#define JF_DESCRIPTOR_SECTION ".jackfield.desc"
#define JF_ENTRY_SYMBOL "jackfield_plugin_v1"
#if defined(__GNUC__)
#define JF_EXPORT __attribute__((visibility("default")))
#else
#define JF_EXPORT
#endif

/* Answers the plugin's table, or null to refuse this host. Quick, allocates little, starts no thread. [entry] */
JF_EXPORT const jf_plugin *jackfield_plugin_v1(uint32_t host_abi);

#ifdef __cplusplus
}
#endif

#endif
