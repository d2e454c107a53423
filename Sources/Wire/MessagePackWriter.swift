import CMessagePack
import Statistics

/// Writes MessagePack values one after the other into a growing buffer.
///
/// A map or an array is its size followed by so many keys and values; that they are as many is the caller's to see to. Integers are
/// written in their shortest form, floating-point numbers in 64 bits.
package struct MessagePackWriter: ~Copyable {
    private let buffer: UnsafeMutablePointer<msgpack_sbuffer>
    private var packer = msgpack_packer()

    /// An empty buffer.
    package init() {
        guard let buffer = msgpack_sbuffer_new() else { fatalError("out of memory") }
        self.buffer = buffer
        msgpack_packer_init(&packer, buffer) { msgpack_sbuffer_write($0, $1, $2) }
    }

    deinit { msgpack_sbuffer_free(buffer) }

    /// What was written so far.
    package var bytes: [UInt8] {
        [UInt8](UnsafeRawBufferPointer(start: buffer.pointee.data, count: buffer.pointee.size))
    }

    /// The head of an array of so many values.
    package mutating func array(_ count: Int) { check(msgpack_pack_array(&packer, count)) }

    /// The head of a map of so many pairs.
    package mutating func map(_ count: Int) { check(msgpack_pack_map(&packer, count)) }

    /// Nil.
    package mutating func null() { check(msgpack_pack_nil(&packer)) }

    /// True or false.
    package mutating func bool(_ value: Bool) { check(value ? msgpack_pack_true(&packer) : msgpack_pack_false(&packer)) }

    /// A whole number.
    package mutating func integer(_ value: Int64) { check(msgpack_pack_int64(&packer, value)) }

    /// A whole number.
    package mutating func integer(_ value: Int) { integer(Int64(value)) }

    /// A whole number from 0 on.
    package mutating func integer(_ value: UInt64) { check(msgpack_pack_uint64(&packer, value)) }

    /// A floating-point number.
    package mutating func double(_ value: Double) { check(msgpack_pack_double(&packer, value)) }

    /// A text.
    package mutating func string(_ value: String) {
        var value = value
        value.withUTF8 { check(msgpack_pack_str_with_body(&packer, $0.baseAddress, $0.count)) }
    }

    /// A text, cut between two characters to so many bytes of UTF-8.
    package mutating func string(_ value: String, atMost limit: Int) { string(StatisticsLimits.cut(value, to: limit)) }

    /// A text that is part of the program, such as a key.
    package mutating func string(_ value: StaticString) {
        check(msgpack_pack_str_with_body(&packer, value.utf8Start, value.utf8CodeUnitCount))
    }

    /// Bytes that are no text.
    package mutating func binary(_ value: UnsafeRawBufferPointer) {
        check(msgpack_pack_bin_with_body(&packer, value.baseAddress, value.count))
    }

    /// Bytes that are no text.
    package mutating func binary(_ value: [UInt8]) { value.withUnsafeBytes { binary($0) } }

    private func check(_ result: CInt) { precondition(result == 0, "out of memory") }
}

extension MessagePackWriter {
    /// A key and its value.
    package mutating func pair(_ key: StaticString, _ value: Int) {
        string(key)
        integer(value)
    }

    /// A key and its value.
    package mutating func pair(_ key: StaticString, _ value: Int64) {
        string(key)
        integer(value)
    }

    /// A key and its value.
    package mutating func pair(_ key: StaticString, _ value: UInt64) {
        string(key)
        integer(value)
    }

    /// A key and its value, nil if there is none.
    package mutating func pair(_ key: StaticString, _ value: Int64?) {
        string(key)
        if let value { integer(value) } else { null() }
    }

    /// A key and its value, nil if there is none.
    package mutating func pair(_ key: StaticString, _ value: Double?) {
        string(key)
        if let value { double(value) } else { null() }
    }

    /// A key and its value.
    package mutating func pair(_ key: StaticString, _ value: Bool) {
        string(key)
        bool(value)
    }

    /// A key and its value, cut to so many bytes; nil if there is none.
    package mutating func pair(_ key: StaticString, _ value: String?, atMost limit: Int = WireBounds.text) {
        string(key)
        if let value { string(value, atMost: limit) } else { null() }
    }

    /// A key and its value.
    package mutating func pair(_ key: StaticString, binary value: [UInt8]) {
        string(key)
        binary(value)
    }
}
