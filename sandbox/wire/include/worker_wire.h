/* What the host, the zygote and the workers say to each other.
 *
 * Every channel is a SOCK_SEQPACKET pair: a frame is a packet, whole or not at all. All numbers are in the byte order of
 * the machine, for all three run on it and come from one build; WIRE_VERSION guards against a mix of installations.
 *
 * The host believes the zygote, which never runs code of a plugin. It believes nothing that comes out of a worker: it
 * takes no descriptors from one, and a frame that breaks a rule written here ends that worker.
 * A worker believes the host, and answers what makes no sense by ending.
 */
#ifndef WORKER_WIRE_H
#define WORKER_WIRE_H

#include <stdint.h>

enum {
  WIRE_VERSION = 2,
  WIRE_FRAME_MAX = 64 * 1024, /* bytes of one packet, header included */
  WIRE_HEADER = 40,           /* sizeof(wire_header) */
  WIRE_INLINE_MAX = WIRE_FRAME_MAX - WIRE_HEADER,
  WIRE_MEMORY_MAX = 1 << 30,  /* bytes of one payload that travels as memory */
  WIRE_MEMORY_TOTAL = 1 << 28, /* bytes of all memories that one worker holds */
  WIRE_EMIT_CREDITS = 64,     /* events that a call may send before the host grants more: who sends others waits for
                                 the host's reader, and harms itself alone */
  WIRE_MAX_DESCRIPTORS = 4    /* beside one frame */
};

/* WIRE_IN_MEMORY: the payload is not in the packet but in shared memory, `length` bytes of it. From the host, the memory's
 * descriptor comes beside the frame, sealed against every change. From a worker, `memory` names one that the host made
 * for it (WIRE_MEMORY); the worker has no say in its size. */
enum {
  WIRE_IN_MEMORY = 1 << 0,
  WIRE_RECONCILE = 1 << 1, /* INVOKE: the plugin's reconcile() is meant */
  WIRE_PREVIEW = 1 << 2,   /* INVOKE: the plugin's preview() is meant */
  WIRE_LEFT_OUT = 1 << 3,  /* COMPLETE: the result has `count` bytes, more than the host would take; none are sent */
  WIRE_MORE = 1 << 4       /* ANSWER: another one to the same question follows */
};
/* Any other bit, and one of these with a frame that it is not meant for, is a frame that breaks a rule. */

typedef struct wire_header {
  uint32_t length;  /* bytes of the payload */
  uint16_t type;    /* WIRE_... below */
  uint16_t flags;
  uint64_t call;    /* the call that this is about; 0 where it is about none */
  uint64_t request; /* numbers a question of the worker (SERVICE, MEMORY_WANTED) and comes back in the answer; for
                       INVOKE and DEADLINE: the deadline, nanoseconds of CLOCK_MONOTONIC */
  uint32_t memory;  /* with WIRE_IN_MEMORY from a worker: which one; in MEMORY: its number from now on */
  int32_t status;   /* a jf_status */
  uint32_t kind;    /* see each type */
  uint32_t count;   /* see each type */
} wire_header;

/* --- host to zygote. Each is answered by one frame of the same type, in order. */
enum {
  /* payload: wire_hello. Answer: status 0, kind: the layers that were found to work, by trying; payload: for each that
   * does not a line with its name, what is missing and the remedy. Or JF_E_UNSUPPORTED and a sentence. */
  WIRE_HELLO = 1,
  /* payload: wire_spawn, then the paths that the worker may read, each ended by '\n'. Answer: status 0 with two
   * descriptors, the worker's channel and its pidfd, `count` = its pid as the host sees it; or a status below 0 with a
   * sentence: which piece is missing and the remedy. */
  WIRE_SPAWN = 2,
  /* From the zygote, unasked: the worker `count` is gone, and everything that it started. kind: CLD_EXITED, CLD_KILLED or
   * CLD_DUMPED; status: the exit status or the signal. */
  WIRE_ENDED = 3,
};

/* Layers of confinement; bits. */
enum {
  WIRE_LAYER_SECCOMP = 1 << 0,
  WIRE_LAYER_LANDLOCK = 1 << 1,
  WIRE_LAYER_NAMESPACES = 1 << 2,
  WIRE_LAYER_LIMITS = 1 << 3,
  WIRE_LAYER_CGROUP = 1 << 4,
  WIRE_LAYER_HYGIENE = 1 << 5,
  WIRE_LAYER_SLOT_UID = 1 << 6, /* an own uid for each worker; only where the host is root */
};

typedef struct wire_hello {
  uint32_t version; /* WIRE_VERSION */
  uint32_t flags;
} wire_hello;

typedef struct wire_spawn {
  uint32_t layers;         /* exactly these, or an error; a cgroup is left out where there is none to be had */
  uint32_t slot;           /* 0 to 65535: no two living workers have the same; makes uid and cgroup */
  uint64_t memory_bytes;   /* address space of the worker, 0: 512 MiB */
  uint64_t cpu_seconds;    /* 0: not limited */
  uint64_t file_bytes;     /* longest file or memory that it may make, 0: 1 MiB */
  uint32_t descriptors;    /* 0: 64 */
  uint32_t tasks;          /* 0: 32, and 288 where the plugin answers as a model */
} wire_spawn;

/* --- host to worker */
enum {
  /* First, once. One descriptor beside it: the plugin's sealed image; with WIRE_IN_MEMORY the payload's comes after it.
   * Payload: a WIRE_TEXTS list of
   *   plugin id, plugin version, tenant, configuration (JSON; empty text where it is not granted),
   *   names of the granted services (each ended by '\n'), and for each function what the descriptor says of it, in its
   *   order: "KIND EFFECT FLAGS NAME\n", numbers as in jackfield/plugin.h, kind -1 for one that the host does not know.
   * The worker confines itself for good, loads the image, checks its table against all this, and opens an
   * instance for the tenant. Answer: READY or FAILED. */
  WIRE_LOAD = 16,
  /* kind: number of the function, in the order of LOAD. count: the attempt. request: the deadline. Payload: a WIRE_TEXTS list of run,
   * idempotency key, arguments. A worker without a free thread puts it off. */
  WIRE_INVOKE = 17,
  /* Nobody waits for `call` any more; status: JF_E_CANCELLED or JF_E_DEADLINE, which emit() and services answer from now
   * on. COMPLETE is still owed, and so is an ANSWER to each open SERVICE. May come for a call that has just ended. */
  WIRE_CANCEL = 18,
  WIRE_CREDIT = 19, /* `count` more events may be sent for `call` */
  WIRE_ANSWER = 20, /* to SERVICE `request`: status and payload. Where the operation is one whose answer comes in parts, each
                       but the last has WIRE_MORE */
  WIRE_MEMORY = 21, /* to MEMORY_WANTED `request`: status; with 0 a descriptor beside it of exactly `count` bytes, sealed
                       against shrinking and growing, which COMPLETE, EMIT or SERVICE gives back by naming `memory` */
  WIRE_CLOSE = 22,  /* no call runs and none follows: close the instance and exit with 0 */
  WIRE_DEADLINE = 23, /* `request` is the deadline of `call` from now on: a person was waited for. Comes before the ANSWER */
};

/* --- worker to host */
enum {
  WIRE_READY = 32,  /* count: how many calls may be open at a time, at least 1; the host never sends more.
                       flags are 0; kind: bit 0 where the plugin has reconcile(), bit 1 where it has preview() */
  WIRE_FAILED = 33, /* kind: a wire_failure; payload: a sentence for the operator. The worker ends. */
  /* The one result of `call`. Payload: the result as JSON with JF_OK, else a message for people. */
  WIRE_COMPLETE = 34,
  WIRE_EMIT = 35,     /* kind: a JF_EVENT_...; uses one credit */
  WIRE_PROGRESS = 36, /* payload: wire_progress, then the note */
  WIRE_LOG = 37,      /* kind: a JF_LOG_...; payload: a WIRE_TEXTS list of message, fields */
  /* A question to a service of the host on behalf of `call`; `request` is never used again. kind: the operation, see
   * plugin_services.h; payload: a WIRE_TEXTS list of the service's name and the operation's own bytes. At most
   * WIRE_SERVICE_MAX may be open at a time for all calls: what a plugin asks beyond is JF_E_BUSY in the worker. Answer:
   * ANSWER, always, also for a call that nobody waits for any more. */
  WIRE_SERVICE = 38,
  /* For a payload of `count` bytes, more than WIRE_INLINE_MAX, of `call`. kind: the type of the frame that will name it.
   * At most WIRE_MEMORIES_MAX at a time. JF_E_LIMIT: more than the call's result may have, or than WIRE_MEMORY_TOTAL. */
  WIRE_MEMORY_WANTED = 39,
};
enum { WIRE_SERVICE_MAX = 2048, WIRE_MEMORIES_MAX = 16 };

typedef enum wire_failure {
  WIRE_FAILURE_CONFINEMENT = 1, /* a layer could not be put on */
  WIRE_FAILURE_LOAD = 2,        /* the dynamic loader refused it; or no entry, or a table that breaks the rules */
  WIRE_FAILURE_TABLE = 3,       /* its table differs from the descriptor */
  WIRE_FAILURE_INCOMPATIBLE = 4,
  WIRE_FAILURE_OPEN = 5, /* open() said no */
} wire_failure;

typedef struct wire_progress {
  double done, total;
} wire_progress;

/* WIRE_TEXTS: several texts in one payload. For each text its length as a uint32_t, then all the bytes, one after the
 * other; nothing between them, nothing after them. Who reads knows how many there are. */

_Static_assert(sizeof(wire_header) == WIRE_HEADER, "the header has no padding");

#endif
