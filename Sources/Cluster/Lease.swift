/// A worker's right to start tasks: it ends some time after the last heartbeat that the master has answered, counted from the sending. Pure.
struct Lease {
    /// How long it lasts; nil: for ever.
    let length: Int64?
    /// When it ends; `Int64.max`: never.
    private(set) var expiry: Int64
    private var sent: [Int64: Int64] = [:]

    /// It begins with the welcome, which answers a hello that was sent at `start`.
    init(length: Int64?, start: Int64) {
        self.length = length
        expiry = length.map { start + $0 } ?? .max
    }

    /// A heartbeat was sent.
    mutating func noteSent(_ sequence: Int64, at now: Int64) {
        guard length != nil else { return }
        sent[sequence] = now
        sent[sequence - 64] = nil
    }

    /// A heartbeat was answered. Answers whether the lease is longer now.
    mutating func noteAnswered(_ sequence: Int64) -> Bool {
        guard let length, let at = sent.removeValue(forKey: sequence), at + length > expiry else { return false }
        expiry = at + length
        return true
    }

    /// Heartbeats that are remembered.
    var sentCount: Int { sent.count }

    /// Whether it is over.
    func hasLapsed(at now: Int64) -> Bool { now >= expiry }
}
