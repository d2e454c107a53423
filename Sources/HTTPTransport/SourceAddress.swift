import CCurl
import Glibc

/// An address of this machine from which connections can be made.
package enum SourceAddress {
    /// Why it cannot be used, in words; nil: it can. It is tried with a socket, at once.
    package static func problem(_ text: String) -> String? {
        var hints = addrinfo()
        hints.ai_flags = AI_NUMERICHOST | AI_PASSIVE
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        var found: UnsafeMutablePointer<addrinfo>?
        guard getaddrinfo(text, nil, &hints, &found) == 0, let found else { return "it is no IP address" }
        defer { freeaddrinfo(found) }
        let descriptor = socket(found.pointee.ai_family, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return String(cString: strerror(errno)) }
        defer { close(descriptor) }
        guard bind(descriptor, found.pointee.ai_addr, found.pointee.ai_addrlen) == 0 else {
            return errno == EADDRNOTAVAIL ? "it is no address of this machine" : String(cString: strerror(errno))
        }
        return nil
    }
}
