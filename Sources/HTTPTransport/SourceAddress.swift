import CCurl
import Glibc

/// An address of this machine from which connections can be made.
package struct SourceAddress: Sendable {
    private var storage = sockaddr_storage()
    private let length: socklen_t

    /// `text`: an IP address as digits. Throws the reason why it cannot be used, in words; it is tried with a socket, at once.
    package init(_ text: String) throws(Problem) {
        var hints = addrinfo()
        hints.ai_flags = AI_NUMERICHOST | AI_PASSIVE
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(text, nil, &hints, &found) == 0, let found else { throw Problem(description: "it is no IP address") }
        defer { freeaddrinfo(found) }
        length = found.pointee.ai_addrlen
        withUnsafeMutableBytes(of: &storage) {
            $0.copyMemory(from: UnsafeRawBufferPointer(start: found.pointee.ai_addr, count: Int(length)))
        }
        let descriptor = socket(family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw Problem(description: String(cString: strerror(errno))) }
        defer { close(descriptor) }
        let code = bind(descriptor)
        guard code == 0 else {
            throw Problem(description: code == EADDRNOTAVAIL ? "it is no address of this machine" : String(cString: strerror(code)))
        }
    }

    /// Why an address cannot be used.
    package struct Problem: Error, CustomStringConvertible {
        package let description: String
    }

    var family: Int32 { Int32(storage.ss_family) }

    /// How many times the system's ports there are towards one destination: the fewest addresses of a family that has any, 1 without addresses.
    package static func portFactor(of addresses: [SourceAddress]) -> Int {
        let v4 = addresses.count { $0.family == AF_INET }
        let v6 = addresses.count - v4
        return v4 == 0 ? max(1, v6) : v6 == 0 ? v4 : min(v4, v6)
    }

    /// Lets a new socket's connection come from this address. Answers 0, or what went wrong.
    ///
    /// The port is left to `connect`, which knows the destination: chosen here it would be looked for among the ports of all connections, and none
    /// could serve two destinations.
    func bind(_ descriptor: Int32) -> Int32 {
        var isOn: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_IP), IP_BIND_ADDRESS_NO_PORT, &isOn, socklen_t(MemoryLayout<Int32>.size))
        return withUnsafeBytes(of: storage) { bytes in
            guard let address = bytes.baseAddress?.assumingMemoryBound(to: sockaddr.self) else { return EINVAL }
            return Glibc.bind(descriptor, address, length) == 0 ? 0 : errno
        }
    }
}
