/// Numbers for byte strings: the same bytes under the same tag always get the same number, dense from 0.
///
/// Owned by one thread. The caller bounds the number of entries.
struct InternTable: ~Copyable {
    /// Number + 1 of the entry, or 0: free. At most half are taken.
    private var slots: [UInt32]
    private var entries: [Entry] = []
    /// The bytes of all entries, one after the other.
    private var bytes: UnsafeMutableRawPointer
    private var bytesHeld = 0
    private var bytesCapacity = 1024

    private struct Entry {
        var hash: UInt64
        var tag: UInt32
        var offset: Int
        var length: Int
    }

    /// An empty table.
    init() {
        slots = [UInt32](repeating: 0, count: 64)
        bytes = .allocate(byteCount: bytesCapacity, alignment: 16)
    }

    deinit { bytes.deallocate() }

    /// Number of entries.
    var count: Int { entries.count }

    /// The number of some bytes, or nil if they were never added.
    /// - Complexity: O(length of `text`)
    @inline(__always)
    func find(tag: UInt32, _ text: UnsafeRawBufferPointer) -> Int? {
        let hash = Self.hash(tag: tag, text)
        let mask = slots.count - 1
        var position = Int(truncatingIfNeeded: hash) & mask
        while true {
            let number = slots[position]
            if number == 0 { return nil }
            let index = Int(number) - 1
            let entry = entries[index]
            if entry.hash == hash, entry.tag == tag, isEqual(entry, text) { return index }
            position = (position + 1) & mask
        }
    }

    /// Adds bytes that are not there yet, and answers with their number.
    mutating func add(tag: UInt32, _ text: UnsafeRawBufferPointer) -> Int {
        if bytesHeld + text.count > bytesCapacity {
            bytesCapacity = max(bytesCapacity * 2, bytesHeld + text.count)
            let larger = UnsafeMutableRawPointer.allocate(byteCount: bytesCapacity, alignment: 16)
            larger.copyMemory(from: bytes, byteCount: bytesHeld)
            bytes.deallocate()
            bytes = larger
        }
        if let start = text.baseAddress { (bytes + bytesHeld).copyMemory(from: start, byteCount: text.count) }
        entries.append(Entry(hash: Self.hash(tag: tag, text), tag: tag, offset: bytesHeld, length: text.count))
        bytesHeld += text.count
        if entries.count * 2 > slots.count {
            slots = [UInt32](repeating: 0, count: slots.count * 2)
            for index in entries.indices { place(index) }
        } else {
            place(entries.count - 1)
        }
        return entries.count - 1
    }

    private mutating func place(_ index: Int) {
        let mask = slots.count - 1
        var position = Int(truncatingIfNeeded: entries[index].hash) & mask
        while slots[position] != 0 { position = (position + 1) & mask }
        slots[position] = UInt32(index + 1)
    }

    @inline(__always)
    private func isEqual(_ entry: Entry, _ text: UnsafeRawBufferPointer) -> Bool {
        guard entry.length == text.count else { return false }
        guard let start = text.baseAddress else { return true }
        let held = bytes + entry.offset
        var offset = 0
        while offset &+ 8 <= text.count {
            if held.loadUnaligned(fromByteOffset: offset, as: UInt64.self) != start.loadUnaligned(fromByteOffset: offset, as: UInt64.self) {
                return false
            }
            offset &+= 8
        }
        while offset < text.count {
            if held.load(fromByteOffset: offset, as: UInt8.self) != start.load(fromByteOffset: offset, as: UInt8.self) { return false }
            offset &+= 1
        }
        return true
    }

    /// Eight bytes a step, each mixed by a multiplication whose high half is folded down. Names come from the user's own script,
    /// so the table need not withstand chosen collisions.
    @inline(__always)
    private static func hash(tag: UInt32, _ text: UnsafeRawBufferPointer) -> UInt64 {
        var hash = UInt64(tag) &+ UInt64(truncatingIfNeeded: text.count) &* 0x9E37_79B9_7F4A_7C15
        guard let start = text.baseAddress else { return hash }
        var offset = 0
        while offset &+ 8 <= text.count {
            hash = mix(hash ^ start.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
            offset &+= 8
        }
        var rest: UInt64 = 0
        while offset < text.count {
            rest = rest << 8 | UInt64(start.load(fromByteOffset: offset, as: UInt8.self))
            offset &+= 1
        }
        return mix(hash ^ rest)
    }

    @inline(__always)
    private static func mix(_ value: UInt64) -> UInt64 {
        let product = value.multipliedFullWidth(by: 0xD6E8_FEB8_6659_FD93)
        return product.high ^ product.low
    }
}
