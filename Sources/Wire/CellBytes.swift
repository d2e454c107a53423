import Statistics

/// The cells of a snapshot as bytes: for each the difference of its key from the cell before and its count, both as LEB128 (7 bits a byte,
/// the least significant first, the top bit set on all but the last).
enum CellBytes {
    /// A number of 32 bits takes at most so many bytes.
    private static let longest = 5

    /// Cells ascending by key, packed.
    /// - Complexity: O(cells)
    static func encode(_ cells: [HistogramCell]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: cells.count * 2 * longest) { buffer, count in
            guard let start = buffer.baseAddress else { return }
            var next = start
            var last: UInt32 = 0
            for cell in cells {
                append(cell.key &- last, at: &next)
                append(cell.count, at: &next)
                last = cell.key
            }
            count = next - start
        }
    }

    @inline(__always)
    private static func append(_ value: UInt32, at next: inout UnsafeMutablePointer<UInt8>) {
        var rest = value
        while rest >= 0x80 {
            next.pointee = UInt8(truncatingIfNeeded: rest) | 0x80
            next += 1
            rest >>= 7
        }
        next.pointee = UInt8(truncatingIfNeeded: rest)
        next += 1
    }

    /// Cells from bytes, ascending by key since differences are not negative; nil when the bytes end within a cell or a number has more
    /// than 32 bits. That counts are above 0 and keys have a meaning is not checked here.
    /// - Complexity: O(bytes)
    static func decode(_ bytes: UnsafeRawBufferPointer) -> [HistogramCell]? {
        guard let start = bytes.baseAddress else { return [] }
        var isSound = true
        let cells = [HistogramCell](unsafeUninitializedCapacity: bytes.count / 2) { buffer, count in
            guard let first = buffer.baseAddress else {
                isSound = bytes.isEmpty
                return
            }
            // A cell is its key and its count behind it, so it can be written as one word.
            let words = UnsafeMutableRawPointer(first).assumingMemoryBound(to: UInt64.self)
            var target = words
            var next = start
            let end = start + bytes.count
            var key: UInt64 = 0
            while end - next >= 2 {
                // Most cells are two bytes, and often four of them follow each other.
                while end - next >= 8 {
                    let eight = UInt64(littleEndian: next.loadUnaligned(as: UInt64.self))
                    if eight & 0x8080_8080_8080_8080 != 0 { break }
                    target[0] = word(key &+ eight & 0x7F, eight >> 8 & 0x7F)
                    target[1] = word(key &+ (eight & 0x7F) &+ (eight >> 16 & 0x7F), eight >> 24 & 0x7F)
                    target[2] = word(key &+ (eight & 0x7F) &+ (eight >> 16 & 0x7F) &+ (eight >> 32 & 0x7F), eight >> 40 & 0x7F)
                    key &+= (eight & 0x7F) &+ (eight >> 16 & 0x7F) &+ (eight >> 32 & 0x7F) &+ (eight >> 48 & 0x7F)
                    target[3] = word(key, eight >> 56)
                    target += 4
                    next += 8
                }
                if end - next < 2 { break }
                let pair = UInt64(UInt16(littleEndian: next.loadUnaligned(as: UInt16.self)))
                if pair & 0x8080 == 0 {
                    key &+= pair & 0x7F
                    target.pointee = word(key, pair >> 8)
                    next += 2
                } else {
                    guard let difference = number(&next, end), let count = number(&next, end) else {
                        isSound = false
                        break
                    }
                    key &+= UInt64(difference)
                    target.pointee = word(key, UInt64(count))
                }
                target += 1
            }
            count = target - words
            isSound = isSound && next == end && key <= UInt64(UInt32.max)
        }
        return isSound ? cells : nil
    }

    /// A cell as it stands in memory; the key is taken modulo 2³², and found to be too large in the end.
    @inline(__always)
    private static func word(_ key: UInt64, _ count: UInt64) -> UInt64 { (key & 0xFFFF_FFFF | count << 32).littleEndian }

    /// One number, and `next` behind it; nil when it does not end in time.
    @inline(__always)
    private static func number(_ next: inout UnsafeRawPointer, _ end: UnsafeRawPointer) -> UInt32? {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while next < end, shift < 7 * UInt64(longest) {
            let byte = next.load(as: UInt8.self)
            next += 1
            value |= UInt64(byte & 0x7F) &<< shift
            if byte & 0x80 == 0 { return UInt32(exactly: value) }
            shift &+= 7
        }
        return nil
    }
}
