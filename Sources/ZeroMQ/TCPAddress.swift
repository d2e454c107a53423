import Glibc

/// A host and a port, as libzmq wants them.
struct TCPAddress: Equatable, CustomStringConvertible {
    /// A name, a numeric address without brackets, or `*`.
    let host: String
    let port: Int

    /// Throws `LinkError` when that cannot be a host or a port.
    init(host: String, port: Int) throws {
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        let bare = isBracketed ? String(host.dropFirst().dropLast()) : host
        let isPlausible =
            !bare.isEmpty && bare.utf8.count < 200
            && bare.utf8.allSatisfy { byte in
                (0x30...0x3A).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte) || "*.-_%".utf8.contains(byte)
            }
        if !isPlausible { throw LinkError("“\(host)” is no host: give a name or an address, like 192.0.2.7, without port or scheme") }
        if !(0...65535).contains(port) { throw LinkError("\(port) is no port: ports are 1 … 65535") }
        self.host = bare
        self.port = port
    }

    /// Whether the host is a numeric IPv6 address.
    var isIPv6: Bool { host.contains(":") }

    /// `tcp://host:port`
    var endpoint: String { "tcp://\(description)" }

    /// `host:port`
    var description: String { isIPv6 ? "[\(host)]:\(port)" : "\(host):\(port)" }

    /// The same with a numeric address, which is all that libzmq binds to. Looks names up, which blocks for as long as the system's
    /// resolver takes. Throws `LinkError` when there is no such name.
    func resolved() throws -> TCPAddress {
        var (v4, v6) = (in_addr(), in6_addr())
        if host == "*" || inet_pton(AF_INET, host, &v4) == 1 || inet_pton(AF_INET6, host, &v6) == 1 { return self }
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var list: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, nil, &hints, &list)
        defer { if let list { freeaddrinfo(list) } }
        guard status == 0, let first = list?.pointee else {
            throw LinkError("could not find the host “\(host)”: \(String(cString: gai_strerror(status)))")
        }
        guard let text = Self.text(first.ai_addr, first.ai_addrlen) else { throw LinkError("could not find the host “\(host)”") }
        return try TCPAddress(host: text, port: port)
    }

    /// The address of a connection's other end; nil when it has gone, or when the descriptor is no connection to `localPort` any more.
    static func peer(of descriptor: Int32, localPort: Int) -> String? {
        var storage = sockaddr_storage()
        func name(_ call: (UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32) -> socklen_t? {
            var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
            let status = withUnsafeMutablePointer(to: &storage) { pointer in
                pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { call($0, &size) }
            }
            return status == 0 ? size : nil
        }
        guard name({ getsockname(descriptor, $0, $1) }) != nil, storage.port == localPort,
            let size = name({ getpeername(descriptor, $0, $1) })
        else { return nil }
        return withUnsafePointer(to: &storage) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { text($0, size) }
        }
    }

    private static func text(_ address: UnsafePointer<sockaddr>?, _ size: socklen_t) -> String? {
        guard let address else { return nil }
        var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
        guard getnameinfo(address, size, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0 else { return nil }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}

extension sockaddr_storage {
    /// The port of an IPv4 or IPv6 address.
    fileprivate var port: Int {
        withUnsafeBytes(of: self) { bytes in
            Int(ss_family) == Int(AF_INET) || Int(ss_family) == Int(AF_INET6) ? Int(bytes[2]) << 8 | Int(bytes[3]) : -1
        }
    }
}
