import EventLoop
import Glibc
import Synchronization
import TestServers

/// The name server of a cluster (RFC 1035, UDP): the names of services, and the address of the pod that stands behind each at the moment. A name
/// without a pod does not exist, as that of a headless service does not. One thread, until the value goes.
final class ServiceNames: Sendable {
    /// What services' full names end with.
    static let domain = "cicada.svc.cluster.local"

    private let shared = Shared()

    /// Serves on a UDP socket that is bound already, and closes it in the end.
    init(socket: Int32) throws {
        var patience = timeval(tv_sec: 0, tv_usec: 200_000)
        setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        let shared = shared
        try OSThread(name: "names") {
            while !shared.hasEnded.load(ordering: .relaxed) { shared.serveOne(socket) }
            close(socket)
        }.detach()
    }

    deinit { shared.hasEnded.store(true, ordering: .relaxed) }

    /// From now on the service is at this address (`10.0.0.1`); nil: nowhere.
    func set(_ service: String, to address: String?) {
        shared.records.withLock { $0["\(service).\(Self.domain)"] = address?.split(separator: ".").compactMap { UInt8($0) } }
    }

    private final class Shared: Sendable {
        let records = Mutex<[String: [UInt8]]>([:])
        let hasEnded = Atomic(false)

        func serveOne(_ socket: Int32) {
            var query = [UInt8](repeating: 0, count: 512)
            var sender = sockaddr_in()
            var length = socklen_t(MemoryLayout<sockaddr_in>.size)
            withUnsafeMutablePointer(to: &sender) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { sender in
                    let count = recvfrom(socket, &query, query.count, 0, sender, &length)
                    if count < 12 { return }
                    let reply = answer(to: Array(query[..<count]))
                    _ = sendto(socket, reply, reply.count, 0, sender, length)
                }
            }
        }

        /// The reply to a query of 12 bytes or more.
        private func answer(to query: [UInt8]) -> [UInt8] {
            var labels: [String] = []
            var end = 12
            while end < query.count, query[end] != 0 {
                let next = end + 1 + Int(query[end])
                labels.append(String(decoding: query[min(end + 1, query.count)..<min(next, query.count)], as: UTF8.self).lowercased())
                end = next
            }
            // The name's end, type and class.
            end = min(query.count, end + 5)
            let address = records.withLock { $0[labels.joined(separator: ".")] }
            let isForAddress = end >= 17 && query[end - 4] == 0 && query[end - 3] == 1
            let record = isForAddress ? address : nil
            // A reply with authority, recursion available, no such name where there is none; one question.
            var reply = Array(query[..<2]) + [0x85, address == nil ? 0x83 : 0x80, 0, 1, 0, record == nil ? 0 : 1, 0, 0, 0, 0]
            reply += query[12..<max(12, end)]
            // The name of the question, type A, class IN, 1 s to live, four bytes.
            if let record { reply += [0xC0, 12, 0, 1, 0, 1, 0, 0, 0, 1, 0, 4] + record }
            return reply
        }
    }
}
