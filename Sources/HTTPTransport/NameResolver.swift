import CCurl
import EventLoop
import Glibc

/// Looks up host names outside the engine thread, one lookup at a time for each name: libcurl would start a thread for every
/// connection that is opened before the first answer is there.
///
/// Owned by the thread of its transport; the lookups run on threads of their own.
final class NameResolver {
    /// What came of a lookup.
    struct Answer: Sendable {
        /// `host:port`, as asked.
        var key: String
        /// Numeric addresses, the system's preference first; empty: see `failure`.
        var addresses: [String]
        /// The resolver's words when there is no address.
        var failure: String
    }

    private let answers: Mailbox<Answer>

    /// Throws `EventLoopError` when the process has no descriptor left.
    init() throws { answers = try Mailbox() }

    /// Readable when answers are waiting.
    var descriptor: Int32 { answers.descriptor }

    /// Starts a lookup of `host`; the answer carries `key`.
    func lookUp(host: String, key: String) {
        let answers = answers
        do {
            try OSThread(name: "lookup") { answers.post(Self.blockingLookup(host: host, key: key)) }.detach()
        } catch {
            answers.post(Answer(key: key, addresses: [], failure: "\(error)"))
        }
    }

    /// The answers that have come in.
    func drain() -> [Answer] { answers.drain() }

    private static func blockingLookup(host: String, key: String) -> Answer {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_ADDRCONFIG
        var found: UnsafeMutablePointer<addrinfo>?
        var status = getaddrinfo(host, nil, &hints, &found)
        if status != 0 {
            // On a machine with nothing but loopback addresses AI_ADDRCONFIG hides them.
            hints.ai_flags = 0
            status = getaddrinfo(host, nil, &hints, &found)
        }
        guard status == 0 else { return Answer(key: key, addresses: [], failure: String(cString: gai_strerror(status))) }
        defer { freeaddrinfo(found) }
        var addresses: [String] = []
        var next = found
        while let info = next {
            var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
            if getnameinfo(info.pointee.ai_addr, info.pointee.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0 {
                let address = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
                if !addresses.contains(address) { addresses.append(address) }
            }
            next = info.pointee.ai_next
        }
        return Answer(key: key, addresses: addresses, failure: addresses.isEmpty ? "no address" : "")
    }
}
