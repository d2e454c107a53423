#ifndef CJEMALLOC_SHIM_H
#define CJEMALLOC_SHIM_H

#include <jemalloc/jemalloc.h>

// MALLCTL_ARENAS_ALL, as it stands in a name.
#define CJEMALLOC_TEXT_OF(number) #number
#define CJEMALLOC_TEXT(number) CJEMALLOC_TEXT_OF(number)
#define CJEMALLOC_ALL CJEMALLOC_TEXT(MALLCTL_ARENAS_ALL)

// Gives the pages of all arenas that hold nothing back to the system. Returns 0 or an error number.
static inline int cjemalloc_purge(void) { return mallctl("arena." CJEMALLOC_ALL ".purge", NULL, NULL, NULL, 0); }

// Bytes that the calling thread has got from jemalloc since it began; -1 when jemalloc does not know.
static inline long long cjemalloc_allocated_by_thread(void) {
    uint64_t bytes = 0;
    size_t size = sizeof bytes;
    return mallctl("thread.allocated", &bytes, &size, NULL, 0) == 0 ? (long long)bytes : -1;
}

#endif
