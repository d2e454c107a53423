import LoadModel

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
