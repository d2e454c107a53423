import Glibc
import NIOCore

/// A TCP socket bound to the address that the server listens on. Owns the descriptor until it is given away.
package struct ListeningSocket: ~Copyable {
    /// Which address a server takes, and how it shares it.
    package enum Sharing: Sendable {
        /// This process alone listens there.
        case alone
        /// Several sockets of the same application listen there, and the kernel spreads connections over them.
        case withOwnProcesses
    }

    /// The address with the port that was taken.
    package let address: SocketAddress

    private let owned: OwnedDescriptor

    /// The socket, bound but not listening.
    package var descriptor: Int32 { owned.number }

    /// Binds a socket.
    ///
    /// - Parameters:
    ///   - host: an address or a name.
    ///   - port: 0 takes any free port.
    ///   - sharing: whether other sockets may be bound to the same port.
    /// - Throws: ``WebappError`` with code `notStarted`.
    package init(host: String, port: Int, sharing: Sharing) throws {
        let wanted = try Self.resolve(host: host, port: port)
        let descriptor = socket(wanted.protocol.rawValue, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Self.failure("cannot make a socket for", wanted, errno) }
        let owned = OwnedDescriptor(descriptor)
        // Without it the port stays taken for a minute after the last run.
        try Self.enable(SO_REUSEADDR, on: descriptor, wanted)
        if sharing == .withOwnProcesses { try Self.enable(SO_REUSEPORT, on: descriptor, wanted) }
        let bound = wanted.withSockAddr { bind(descriptor, $0, socklen_t($1)) }
        guard bound == 0 else { throw Self.failure("cannot listen on", wanted, errno) }
        self.address = try Self.localAddress(of: descriptor, wanted)
        self.owned = owned
    }

    /// Takes over a bound socket that another process has made.
    ///
    /// - Parameter descriptor: the socket; closed by its new owner.
    /// - Throws: ``WebappError`` with code `notStarted` when it is no socket.
    package init(adopting descriptor: Int32) throws {
        self.address = try Self.localAddress(of: descriptor, nil)
        self.owned = OwnedDescriptor(descriptor)
    }

    /// Gives the descriptor to a new owner that will close it.
    package consuming func release() -> Int32 {
        owned.release()
    }

    /// Fails where anybody listens on the port already.
    ///
    /// Sockets that share a port would silently share it with another run of this application as well, and both would see half of the
    /// requests. Two runs that start within the same instant are not told apart.
    ///
    /// - Throws: ``WebappError`` with code `notStarted`.
    package static func requireUnused(host: String, port: Int) throws {
        if port == 0 { return }
        let socket = try ListeningSocket(host: host, port: port, sharing: .alone)
        guard listen(socket.descriptor, 1) == 0 else { throw failure("cannot listen on", socket.address, errno) }
    }

    private static func resolve(host: String, port: Int) throws -> SocketAddress {
        guard (0...65_535).contains(port) else {
            throw WebappError(.usage, "\(port) is not a port: write a number from 0 to 65535 (0 takes any free port).")
        }
        do {
            return try SocketAddress.makeAddressResolvingHost(host, port: port)
        } catch {
            throw WebappError(
                .notStarted,
                "the host '\(host)' cannot be resolved: write an address of this machine, such as 127.0.0.1, or 0.0.0.0 for all.")
        }
    }

    private static func enable(_ option: Int32, on descriptor: Int32, _ address: SocketAddress) throws {
        var on: Int32 = 1
        guard setsockopt(descriptor, SOL_SOCKET, option, &on, socklen_t(MemoryLayout<Int32>.size)) == 0 else {
            throw failure("cannot prepare a socket for", address, errno)
        }
    }

    private static func localAddress(of descriptor: Int32, _ wanted: SocketAddress?) throws -> SocketAddress {
        var storage = sockaddr_storage()
        var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
        let status = withUnsafeMutablePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { getsockname(descriptor, $0, &length) }
        }
        guard status == 0 else { throw failure("cannot read the port of", wanted, errno) }
        return withUnsafePointer(to: &storage) { pointer in
            if pointer.pointee.ss_family == sa_family_t(AF_INET6) {
                return pointer.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) { SocketAddress($0.pointee) }
            }
            return pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) { SocketAddress($0.pointee) }
        }
    }

    private static func failure(_ action: String, _ address: SocketAddress?, _ number: Int32) -> WebappError {
        let port = address?.port ?? 0
        let place = address.map { "\($0.ipAddress ?? "?") port \(port)" } ?? "an inherited descriptor"
        let advice =
            switch number {
            case EADDRINUSE:
                "the port is taken. Stop the program that listens there (ss -ltnp 'sport = :\(port)' names it) or choose another with --port."
            case EACCES:
                "ports below 1024 need the privilege CAP_NET_BIND_SERVICE. Choose a port from 1024 with --port."
            case EADDRNOTAVAIL:
                "no interface of this machine has that address. Use --host 127.0.0.1, or 0.0.0.0 for all interfaces."
            default:
                "\(String(cString: strerror(number)))."
            }
        return WebappError(.notStarted, errno: number, "\(action) \(place): \(advice)")
    }
}
