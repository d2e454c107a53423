#define _GNU_SOURCE
#include "CPlatform.h"

#include <errno.h>
#include <linux/filter.h>
#include <pthread.h>
#include <sched.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <time.h>

int cplatform_epoll_wait(int epoll_descriptor, struct epoll_event *events, int capacity, int64_t timeout_nanoseconds) {
    static int has_no_pwait2 = 0;
    if (timeout_nanoseconds <= 0)
        return epoll_wait(epoll_descriptor, events, capacity, timeout_nanoseconds < 0 ? -1 : 0);
    if (!__atomic_load_n(&has_no_pwait2, __ATOMIC_RELAXED)) {
        struct timespec timeout = {timeout_nanoseconds / 1000000000, timeout_nanoseconds % 1000000000};
        int count = epoll_pwait2(epoll_descriptor, events, capacity, &timeout, NULL);
        // Some container runtimes answer EPERM to system calls that they do not know.
        if (count >= 0 || (errno != ENOSYS && errno != EPERM))
            return count;
        __atomic_store_n(&has_no_pwait2, 1, __ATOMIC_RELAXED);
    }
    int64_t milliseconds = (timeout_nanoseconds + 999999) / 1000000;
    return epoll_wait(epoll_descriptor, events, capacity, milliseconds > 1000000 ? 1000000 : (int)milliseconds);
}

int64_t cplatform_monotonic_nanoseconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

void cplatform_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }

int cplatform_available_cores(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) != 0)
        return 1;
    int count = CPU_COUNT(&set);
    return count > 0 ? count : 1;
}

void cplatform_end_with_parent(void) { prctl(PR_SET_PDEATHSIG, SIGKILL); }

void cplatform_expire_timers_on_time(void) { prctl(PR_SET_TIMERSLACK, 1UL); }

int cplatform_limit_file_size(int process, int64_t bytes) {
    struct rlimit limit;
    if (prlimit(process, RLIMIT_FSIZE, NULL, &limit) != 0) return -1;
    limit.rlim_cur = bytes < 0 ? limit.rlim_max : (rlim_t)bytes;
    return prlimit(process, RLIMIT_FSIZE, &limit, NULL);
}

int cplatform_drop_packets(int socket, int drops) {
    // One instruction: keep 0 bytes of the packet.
    struct sock_filter nothing = {BPF_RET | BPF_K, 0, 0, 0};
    struct sock_fprog program = {1, &nothing};
    int unused = 0;
    return drops ? setsockopt(socket, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program))
                 : setsockopt(socket, SOL_SOCKET, SO_DETACH_FILTER, &unused, sizeof(unused));
}

int cplatform_enter_network(int descriptor) { return setns(descriptor, CLONE_NEWNET); }
