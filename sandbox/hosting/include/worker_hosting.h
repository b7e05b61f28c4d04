/* What the host does with workers that takes system calls which Swift does not import. Any thread may call any of it. */
#ifndef WORKER_HOSTING_H
#define WORKER_HOSTING_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/types.h>

/* Starts the zygote: `arguments`, of which the first is its program, with an empty environment, nothing but its channel
 * as descriptor 3, and no signal blocked. Answers 0 or an errno; with 0 the caller closes both descriptors and reaps. */
typedef struct zygote_process {
  pid_t pid;
  int pidfd;
  int channel; /* SEQPACKET, blocking */
} zygote_process;
int zygote_start(char *const arguments[], zygote_process *zygote);

/* Ends a process and all that is in its namespace, if it still lives. */
void worker_kill(int pidfd);

/* Sends one packet without waiting: 0, or -errno; -EAGAIN where there is no room for it. At most two descriptors. */
int worker_try_send(
  int channel, const void *header, const void *payload, uint32_t length, const int *descriptors, uint32_t count);

/* Receives one packet and no descriptors: whatever of those somebody sends is dropped before this process has it.
 * Answers the length that the packet had, which may be more than `count`; 0 at the end; -errno, -EAGAIN without `waits`
 * where there is none. */
ssize_t worker_receive(int channel, void *packet, uint32_t count, bool waits);

/* Memory of `count` bytes that a worker may write to and nobody may shrink or grow. A descriptor, or -errno. */
int worker_memory(uint32_t count);

/* Reads the first `count` bytes of it, each once: what is written meanwhile is read before or after, never twice. */
bool worker_memory_read(int memory, void *bytes, uint32_t count);

/* The wait status of a child that has ended, or -1. */
int worker_reap(pid_t pid);

#endif
