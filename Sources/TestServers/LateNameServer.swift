import CPlatform
import EventLoop
import Glibc

/// A name server (RFC 1035, UDP) that knows every name as 127.0.0.1 and is late with each answer. To be run in a network namespace of its own,
/// where port 53 is free. One thread, which ends with the process.
package enum LateNameServer {
    /// Binds to 127.0.0.1 and serves on a thread of its own.
    package static func start(port: Int, delayNanoseconds: Int64) throws {
        let descriptor = socket(AF_INET, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
        if status != 0 { throw RawConnectionError(what: "name server: bind: \(String(cString: strerror(errno)))") }
        _ = try OSThread(name: "names") {
            OSThread.expireTimersOnTime()
            while true { serveOne(descriptor, delayNanoseconds) }
        }
    }

    /// A resolver sends its questions for both kinds of address at once: what came in meanwhile has waited already.
    private static func serveOne(_ descriptor: Int32, _ delay: Int64) {
        var questions: [(bytes: [UInt8], from: sockaddr_in)] = []
        var flags: Int32 = 0
        while true {
            var buffer = [UInt8](repeating: 0, count: 512)
            var sender = sockaddr_in()
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            let count = withUnsafeMutablePointer(to: &sender) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { recvfrom(descriptor, &buffer, 512, flags, $0, &length) }
            }
            if count < 0 && errno == EAGAIN { break }
            if count >= 12 { questions.append((Array(buffer[..<count]), sender)) }
            if flags == 0 {
                let due = MonotonicClock.nanoseconds() + delay
                var deadline = timespec(tv_sec: Int(due / 1_000_000_000), tv_nsec: Int(due % 1_000_000_000))
                while clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &deadline, nil) == EINTR {}
                flags = Int32(MSG_DONTWAIT)
            }
        }
        for (bytes, from) in questions {
            var sender = from
            let reply = answer(to: bytes)
            _ = withUnsafePointer(to: &sender) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    sendto(descriptor, reply, reply.count, 0, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
        }
    }

    /// The reply to a query of 12 bytes or more: 127.0.0.1 for questions of type A, no record for all others.
    static func answer(to query: [UInt8]) -> [UInt8] {
        var end = 12
        while end < query.count, query[end] != 0 { end += 1 + Int(query[end]) }
        // The name's end, type and class.
        end = min(query.count, end + 5)
        let isAddress = end >= 17 && query[end - 4] == 0 && query[end - 3] == 1
        var reply = Array(query[..<2])
        // A reply, recursion as wished and available, no error; one question.
        reply += [0x81, 0x80, 0, 1, 0, isAddress ? 1 : 0, 0, 0, 0, 0]
        reply += query[12..<max(12, end)]
        // The name of the question, type A, class IN, 0 s to live, four bytes.
        if isAddress { reply += [0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 0, 0, 4, 127, 0, 0, 1] }
        return reply
    }
}
