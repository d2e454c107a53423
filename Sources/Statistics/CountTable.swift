/// Counts by key: an open-addressing hash table with linear probing, made to be emptied often.
///
/// Counting a known key touches one cache line. Memory follows the number of distinct keys since it was last emptied:
/// at most half of the slots are taken, and a table that stays nearly empty shrinks again.
/// Owned by one thread.
struct CountTable: ~Copyable {
    /// `key << 32 | count`; 0 is a free slot, for a count is never 0.
    private var slots: UnsafeMutablePointer<UInt64>
    private var sizeBits: UInt32
    /// Positions of the slots taken, in the order of taking; room for half of the slots.
    private var taken: UnsafeMutablePointer<UInt32>
    /// Number of distinct keys.
    private(set) var count = 0

    private static let leastSizeBits: UInt32 = 10

    /// An empty table.
    init() {
        sizeBits = Self.leastSizeBits
        slots = .allocate(capacity: 1 << Int(sizeBits))
        slots.initialize(repeating: 0, count: 1 << Int(sizeBits))
        taken = .allocate(capacity: 1 << Int(sizeBits - 1))
    }

    deinit {
        slots.deallocate()
        taken.deallocate()
    }

    /// Bytes held.
    var capacityBytes: Int { (1 << Int(sizeBits)) * 8 + (1 << Int(sizeBits - 1)) * 4 }

    /// Counts a key once more.
    @inline(__always)
    mutating func increment(_ key: UInt32) {
        let mask = (1 << Int(sizeBits)) &- 1
        var position = Int(truncatingIfNeeded: (key &* 0x9E37_79B1) >> (32 &- sizeBits))
        while true {
            let slot = slots[position]
            if slot == 0 {
                slots[position] = UInt64(key) << 32 | 1
                take(position)
                return
            }
            if slot >> 32 == UInt64(key) {
                precondition(UInt32(truncatingIfNeeded: slot) != .max, "over four thousand million samples without a snapshot")
                slots[position] = slot &+ 1
                return
            }
            position = (position &+ 1) & mask
        }
    }

    /// Hands out every `key << 32 | count`, in no order, and empties the table.
    /// - Complexity: O(distinct keys)
    mutating func drain(_ body: (UInt64) -> Void) {
        for i in 0..<count {
            let position = Int(taken[i])
            body(slots[position])
            slots[position] = 0
        }
        let size = 1 << Int(sizeBits)
        if sizeBits > Self.leastSizeBits, count < size / 16 { replaceStorage(sizeBits: sizeBits - 1) }
        count = 0
    }

    @inline(never)
    private mutating func take(_ position: Int) {
        taken[count] = UInt32(truncatingIfNeeded: position)
        count += 1
        if count == 1 << Int(sizeBits - 1) { grow() }
    }

    private mutating func grow() {
        let held = count
        let old = UnsafeMutablePointer<UInt64>.allocate(capacity: held)
        defer { old.deallocate() }
        for i in 0..<held { old[i] = slots[Int(taken[i])] }
        replaceStorage(sizeBits: sizeBits + 1)
        let mask = (1 << Int(sizeBits)) - 1
        for i in 0..<held {
            var position = Int((UInt32(truncatingIfNeeded: old[i] >> 32) &* 0x9E37_79B1) >> (32 - sizeBits))
            while slots[position] != 0 { position = (position + 1) & mask }
            slots[position] = old[i]
            taken[i] = UInt32(truncatingIfNeeded: position)
        }
    }

    private mutating func replaceStorage(sizeBits: UInt32) {
        slots.deallocate()
        taken.deallocate()
        self.sizeBits = sizeBits
        slots = .allocate(capacity: 1 << Int(sizeBits))
        slots.initialize(repeating: 0, count: 1 << Int(sizeBits))
        taken = .allocate(capacity: 1 << Int(sizeBits - 1))
    }
}
