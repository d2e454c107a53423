// The system calls that Swift's Glibc module does not offer, or offers only as macros.
#ifndef CICADA_CPLATFORM_H
#define CICADA_CPLATFORM_H

#include <signal.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>

// Waits for events up to `timeout_nanoseconds` (negative: for ever) with nanosecond resolution.
// Returns the number of events, or -1 with errno set. Where the kernel lacks epoll_pwait2, a timerfd-free fallback rounds
// the time up to whole milliseconds.
int cplatform_epoll_wait(int epoll_descriptor, struct epoll_event *events, int capacity, int64_t timeout_nanoseconds);

// Nanoseconds of CLOCK_MONOTONIC.
int64_t cplatform_monotonic_nanoseconds(void);

// Names the calling thread (at most 15 bytes), as `top -H` and `perf` show it.
void cplatform_name_thread(const char *name);

// Cores in the process's affinity mask, at least 1.
int cplatform_available_cores(void);

// Has this process killed (SIGKILL) when the thread that started it ends. A parent that has ended already is not noticed: compare getppid afterwards.
void cplatform_end_with_parent(void);

// Lets the calling thread's timers expire when they are due: by default the kernel may be 50 microseconds late.
void cplatform_expire_timers_on_time(void);

// Sets the length that files of another process may get, its soft limit, in bytes; negative: as long as its hard limit allows. Returns 0, or -1
// with errno set.
int cplatform_limit_file_size(int process, int64_t bytes);

// Has the kernel drop all packets that come to a socket (drops = 1), or no longer (0). On a listening socket: those that open connections.
// Returns 0, or -1 with errno set. For tests.
int cplatform_drop_packets(int socket, int drops);

// Moves the calling thread into a network namespace, given by an open descriptor of /proc/N/ns/net. Returns 0, or -1 with errno set. For tests.
int cplatform_enter_network(int descriptor);

#endif
