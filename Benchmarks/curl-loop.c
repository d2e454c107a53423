/*
 * curl-loop: the least that a load generator on libcurl can be. It is the bar
 * that the other generators of the comparison are measured against.
 *
 *     curl-loop URL CONNECTIONS SECONDS [idle]
 *
 * CONNECTIONS users, each with its own keep-alive connection, send GET URL/a
 * and POST URL/b (one form field) in turn, each user without a pause, for
 * SECONDS. It prints one line of JSON with the requests done and the errors.
 * With `idle` 3,000 users per second begin, and each sends one request and then
 * keeps its connection open until the end: for measuring the memory of a
 * connected user that waits, which holds no easy handle.
 *
 * How it drives libcurl, and why:
 *
 *   - One multi handle, `curl_multi_socket_action`, and an epoll of its own:
 *     the cost of a turn follows the events, not the connections.
 *   - One CURLSH per user, which holds nothing but that user's connections. The
 *     pool of a multi handle is searched linearly for a free connection.
 *   - Easy handles come from a pool and are set up anew for every request, as a
 *     generator has to whose users outnumber its requests in flight.
 *   - A descriptor stays registered between two requests of its connection:
 *     libcurl takes its interest back after every request, and two calls of
 *     epoll_ctl per request would be the price of following it.
 *   - The two addresses are parsed once (CURLU): parsing a URL string would be a
 *     fifth of libcurl's instructions for a request.
 *   - New requests of a turn are started together, by one timeout action.
 */
#define _GNU_SOURCE
#include <curl/curl.h>
#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { eventsPerTurn = 512, idleUsersPerSecond = 3000 };

struct user {
    CURLSH *connections;
    unsigned requests;          /* started so far; tells whose turn it is */
};

/* What is known of a descriptor, found by its number. */
struct descriptor {
    bool isConnection;          /* made by openSocket, so closeSocket will tell of its end */
    bool isRegistered;
    uint32_t wanted;            /* what libcurl waits for now; 0 between requests */
    uint32_t registered;        /* what epoll was told last */
};

static CURLM *multi;
static int epollDescriptor;
static int64_t timerDue = -1;           /* ns; -1: no timer */

static struct descriptor *descriptors;
static struct user *users;
static int userCount;

static CURL **freeHandles;
static int freeHandleCount;
static int *readyUsers;                 /* users whose next request is to be started */
static int readyUserCount;

static CURLU *getAddress, *postAddress;
static uint64_t done, errors;

static void fail(const char *doing) {
    fprintf(stderr, "curl-loop: %s: %s\n", doing, strerror(errno));
    exit(1);
}

static void *zeroed(size_t count, size_t size) {
    void *memory = calloc(count, size);
    if (!memory) fail("memory");
    return memory;
}

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

/* What libcurl asks of the loop. */

static curl_socket_t openSocket(void *unused, curlsocktype purpose, struct curl_sockaddr *address) {
    (void)unused, (void)purpose;
    int number = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    if (number < 0) return CURL_SOCKET_BAD;
    descriptors[number] = (struct descriptor){.isConnection = true};
    return number;
}

static int closeSocket(void *unused, curl_socket_t number) {
    (void)unused;
    descriptors[number] = (struct descriptor){0};
    return close(number);               /* which takes it out of the epoll */
}

static void tellEpoll(int operation, int number, uint32_t events) {
    struct epoll_event event = {.events = events, .data.fd = number};
    if (epoll_ctl(epollDescriptor, operation, number, &event)) fail("epoll_ctl");
}

static void unregister(int number) {
    if (!descriptors[number].isRegistered) return;
    tellEpoll(EPOLL_CTL_DEL, number, 0);
    descriptors[number].isRegistered = false;
}

static int watchSocket(CURL *easy, curl_socket_t number, int what, void *unused, void *unused2) {
    (void)easy, (void)unused, (void)unused2;
    struct descriptor *descriptor = &descriptors[number];
    descriptor->wanted = what == CURL_POLL_REMOVE ? 0
        : (what & CURL_POLL_IN ? EPOLLIN : 0u) | (what & CURL_POLL_OUT ? EPOLLOUT : 0u);
    if (!descriptor->wanted) {
        /* Of a socket that libcurl made for itself, as its resolver does, this
         * is the last that is heard. A connection stays registered. */
        if (!descriptor->isConnection) unregister(number);
        return 0;
    }
    if (!descriptor->isRegistered)
        tellEpoll(EPOLL_CTL_ADD, number, descriptor->wanted);
    else if (descriptor->registered != descriptor->wanted)
        tellEpoll(EPOLL_CTL_MOD, number, descriptor->wanted);
    descriptor->isRegistered = true;
    descriptor->registered = descriptor->wanted;
    return 0;
}

static int setTimer(CURLM *unused, long milliseconds, void *unused2) {
    (void)unused, (void)unused2;
    timerDue = milliseconds < 0 ? -1 : milliseconds == 0 ? 0 : now() + milliseconds * INT64_C(1000000);
    return 0;
}

static size_t discardBody(char *bytes, size_t size, size_t count, void *unused) {
    (void)bytes, (void)unused;
    return size * count;
}

/* Requests. */

static CURLU *parsedAddress(const char *base, const char *path) {
    CURLU *address = curl_url();
    if (!address) fail("memory");
    if (curl_url_set(address, CURLUPART_URL, base, 0) || curl_url_set(address, CURLUPART_PATH, path, 0)) {
        fprintf(stderr, "curl-loop: %s is no URL\n", base);
        exit(2);
    }
    return address;
}

static CURL *makeHandle(void) {
    CURL *easy = curl_easy_init();
    if (!easy) fail("curl_easy_init");
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, discardBody);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, openSocket);
    curl_easy_setopt(easy, CURLOPT_CLOSESOCKETFUNCTION, closeSocket);
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(easy, CURLOPT_PROXY, "");
    return easy;
}

static void startRequest(int index) {
    struct user *user = &users[index];
    CURL *easy = freeHandleCount ? freeHandles[--freeHandleCount] : makeHandle();
    curl_easy_setopt(easy, CURLOPT_SHARE, user->connections);
    curl_easy_setopt(easy, CURLOPT_PRIVATE, (void *)(intptr_t)index);
    /* Users take turns from different ends, so that both requests are under way at any time. */
    if ((user->requests++ + (unsigned)index) % 2 == 0) {
        curl_easy_setopt(easy, CURLOPT_CURLU, getAddress);
        curl_easy_setopt(easy, CURLOPT_HTTPGET, 1L);
    } else {
        curl_easy_setopt(easy, CURLOPT_CURLU, postAddress);
        curl_easy_setopt(easy, CURLOPT_POST, 1L);
        curl_easy_setopt(easy, CURLOPT_POSTFIELDSIZE, 10L);
        curl_easy_setopt(easy, CURLOPT_COPYPOSTFIELDS, "deviceid=x");
    }
    if (curl_multi_add_handle(multi, easy)) fail("curl_multi_add_handle");
}

static void collectFinished(bool idle) {
    CURLMsg *message;
    int left;
    while ((message = curl_multi_info_read(multi, &left))) {
        if (message->msg != CURLMSG_DONE) continue;
        CURL *easy = message->easy_handle;
        CURLcode result = message->data.result;     /* gone once the handle is removed */
        long status = 0;
        char *index = NULL;
        curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &status);
        curl_easy_getinfo(easy, CURLINFO_PRIVATE, &index);
        if (result == CURLE_OK && status == 200) done++;
        else errors++;
        curl_multi_remove_handle(multi, easy);
        freeHandles[freeHandleCount++] = easy;
        if (!idle) readyUsers[readyUserCount++] = (int)(intptr_t)index;
    }
}

/* The loop. */

static void handleEvent(const struct epoll_event *event) {
    int number = event->data.fd, running;
    struct descriptor *descriptor = &descriptors[number];
    if (!descriptor->wanted) {
        /* The server closed a connection, or spoke, between two requests.
         * libcurl finds that out when it next takes the connection; until then
         * the event would come back in every turn. */
        unregister(number);
        return;
    }
    int mask = (event->events & EPOLLIN ? CURL_CSELECT_IN : 0)
        | (event->events & EPOLLOUT ? CURL_CSELECT_OUT : 0)
        | (event->events & (EPOLLERR | EPOLLHUP) ? CURL_CSELECT_ERR : 0);
    curl_multi_socket_action(multi, number, mask, &running);
}

/* Starts the users that are ready: all of them, or with `idle` as many as the time allows. */
static void startReady(bool idle, int64_t elapsed) {
    int first = 0;
    if (idle) {
        int64_t due = elapsed * idleUsersPerSecond / INT64_C(1000000000);
        first = due < userCount ? userCount - (int)due : 0;
    }
    int count = readyUserCount;
    if (first >= count) return;
    readyUserCount = first;
    for (int i = first; i < count; i++) startRequest(readyUsers[i]);
}

static void runUntil(int64_t end, bool idle) {
    struct epoll_event events[eventsPerTurn];
    const int64_t begin = now();
    for (;;) {
        int64_t time = now();
        if (time >= end) return;
        startReady(idle, time - begin);
        if (timerDue >= 0 && timerDue <= time) {
            int running;
            timerDue = -1;
            curl_multi_socket_action(multi, CURL_SOCKET_TIMEOUT, 0, &running);
            collectFinished(idle);
        }
        int64_t wake = timerDue >= 0 && timerDue < end ? timerDue : end;
        int64_t sleep = wake - now();
        int timeout = sleep <= 0 ? 0 : (int)(sleep / 1000000) + 1;
        if (readyUserCount) timeout = idle ? 1 : 0;
        int ready = epoll_wait(epollDescriptor, events, eventsPerTurn, timeout);
        if (ready < 0 && errno != EINTR) fail("epoll_wait");
        for (int i = 0; i < ready; i++) handleEvent(&events[i]);
        collectFinished(idle);
    }
}

int main(int argumentCount, char **arguments) {
    userCount = argumentCount >= 4 ? atoi(arguments[2]) : 0;
    double seconds = argumentCount >= 4 ? atof(arguments[3]) : 0;
    bool idle = argumentCount == 5 && !strcmp(arguments[4], "idle");
    if (userCount < 1 || seconds <= 0 || argumentCount > 5 || (argumentCount == 5 && !idle)) {
        fprintf(stderr, "usage: curl-loop URL CONNECTIONS SECONDS [idle]\n");
        return 2;
    }

    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    descriptors = zeroed(limit.rlim_max, sizeof *descriptors);

    if (curl_global_init(CURL_GLOBAL_ALL)) fail("curl_global_init");
    getAddress = parsedAddress(arguments[1], "/a");
    postAddress = parsedAddress(arguments[1], "/b");
    if ((epollDescriptor = epoll_create1(EPOLL_CLOEXEC)) < 0) fail("epoll_create1");
    if (!(multi = curl_multi_init())) fail("curl_multi_init");
    curl_multi_setopt(multi, CURLMOPT_SOCKETFUNCTION, watchSocket);
    curl_multi_setopt(multi, CURLMOPT_TIMERFUNCTION, setTimer);
    /* By default a pool holds four connections for each handle in use, so it would
     * close those of idle users while few requests are under way. */
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)userCount);

    users = zeroed((size_t)userCount, sizeof *users);
    readyUsers = zeroed((size_t)userCount, sizeof *readyUsers);
    freeHandles = zeroed((size_t)userCount, sizeof *freeHandles);
    for (int i = 0; i < userCount; i++) {
        if (!(users[i].connections = curl_share_init())) fail("curl_share_init");
        curl_share_setopt(users[i].connections, CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT);
        readyUsers[readyUserCount++] = i;
    }

    runUntil(now() + (int64_t)(seconds * 1e9), idle);

    printf("{\"requests\": %" PRIu64 ", \"errors\": %" PRIu64 "}\n", done, errors);
    fflush(stdout);
    /* The end of the process frees everything at once; taking 4,000 transfers
     * apart one by one would be counted as their cost. */
    _exit(0);
}
