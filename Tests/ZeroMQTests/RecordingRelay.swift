import EventLoop
import Glibc
import Synchronization

/// Passes one connection on to a port of loopback, and keeps every byte of both directions.
final class RecordingRelay: Sendable {
    let port: Int
    private let listener: Int32
    private let recorded = Mutex<[UInt8]>([])
    private let thread = Mutex<OSThread?>(nil)

    init(to target: Int) throws {
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        var size = socklen_t(MemoryLayout<sockaddr_in>.size)
        withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                _ = bind(listener, $0, size)
                _ = listen(listener, 4)
                _ = getsockname(listener, $0, &size)
            }
        }
        port = Int(in_port_t(bigEndian: address.sin_port))
        self.listener = listener
        let started = try OSThread(name: "relay") { [weak self] in
            let inner = accept(listener, nil, nil)
            if inner < 0 { return }
            guard let outer = try? StrangeConnection(port: target) else { return }
            Self.relay(inner, outer.descriptor) { bytes in self?.recorded.withLock { $0 += bytes } }
            close(inner)
        }
        thread.withLock { $0 = started }
    }

    /// All bytes so far, both directions mixed. Ends the relay, once both ends have hung up.
    func finish() -> [UInt8] {
        shutdown(listener, Int32(SHUT_RDWR))
        thread.withLock { $0 }?.join()
        close(listener)
        return recorded.withLock { $0 }
    }

    private static func relay(_ first: Int32, _ second: Int32, _ record: ([UInt8]) -> Void) {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            var entries = [first, second].map { pollfd(fd: $0, events: Int16(POLLIN), revents: 0) }
            if poll(&entries, 2, 10_000) <= 0 { return }
            for (entry, other) in [(entries[0], second), (entries[1], first)] where entry.revents != 0 {
                let count = recv(entry.fd, &chunk, chunk.count, 0)
                if count <= 0 { return }
                record(Array(chunk[..<count]))
                var offset = 0
                while offset < count {
                    let sent = chunk.withUnsafeBytes { bytes in
                        send(other, bytes.baseAddress.map { $0 + offset }, count - offset, Int32(MSG_NOSIGNAL))
                    }
                    if sent <= 0 { return }
                    offset += sent
                }
            }
        }
    }
}
