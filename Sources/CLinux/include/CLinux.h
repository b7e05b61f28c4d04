#pragma once
#include <pthread.h>
#include <stddef.h>
// What Linux offers and Swift's Glibc module does not import: variadic or macro-only system calls, thread-local slots.

// A pointer of the calling thread, null at first: the lane that this thread is, where it is one.
void *jf_thread_lane(void);
void jf_set_thread_lane(void *lane);

// What top(1) and debuggers call a thread; at most 15 characters. For whoever started it, while it can still be joined.
void jf_name_thread(pthread_t thread, const char *name);

// A counter that can be polled: close-on-exec, non-blocking. -1 and errno where there is none.
int jf_eventfd(void);

// Locks an open file for its descriptor, until that is closed. 0, or -1 with errno; EWOULDBLOCK: somebody has it.
int jf_try_lock_file(int descriptor);
// The same; waits for whoever has it.
int jf_lock_file(int descriptor);
// Whether somebody has locked the file so: 1 or 0.
int jf_is_file_locked(int descriptor);

// From now on this process leaves no core dump, and only root looks into its memory. Programs that it starts are as before.
void jf_forbid_dumps(void);

// Where `sought` begins in `bytes` for the first time; -1 where it does not.
long jf_position_of(const void *sought, size_t length, const void *bytes, size_t count);
