/*
 * slow-server: an HTTP/1.1 server that holds requests, so that a chosen number
 * of them is really in flight.
 *
 *     slow-server PORT ANSWERS_PER_SECOND
 *
 * Every millisecond it answers the oldest requests it holds, as many as the rate
 * allows. N clients in a closed loop therefore have N requests in flight at any
 * N, at the same throughput and in batches of the same size, as long as they can
 * send that fast. (With a fixed delay instead, clients that start together stay
 * together, and whoever is slower is helped by larger batches. Without batches
 * most of what is measured is how the machine goes to sleep and wakes up.)
 *
 * One thread, one epoll. `GET /served` is answered at once with the number of
 * requests answered so far. It writes the port it listens on to standard output
 * (PORT 0: a free one) and ends on SIGTERM or SIGINT.
 *
 * It understands what load generators send: a request line, headers, and a
 * body with Content-Length. It is no general server.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum {
    receiveBufferSize = 2048,   /* the longest request understood */
    eventsPerTurn = 512,
    tickNanoseconds = 1000000,
    longestLateness = 20000000, /* ns */
};

/* One connection, found by its descriptor. `life` tells a descriptor that was
 * closed and opened again from the one that a queued answer was meant for. */
struct connection {
    char *buffer;
    size_t filled;
    uint32_t life;
};

/* One request that waits for its answer. */
struct pending {
    int descriptor;
    uint32_t life;
};

static struct connection *connections;
static size_t connectionLimit;

static struct pending *queue;        /* a ring; its size is a power of two */
static size_t queueMask, queueHead, queueTail;

static int epollDescriptor;
static long answersPerSecond;
static uint64_t served;
static volatile sig_atomic_t stopped;

static const char answer[] =
    "HTTP/1.1 200 OK\r\n"
    "Content-Type: text/plain\r\n"
    "Content-Length: 13\r\n"
    "\r\n"
    "Hello, world\n";

static void stop(int signal) { (void)signal; stopped = 1; }

static void fail(const char *doing) {
    fprintf(stderr, "slow-server: %s: %s\n", doing, strerror(errno));
    exit(1);
}

static int64_t now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static void closeConnection(int descriptor) {
    struct connection *connection = &connections[descriptor];
    free(connection->buffer);
    connection->buffer = NULL;
    connection->filled = 0;
    connection->life++;
    close(descriptor);
}

/* An answer is far smaller than a send buffer, so a short write means that the
 * client does not read, and the connection is given up. */
static void sendAll(int descriptor, const char *bytes, size_t count) {
    if (send(descriptor, bytes, count, MSG_NOSIGNAL) != (ssize_t)count)
        closeConnection(descriptor);
}

static void enqueue(int descriptor) {
    if (((queueTail + 1) & queueMask) == queueHead) {
        errno = ENOBUFS;
        fail("queue of pending answers");
    }
    queue[queueTail] = (struct pending){descriptor, connections[descriptor].life};
    queueTail = (queueTail + 1) & queueMask;
}

/* Length of the request at the front of the buffer, 0 while it is incomplete. */
static size_t requestLength(const char *buffer) {
    const char *end = strstr(buffer, "\r\n\r\n");
    if (!end) return 0;
    size_t length = (size_t)(end - buffer) + 4;
    const char *line = strcasestr(buffer, "\r\nContent-Length:");
    if (line && line < end) length += strtoul(line + 17, NULL, 10);
    return length;
}

static void readRequests(int descriptor) {
    struct connection *connection = &connections[descriptor];
    if (!connection->buffer && !(connection->buffer = malloc(receiveBufferSize + 1)))
        fail("memory");
    ssize_t count = recv(descriptor, connection->buffer + connection->filled,
                         receiveBufferSize - connection->filled, 0);
    if (count < 0 && (errno == EAGAIN || errno == EINTR)) return;
    if (count <= 0) { closeConnection(descriptor); return; }
    connection->filled += (size_t)count;
    connection->buffer[connection->filled] = 0;

    size_t length;
    while ((length = requestLength(connection->buffer)) && length <= connection->filled) {
        if (!strncmp(connection->buffer, "GET /served ", 12)) {
            char body[32], text[128];
            int bodySize = snprintf(body, sizeof body, "%llu\n", (unsigned long long)served);
            int size = snprintf(text, sizeof text,
                                "HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", bodySize, body);
            sendAll(descriptor, text, (size_t)size);
            if (!connection->buffer) return;
        } else {
            enqueue(descriptor);
        }
        connection->filled -= length;
        memmove(connection->buffer, connection->buffer + length, connection->filled + 1);
    }
    if (connection->filled == receiveBufferSize) closeConnection(descriptor);
}

static void acceptAll(int listener) {
    for (;;) {
        int descriptor = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
        if (descriptor < 0) {
            if (errno == EAGAIN || errno == EINTR || errno == ECONNABORTED) return;
            fail("accept");
        }
        if ((size_t)descriptor >= connectionLimit) { close(descriptor); continue; }
        int on = 1;
        setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
        struct epoll_event event = {.events = EPOLLIN, .data.fd = descriptor};
        if (epoll_ctl(epollDescriptor, EPOLL_CTL_ADD, descriptor, &event)) fail("epoll_ctl");
    }
}

static int listenOn(uint16_t port) {
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), on = 1;
    if (listener < 0) fail("socket");
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    struct sockaddr_in address = {
        .sin_family = AF_INET,
        .sin_port = htons(port),
        .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
    };
    socklen_t size = sizeof address;
    if (bind(listener, (struct sockaddr *)&address, size)) fail("bind");
    if (listen(listener, 16384)) fail("listen");
    if (getsockname(listener, (struct sockaddr *)&address, &size)) fail("getsockname");
    printf("%u\n", ntohs(address.sin_port));
    fflush(stdout);
    return listener;
}

int main(int argumentCount, char **arguments) {
    answersPerSecond = argumentCount == 3 ? atol(arguments[2]) : 0;
    if (answersPerSecond < 1) {
        fprintf(stderr, "usage: slow-server PORT ANSWERS_PER_SECOND\n");
        return 2;
    }
    signal(SIGTERM, stop);
    signal(SIGINT, stop);

    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
    connectionLimit = limit.rlim_max < (1u << 20) ? limit.rlim_max : 1u << 20;

    size_t queueSize = 1;
    while (queueSize <= connectionLimit * 2) queueSize *= 2;
    queueMask = queueSize - 1;
    queue = malloc(queueSize * sizeof *queue);
    connections = calloc(connectionLimit, sizeof *connections);
    if (!queue || !connections) fail("memory");

    int listener = listenOn((uint16_t)atoi(arguments[1]));
    epollDescriptor = epoll_create1(EPOLL_CLOEXEC);
    struct epoll_event event = {.events = EPOLLIN, .data.fd = listener};
    if (epoll_ctl(epollDescriptor, EPOLL_CTL_ADD, listener, &event)) fail("epoll_ctl");

    struct epoll_event events[eventsPerTurn];
    int64_t tick = now();
    long allowed = 0;           /* answers, in thousandths */
    while (!stopped) {
        /* Sleep to the next tick; without a request to the next event. */
        struct timespec sleep, *until = NULL;
        if (queueHead != queueTail) {
            int64_t left = tick - now();
            if (left < 0) left = 0;
            sleep = (struct timespec){0, left};
            until = &sleep;
        }
        int count = epoll_pwait2(epollDescriptor, events, eventsPerTurn, until, NULL);
        if (count < 0 && errno != EINTR) fail("epoll_pwait2");
        for (int i = 0; i < count; i++) {
            if (events[i].data.fd == listener) acceptAll(listener);
            else readRequests(events[i].data.fd);
        }
        int64_t time = now();
        if (time < tick) continue;
        /* A tick that came late is made up for, one that found nothing to answer is not. */
        if (time - tick > longestLateness) tick = time - longestLateness;
        for (; tick <= time; tick += tickNanoseconds) allowed += answersPerSecond;
        for (; allowed >= 1000 && queueHead != queueTail; ) {
            struct pending next = queue[queueHead];
            queueHead = (queueHead + 1) & queueMask;
            if (connections[next.descriptor].life != next.life) continue;
            allowed -= 1000;
            served++;
            sendAll(next.descriptor, answer, sizeof answer - 1);
        }
        if (queueHead == queueTail) allowed = 0;
    }
    return 0;
}
