import LoadModel

/// A set of ASCII bytes, asked for every byte of what is encoded.
struct ByteSet {
    private var low: UInt64 = 0
    private var high: UInt64 = 0

    /// The letters, the digits, and what is given.
    static func alphanumerics(and others: StaticString) -> ByteSet {
        var set = ByteSet()
        for range in [UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z")] {
            for byte in range { set.insert(byte) }
        }
        others.withUTF8Buffer { for byte in $0 { set.insert(byte) } }
        return set
    }

    private mutating func insert(_ byte: UInt8) {
        if byte < 64 { low |= 1 << UInt64(byte) } else { high |= 1 << UInt64(byte & 63) }
    }

    /// False for every byte above 127.
    func contains(_ byte: UInt8) -> Bool {
        byte < 128 && (byte < 64 ? low : high) >> UInt64(byte & 63) & 1 != 0
    }
}

/// Percent-encoding of a form body or query: `application/x-www-form-urlencoded` (WHATWG URL, section 5.2).
struct FormEncoding {
    private let kept = ByteSet.alphanumerics(and: "*-._")

    /// Appends bytes: letters, digits and `*-._` as they are, a space as `+`, all else as `%XX`.
    func append(_ bytes: UnsafeRawBufferPointer, to buffer: inout ByteBuffer) {
        var start = 0
        for index in 0..<bytes.count {
            let byte = bytes[index]
            if kept.contains(byte) { continue }
            buffer.append(UnsafeRawBufferPointer(rebasing: bytes[start..<index]))
            start = index + 1
            if byte == UInt8(ascii: " ") { buffer.append(UInt8(ascii: "+")) } else { Self.appendEscape(of: byte, to: &buffer) }
        }
        buffer.append(UnsafeRawBufferPointer(rebasing: bytes[start..<bytes.count]))
    }

    /// Appends `%XX` with upper-case digits.
    static func appendEscape(of byte: UInt8, to buffer: inout ByteBuffer) {
        func digit(_ value: UInt8) -> UInt8 { value + (value < 10 ? 48 : 55) }
        buffer.append(UInt8(ascii: "%"))
        buffer.append(digit(byte >> 4))
        buffer.append(digit(byte & 15))
    }
}
