import Wire
import ZeroMQ

/// The plan as it comes in, part by part. Pure.
struct PlanIntake {
    /// The longest plan taken, in bytes: a script with its data files.
    static let largest = 512 << 20
    /// A part that has not come is asked for again after this.
    static let retryNanoseconds: Int64 = 1_000_000_000

    /// What is fetched.
    let hash: [UInt8]
    let size: Int
    private(set) var bytes: [UInt8] = []
    private(set) var askedAt: Int64

    init(hash: [UInt8], size: Int, now: Int64) {
        self.hash = hash
        self.size = size
        askedAt = now
    }

    /// The next part to ask for.
    mutating func request(now: Int64) -> WorkerMessage {
        askedAt = now
        return .planRequest(offset: bytes.count)
    }

    /// Takes a part; one that does not follow what is here changes nothing.
    mutating func take(_ chunk: PlanChunk) {
        guard chunk.offset == bytes.count, bytes.count + chunk.bytes.count <= size else { return }
        // At once, and not before something has come: growing step by step would need twice the room.
        if bytes.isEmpty { bytes.reserveCapacity(size) }
        bytes += chunk.bytes
    }

    var isComplete: Bool { bytes.count == size }

    /// Whether what has come is what was promised.
    var isGenuine: Bool { SHA256.hash(bytes) == hash }
}
