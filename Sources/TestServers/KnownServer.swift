import CPlatform
import EventLoop
import Glibc

/// An HTTP/1.1 server whose timing is known: latencies from a deck, moments at which it stands still, answers in two parts; and which keeps when
/// each request came. One thread, some ten thousand connections, over 30,000 requests a second.
///
/// It reads requests up to the empty line; bodies of requests are not expected. One request at a time is served on a connection.
package struct KnownServer: ~Copyable {
    private struct Connection {
        var descriptor: Int32
        var generation: UInt32 = 0
        /// What came and is no whole request yet, or comes after the one in work.
        var input: [UInt8] = []
        var stage = Stage.idle
        var readAt: Int64 = 0
    }

    private enum Stage {
        /// Waits for a request.
        case idle
        /// Waits for the opening.
        case held
        /// The first byte is due when the timer says.
        case first
        /// The rest of the body is due then.
        case rest
    }

    private static let (listenerToken, signalToken) = (UInt64.max, UInt64.max - 1)
    /// Gives up on an opening that does not come, so that a run with fewer users ends.
    private static let longestHold: Int64 = 20_000_000_000

    /// The loopback port.
    package let port: Int
    private let listener: Int32
    private let plan: KnownServerPlan
    private let poller: Poller
    private var latency: LatencyDeck
    private var connections: [Connection] = []
    private var free: [Int] = []
    private var held: [Int] = []
    private var timers = TimerHeap()
    private var busyUntil: Int64 = 0
    private var hasStalled = false
    private var lastFreeze: Int64 = -1
    private var chunk = [UInt8](repeating: 0, count: 16_384)
    private var answer: [UInt8] = []
    private var firstRequestAt: Int64 = 0
    private var log = ArrivalLog()
    private var report = KnownServerReport()

    /// Listens at once.
    package init(_ plan: KnownServerPlan) throws {
        _ = DescriptorLimit.raise()
        let poller = try Poller()
        let (listener, port) = try Loopback.listen(port: plan.port, backlog: 4096)
        _ = fcntl(listener, F_SETFL, O_NONBLOCK)
        poller.add(listener, bits: Poller.readable, token: Self.listenerToken)
        self.plan = plan
        self.poller = poller
        self.listener = listener
        self.port = port
        latency = plan.latency
    }

    deinit {
        for connection in connections where connection.descriptor >= 0 { close(connection.descriptor) }
        close(listener)
    }

    /// Serves on the calling thread until a signal comes, and answers what it saw. `opening` is called once, when it begins to answer.
    package mutating func run(until signals: SignalInbox, opening: () -> Void) -> (report: KnownServerReport, arrivals: ArrivalLog) {
        var hasOpened = false
        OSThread.expireTimersOnTime()
        poller.add(signals.descriptor, bits: Poller.readable, token: Self.signalToken)
        while true {
            standStill()
            if report.opened > 0, !hasOpened {
                hasOpened = true
                opening()
            }
            let now = MonotonicClock.nanoseconds()
            let count = poller.wait(nanoseconds: min(untilTimer(now), untilStandstill(now)))
            standStill()
            for index in 0..<count {
                let event = poller.event(index)
                switch event.token {
                case Self.signalToken: return (report, log)
                case Self.listenerToken: acceptAll()
                default: receive(Int(event.token))
                }
            }
            while let entry = timers.popDue(now: MonotonicClock.nanoseconds()) {
                let slot = Int(entry.key)
                if connections[slot].generation == entry.generation { goOn(slot) }
            }
        }
    }

    // MARK: Standing still

    /// Nanoseconds until the next moment at which it is to stand still; a second at most.
    private func untilStandstill(_ now: Int64) -> Int64 {
        guard report.opened > 0 else { return 50_000_000 }
        let elapsed = now - report.opened
        var wait: Int64 = 1_000_000_000
        if let stall = plan.stall, !hasStalled { wait = min(wait, max(0, stall.afterNanoseconds - elapsed)) }
        let period = plan.freezePeriodNanoseconds
        if period > 0 { wait = min(wait, max(0, period / 2 - elapsed % period)) }
        return wait
    }

    private func untilTimer(_ now: Int64) -> Int64 { timers.nextDeadline.map { max(0, $0 - now) } ?? .max }

    private mutating func standStill() {
        let now = MonotonicClock.nanoseconds()
        if report.opened == 0 {
            if firstRequestAt > 0, now - firstRequestAt > Self.longestHold { open() }
            return
        }
        let elapsed = now - report.opened
        if let stall = plan.stall, !hasStalled, elapsed >= stall.afterNanoseconds {
            hasStalled = true
            sleep(until: now + stall.forNanoseconds, from: now)
        }
        let period = plan.freezePeriodNanoseconds
        if period > 0, elapsed % period >= period / 2, elapsed / period != lastFreeze {
            lastFreeze = elapsed / period
            sleep(until: report.opened + (elapsed / period + 1) * period, from: now)
        }
    }

    private mutating func sleep(until end: Int64, from start: Int64) {
        var deadline = timespec(tv_sec: Int(end / 1_000_000_000), tv_nsec: Int(end % 1_000_000_000))
        while clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, nil) == EINTR {}
        report.stalls.append([start, MonotonicClock.nanoseconds()])
    }

    // MARK: Connections

    private mutating func acceptAll() {
        while true {
            let descriptor = accept(listener, nil, nil)
            if descriptor < 0 { return }
            _ = fcntl(descriptor, F_SETFL, O_NONBLOCK)
            var yes: Int32 = 1
            setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &yes, socklen_t(MemoryLayout<Int32>.size))
            report.connections += 1
            let slot: Int
            if let reused = free.popLast() {
                slot = reused
                connections[slot].descriptor = descriptor
            } else {
                slot = connections.count
                connections.append(Connection(descriptor: descriptor))
            }
            poller.add(descriptor, bits: Poller.readable, token: UInt64(slot))
        }
    }

    private mutating func end(_ slot: Int) {
        close(connections[slot].descriptor)
        connections[slot].descriptor = -1
        connections[slot].generation &+= 1
        connections[slot].input = []
        connections[slot].stage = .idle
        held.removeAll { $0 == slot }
        free.append(slot)
    }

    private mutating func receive(_ slot: Int) {
        guard connections[slot].descriptor >= 0 else { return }
        let count = recv(connections[slot].descriptor, &chunk, chunk.count, 0)
        if count < 0 && errno == EAGAIN { return }
        if count <= 0 { return end(slot) }
        connections[slot].input += chunk[..<count]
        begin(slot)
    }

    // MARK: Requests

    /// Begins with the next request of a connection, if it is there and none is in work.
    private mutating func begin(_ slot: Int) {
        guard connections[slot].stage == .idle, let end = headEnd(connections[slot].input) else { return }
        connections[slot].input.removeFirst(end)
        let now = MonotonicClock.nanoseconds()
        report.requests += 1
        log.add(now)
        if firstRequestAt == 0 { firstRequestAt = now }
        connections[slot].readAt = now
        if report.opened == 0 {
            connections[slot].stage = .held
            held.append(slot)
            if report.requests >= plan.opensAfter { open() }
        } else {
            serve(slot, now: now)
        }
    }

    private mutating func open() {
        report.opened = MonotonicClock.nanoseconds()
        let all = held
        held = []
        for slot in all { serve(slot, now: report.opened) }
    }

    private mutating func serve(_ slot: Int, now: Int64) {
        connections[slot].stage = .first
        var due = now + latency.next()
        if plan.isSerial {
            due = max(now, busyUntil) + (due - now)
            busyUntil = due
        }
        if due == now { goOn(slot) } else { setTimer(slot, due) }
    }

    private mutating func setTimer(_ slot: Int, _ due: Int64) {
        timers.insert(deadline: due, key: Int32(slot), generation: connections[slot].generation)
    }

    /// Sends what is due.
    private mutating func goOn(_ slot: Int) {
        switch connections[slot].stage {
        case .idle, .held: return
        case .first:
            let now = MonotonicClock.nanoseconds()
            writeHead(serviceTime: now - connections[slot].readAt)
            if plan.bodyNanoseconds > 0 {
                guard send(slot, "o") else { return end(slot) }
                connections[slot].stage = .rest
                return setTimer(slot, now + plan.bodyNanoseconds)
            }
            guard send(slot, "ok") else { return end(slot) }
        case .rest:
            answer.removeAll(keepingCapacity: true)
            guard send(slot, "k") else { return end(slot) }
        }
        report.answers += 1
        connections[slot].stage = .idle
        if plan.closesConnections { return end(slot) }
        if !connections[slot].input.isEmpty { begin(slot) }
    }

    private mutating func writeHead(serviceTime: Int64) {
        answer.removeAll(keepingCapacity: true)
        answer += "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n".utf8
        if plan.closesConnections { answer += "Connection: close\r\n".utf8 }
        if plan.tellsServiceTime {
            answer += "X-Service-Time: ".utf8
            answer += String(serviceTime).utf8
            answer += "\r\n".utf8
        }
        answer += "\r\n".utf8
    }

    /// Sends `answer` and some bytes of the body. Answers are far smaller than a socket's buffer.
    private mutating func send(_ slot: Int, _ body: StaticString) -> Bool {
        body.withUTF8Buffer { answer += $0 }
        return Glibc.send(connections[slot].descriptor, answer, answer.count, Int32(MSG_NOSIGNAL)) == answer.count
    }

    /// Behind the first empty line; nil: it has not come.
    private func headEnd(_ input: [UInt8]) -> Int? {
        guard input.count >= 4 else { return nil }
        return input.withUnsafeBufferPointer { bytes in
            for index in 3..<bytes.count
            where bytes[index] == 10 && bytes[index - 1] == 13 && bytes[index - 2] == 10 && bytes[index - 3] == 13 {
                return index + 1
            }
            return nil
        }
    }
}
