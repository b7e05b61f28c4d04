/* The calls that the host has asked for and that are not over: for the host, until COMPLETE was sent; for the plugin,
 * until its function has returned too. */
#ifndef WORKER_CALLS_H
#define WORKER_CALLS_H

#include "packets.h"
#include "wire_frames.h"
#include <jackfield/plugin.h>
#include <pthread.h>
#include <stdatomic.h>

/* Each takes a thread. Models are waited for, mostly; tools work. */
enum { TOOL_CALLS_AT_A_TIME = 16, CHAT_CALLS_AT_A_TIME = 256 };
/* A function may go on after complete(), and then keeps its slot while the host sends the next call. */
enum { CALL_SLOTS = 2 * CHAT_CALLS_AT_A_TIME };

/* Bytes that live until the call is complete. */
typedef struct kept {
  struct kept *next;
  uint64_t length;
  _Alignas(16) uint8_t bytes[];
} kept;

typedef struct call {
  _Atomic uint64_t id; /* 0: the slot is free */
  _Atomic int64_t deadline;
  /* Held while a frame of the call is sent, so that none comes after COMPLETE. Taken before `state`. */
  pthread_mutex_t order;
  pthread_mutex_t state; /* for a moment; guards the rest */
  uint32_t function;     /* in the plugin's table */
  uint16_t mode;         /* 0, WIRE_RECONCILE or WIRE_PREVIEW */
  bool has_begun, has_returned, is_complete;
  jf_status abandoned; /* JF_OK while somebody waits */
  uint32_t credits;
  uint32_t users; /* threads that hold it */
  struct waiter *credit_waiter; /* the one thread that waits to send an event; guarded by the lock of reading.h */
  jf_bytes arguments;
  jf_call_info info;
  kept *kept;
  uint64_t kept_bytes;
  struct body *bodies; /* that come; of the threads that hold the call, under the lock of reading.h */
  packet *packet; /* has run, key and arguments, unless they are mapped */
  void *mapped;
  size_t mapped_length;
} call;

/* Before the first call; at most `most` are open at a time from now on. */
void calls_prepare(uint32_t most);

/* Takes up an INVOKE; `packet` is the call's from then on. Null for a frame that makes no sense. Only the thread that
 * reads calls this. The caller holds the call. */
call *calls_open(const wire_frame *frame, packet *packet);

/* The call `id`, held; null where there is none any more. */
call *calls_hold(uint64_t id);
void calls_release(call *held);

/* Why nothing may be done for a held call any more: JF_OK, the status it was abandoned with, or JF_E_STATE. */
jf_status calls_standing(call *held);

#endif
