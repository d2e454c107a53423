import Glibc

/// Bytes that are filled, read and emptied again and again without a new allocation: one request's path, body or headers.
///
/// Owned by one thread. The address of `bytes` holds until the next call that appends.
package struct ByteBuffer: ~Copyable {
    private var base: UnsafeMutableRawPointer
    private var capacity: Int
    /// Number of bytes held.
    package private(set) var count: Int

    /// An empty buffer with room for `capacity` bytes (at least 16).
    package init(capacity: Int = 64) {
        self.capacity = max(capacity, 16)
        self.base = .allocate(byteCount: self.capacity, alignment: 16)
        self.count = 0
    }

    deinit { base.deallocate() }

    /// The bytes held; valid until the next mutation.
    package var bytes: UnsafeRawBufferPointer { UnsafeRawBufferPointer(start: base, count: count) }

    /// True when nothing is held.
    package var isEmpty: Bool { count == 0 }

    /// Whether the buffer holds just these bytes.
    package func holds(_ other: UnsafeRawBufferPointer) -> Bool { bytes.isEqual(to: other) }

    /// Empties the buffer and keeps its memory, unless that exceeds `limit` bytes: then it is given back.
    package mutating func removeAll(keepingAtMost limit: Int = 65536) {
        count = 0
        if capacity > limit {
            base.deallocate()
            capacity = 64
            base = .allocate(byteCount: capacity, alignment: 16)
        }
    }

    /// Appends one byte.
    package mutating func append(_ byte: UInt8) {
        if count == capacity { grow(toHold: count + 1) }
        base.storeBytes(of: byte, toByteOffset: count, as: UInt8.self)
        count += 1
    }

    /// Appends a run of bytes, which may not lie inside this buffer.
    package mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress, bytes.count > 0 else { return }
        if count + bytes.count > capacity { grow(toHold: count + bytes.count) }
        (base + count).copyMemory(from: start, byteCount: bytes.count)
        count += bytes.count
    }

    /// Appends the UTF-8 of a string.
    package mutating func append(_ text: String) {
        var text = text
        text.withUTF8 { append(UnsafeRawBufferPointer($0)) }
    }

    /// Appends the UTF-8 of a literal, without making a `String`.
    package mutating func append(_ text: StaticString) {
        text.withUTF8Buffer { append(UnsafeRawBufferPointer($0)) }
    }

    /// The bytes as text; what is not UTF-8 is replaced by U+FFFD.
    package var text: String { String(decoding: bytes, as: UTF8.self) }

    private mutating func grow(toHold needed: Int) {
        let larger = max(needed, capacity * 2)
        let fresh = UnsafeMutableRawPointer.allocate(byteCount: larger, alignment: 16)
        fresh.copyMemory(from: base, byteCount: count)
        base.deallocate()
        base = fresh
        capacity = larger
    }
}

extension UnsafeRawBufferPointer {
    /// Whether both hold the same bytes; quicker than the comparison of sequences.
    package func isEqual(to other: UnsafeRawBufferPointer) -> Bool {
        guard count == other.count else { return false }
        guard let start = baseAddress, let otherStart = other.baseAddress else { return true }
        return memcmp(start, otherStart, count) == 0
    }
}
