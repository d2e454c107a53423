import LoadModel

/// What is known of the names in URLs: which need no lookup, which are looked up, who waits for them. Pure: the lookups themselves are
/// `NameResolver`'s.
struct HostNames: ~Copyable {
    /// What a request's URL needs before libcurl may have it.
    enum Need: Equatable {
        /// Nothing: its host is an address.
        case nothing
        /// libcurl needs the addresses of this `host:port`; they are known.
        case addresses(key: String)
        /// Nothing more can be done: it was looked up a moment ago in vain, for this reason.
        case failed(reason: String)
        /// Wait for the lookup of this `host:port`; it has to be started when `host` is not nil.
        case lookup(key: String, host: String?)
    }

    private struct Name {
        var isLookingUp = false
        var validUntil = Int64.min
        /// Why the last lookup failed, and until when it is not repeated.
        var failure = ""
        var failedUntil = Int64.min
        /// What libcurl's address cache is given: `host:port:address,…`.
        var line = ""
        /// The lookups so far that had an answer; a multi handle's cache may hold an older one.
        var version = 0
        /// Handles whose requests wait.
        var waiting: [Int] = []
    }

    /// So long a failed lookup stands: without that, users that do not wait would start a lookup each.
    static let failureLifetimeNanoseconds: Int64 = 1_000_000_000

    private var names: [String: Name] = [:]
    private var numericOrigins: Set<[UInt8]> = []
    private var lastNumericOrigin = ByteBuffer()

    /// What a request to this origin (`http://host:port`) needs at `now`. `isConnected`: it has a kept connection, which needs no address.
    mutating func need(of origin: UnsafeRawBufferPointer, isConnected: Bool, now: Int64) -> Need {
        if lastNumericOrigin.holds(origin) { return .nothing }
        let bytes = Array(origin)
        let isKnownNumeric = numericOrigins.contains(bytes)
        guard let authority = isKnownNumeric ? nil : Authority(origin: origin), !authority.isNumeric else {
            if !isKnownNumeric && numericOrigins.count < 1024 { numericOrigins.insert(bytes) }
            lastNumericOrigin.removeAll()
            lastNumericOrigin.append(origin)
            return .nothing
        }
        let key = authority.key
        let name = names[key] ?? Name()
        if now < name.validUntil { return .addresses(key: key) }
        // A name that was never found has no connection: the kept one leads elsewhere.
        if isConnected && name.version > 0 { return .addresses(key: key) }
        if now < name.failedUntil && !name.isLookingUp { return .failed(reason: name.failure) }
        return .lookup(key: key, host: name.isLookingUp ? nil : authority.host)
    }

    /// Notes that a handle's request waits for a lookup, which is under way from now on.
    mutating func wait(handle: Int, for key: String) {
        names[key, default: Name()].isLookingUp = true
        names[key, default: Name()].waiting.append(handle)
    }

    /// Notes that a handle's request waits no longer.
    mutating func forget(handle: Int) {
        for key in names.keys where names[key]?.isLookingUp == true { names[key]?.waiting.removeAll { $0 == handle } }
    }

    /// Takes an answer and gives back the handles that waited for it.
    mutating func take(_ answer: NameResolver.Answer, now: Int64, lifetimeNanoseconds: Int64) -> [Int] {
        guard var name = names[answer.key] else { return [] }
        let waiting = name.waiting
        name.waiting = []
        name.isLookingUp = false
        if !answer.addresses.isEmpty {
            name.validUntil = now + lifetimeNanoseconds
            let addresses = answer.addresses.map { $0.contains(":") ? "[\($0)]" : $0 }
            name.line = "\(answer.key):\(addresses.joined(separator: ","))"
            name.version += 1
        } else {
            name.failure = answer.failure
            name.failedUntil = now + Self.failureLifetimeNanoseconds
        }
        names[answer.key] = name
        return waiting
    }

    /// The line for libcurl's address cache and its version; nil when the name was never found.
    func addresses(of key: String) -> (line: String, version: Int)? {
        guard let name = names[key], name.version > 0 else { return nil }
        return (name.line, name.version)
    }
}
