import CMessagePack
import Glibc

/// A value of a message, with accessors that throw when it is of another type or out of bounds; the error says where it stands.
///
/// Valid only within the body of `MessagePackReader.read`.
package struct MessagePackValue {
    private let object: UnsafePointer<msgpack_object>
    private let root: UnsafePointer<msgpack_object>

    /// A value below or at `root`.
    init(object: UnsafePointer<msgpack_object>, root: UnsafePointer<msgpack_object>) {
        self.object = object
        self.root = root
    }

    /// True for nil.
    package var isNull: Bool { object.pointee.type == MSGPACK_OBJECT_NIL }

    /// A whole number within bounds.
    package func integer(in range: ClosedRange<Int64>) throws(WireError) -> Int64 {
        let value: Int64
        switch object.pointee.type {
        case MSGPACK_OBJECT_POSITIVE_INTEGER:
            guard let fitting = Int64(exactly: object.pointee.via.u64) else { throw outside(range) }
            value = fitting
        case MSGPACK_OBJECT_NEGATIVE_INTEGER: value = object.pointee.via.i64
        default: throw mismatch("a whole number")
        }
        guard range.contains(value) else { throw outside(range) }
        return value
    }

    /// The value where it is a whole number from 0 to 2⁶³ - 1; nil: it is something else.
    package var wholeNumber: Int64? {
        object.pointee.type == MSGPACK_OBJECT_POSITIVE_INTEGER ? Int64(exactly: object.pointee.via.u64) : nil
    }

    /// A whole number of at most 64 bits, from 0 on.
    package func unsigned() throws(WireError) -> UInt64 {
        switch object.pointee.type {
        case MSGPACK_OBJECT_POSITIVE_INTEGER: return object.pointee.via.u64
        case MSGPACK_OBJECT_NEGATIVE_INTEGER: throw error(.invalid, "is below 0")
        default: throw mismatch("a whole number")
        }
    }

    /// A number within bounds; whole ones are taken too.
    package func double(in range: ClosedRange<Double>) throws(WireError) -> Double {
        let value: Double
        switch object.pointee.type {
        case MSGPACK_OBJECT_FLOAT32, MSGPACK_OBJECT_FLOAT64: value = object.pointee.via.f64
        case MSGPACK_OBJECT_POSITIVE_INTEGER: value = Double(object.pointee.via.u64)
        case MSGPACK_OBJECT_NEGATIVE_INTEGER: value = Double(object.pointee.via.i64)
        default: throw mismatch("a number")
        }
        guard range.contains(value) else {
            throw error(.invalid, "is not a number from \(range.lowerBound) to \(range.upperBound)")
        }
        return value
    }

    /// True or false.
    package func bool() throws(WireError) -> Bool {
        guard object.pointee.type == MSGPACK_OBJECT_BOOLEAN else { throw mismatch("true or false") }
        return object.pointee.via.boolean
    }

    /// A text of at most so many bytes of valid UTF-8.
    package func string(atMost limit: Int) throws(WireError) -> String {
        let bytes = try utf8(atMost: limit)
        // Most are, and what is needs no look at each character.
        var bits: UInt8 = 0
        for byte in bytes { bits |= byte }
        if bits < 0x80 { return String(decoding: bytes, as: UTF8.self) }
        guard let text = String(validating: bytes, as: UTF8.self) else { throw error(.invalid, "is not valid UTF-8") }
        return text
    }

    /// True when this is the text.
    package func isString(_ text: StaticString) -> Bool {
        guard object.pointee.type == MSGPACK_OBJECT_STR, Int(object.pointee.via.str.size) == text.utf8CodeUnitCount else { return false }
        return memcmp(object.pointee.via.str.ptr, text.utf8Start, text.utf8CodeUnitCount) == 0
    }

    /// The bytes of a text, unchecked but for their number.
    private func utf8(atMost limit: Int) throws(WireError) -> UnsafeRawBufferPointer {
        guard object.pointee.type == MSGPACK_OBJECT_STR else { throw mismatch("a string") }
        let text = object.pointee.via.str
        return try bounded(text.ptr, text.size, limit)
    }

    /// Bytes that are no text, at most so many; valid only within the body of `MessagePackReader.read`.
    package func binary(atMost limit: Int) throws(WireError) -> UnsafeRawBufferPointer {
        guard object.pointee.type == MSGPACK_OBJECT_BIN else { throw mismatch("bytes") }
        let binary = object.pointee.via.bin
        return try bounded(binary.ptr, binary.size, limit)
    }

    private func bounded(_ start: UnsafePointer<CChar>?, _ size: UInt32, _ limit: Int) throws(WireError) -> UnsafeRawBufferPointer {
        guard Int(size) <= limit else { throw error(.tooLarge, "is longer than \(limit) bytes") }
        return UnsafeRawBufferPointer(start: start, count: Int(size))
    }

    /// An array of at most so many values.
    package func array(atMost limit: Int) throws(WireError) -> MessagePackArray {
        guard object.pointee.type == MSGPACK_OBJECT_ARRAY else { throw mismatch("an array") }
        let array = object.pointee.via.array
        guard Int(array.size) <= limit else { throw error(.tooLarge, "has more than \(limit) values") }
        return MessagePackArray(first: array.ptr, count: Int(array.size), root: root)
    }

    /// An array of exactly so many values.
    package func array(of count: Int) throws(WireError) -> MessagePackArray {
        let array = try array(atMost: .max)
        guard array.count == count else { throw error(.invalid, "has \(array.count) values instead of \(count)") }
        return array
    }

    /// A map of at most so many pairs.
    package func map(atMost limit: Int = 1024) throws(WireError) -> MessagePackMap {
        guard object.pointee.type == MSGPACK_OBJECT_MAP else { throw mismatch("a map") }
        let map = object.pointee.via.map
        guard Int(map.size) <= limit else { throw error(.tooLarge, "has more than \(limit) pairs") }
        // A pair is its key and its value, one behind the other.
        let first = UnsafeRawPointer(map.ptr)?.assumingMemoryBound(to: msgpack_object.self)
        return MessagePackMap(members: MessagePackArray(first: first, count: 2 * Int(map.size), root: root), value: self)
    }

    /// An error about this value, or about a key that it lacks.
    package func error(_ code: WireError.Code, key: StaticString? = nil, _ problem: String) -> WireError {
        var path = MessagePackPath.text(of: object, in: root)
        if let key { path += path.isEmpty ? "\(key)" : ".\(key)" }
        return WireError(code, at: path, problem)
    }

    private func mismatch(_ expected: String) -> WireError {
        error(.wrongType, "is \(MessagePackPath.typeName(object.pointee.type)) instead of \(expected)")
    }

    private func outside(_ range: ClosedRange<Int64>) -> WireError {
        error(.invalid, "is not from \(range.lowerBound) to \(range.upperBound)")
    }
}
