import EventLoop
import Glibc
import TestServers

/// A client that keeps a rate on average only: it sends its requests in bunches. The check that such a schedule has to fail.
package enum BunchedClient {
    /// Sends `count` requests, `bunch` at a time over as many connections, on the calling thread.
    package static func send(to port: Int, bunch: Int, ratePerSecond: Int, count: Int) throws {
        let connections = try (0..<bunch).map { _ in try Loopback.connect(port: port) }
        defer { for connection in connections { close(connection) } }
        OSThread.expireTimersOnTime()
        let request = Array("GET / HTTP/1.1\r\nHost: x\r\n\r\n".utf8)
        var chunk = [UInt8](repeating: 0, count: 4096)
        let start = MonotonicClock.nanoseconds()
        for round in 0..<count / bunch {
            let due = start + Int64(round) * Int64(bunch) * 1_000_000_000 / Int64(ratePerSecond)
            var deadline = timespec(tv_sec: Int(due / 1_000_000_000), tv_nsec: Int(due % 1_000_000_000))
            while clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, nil) == EINTR {}
            for connection in connections {
                guard Glibc.send(connection, request, request.count, Int32(MSG_NOSIGNAL)) == request.count else {
                    throw AccuracyError("the bunched client could not send")
                }
            }
            for connection in connections where recv(connection, &chunk, chunk.count, 0) <= 0 {
                throw AccuracyError("the bunched client got no answer")
            }
        }
    }
}
