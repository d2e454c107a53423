import CPlatform
import Glibc

/// TCP sockets on 127.0.0.1, as tests need them. Whoever gets a descriptor closes it.
package enum Loopback {
    /// Connects, blocking. Throws a `RawConnectionError` when nobody listens.
    package static func connect(port: Int) throws -> Int32 {
        let descriptor = try open()
        let status = withAddress(port: port) { Glibc.connect(descriptor, $0, $1) }
        if status == 0 { return descriptor }
        let reason = String(cString: strerror(errno))
        close(descriptor)
        throw RawConnectionError(what: "connect: \(reason)")
    }

    /// Listens on a port, 0: a free one; so many connections may wait to be accepted.
    package static func listen(port: Int = 0, backlog: Int32 = 512) throws -> (descriptor: Int32, port: Int) {
        let descriptor = try open()
        if port != 0 {
            var yes: Int32 = 1
            setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        }
        let status = withAddress(port: port) { bind(descriptor, $0, $1) | Glibc.listen(descriptor, backlog) }
        if status != 0 {
            let reason = String(cString: strerror(errno))
            close(descriptor)
            throw RawConnectionError(what: "listen: \(reason)")
        }
        return (descriptor, Self.port(of: descriptor))
    }

    /// A port that nobody listens on.
    package static func freePort() -> Int {
        guard let descriptor = try? open() else { return 0 }
        defer { close(descriptor) }
        return withAddress(port: 0, { bind(descriptor, $0, $1) }) == 0 ? port(of: descriptor) : 0
    }

    private static func open() throws -> Int32 {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        if descriptor < 0 { throw RawConnectionError(what: "socket: \(String(cString: strerror(errno)))") }
        return descriptor
    }

    private static func port(of descriptor: Int32) -> Int {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        _ = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        return Int(UInt16(bigEndian: address.sin_port))
    }

    private static func withAddress(port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32) -> Int32 {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_in>.size)) }
        }
    }
}
