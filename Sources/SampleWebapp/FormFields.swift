/// Reads fields out of `application/x-www-form-urlencoded` bytes: a query string or a form body.
///
/// Decoding follows the URL standard: `+` is a space, `%XX` a byte, and a `%` that no two hex digits follow stays as it is.
package enum FormFields {
    /// Appends the decoded value of the first field with this name.
    ///
    /// - Parameters:
    ///   - name: the field's decoded name.
    ///   - form: the encoded bytes, `name=value` pairs between `&`.
    ///   - output: receives the value's bytes; untouched when there is no such field.
    /// - Returns: whether there is such a field, be its value empty or not.
    /// - Complexity: O(bytes of the form).
    package static func appendValue(of name: StaticString, in form: UnsafeRawBufferPointer, to output: inout [UInt8]) -> Bool {
        let wanted = UnsafeRawBufferPointer(start: name.utf8Start, count: name.utf8CodeUnitCount)
        var start = 0
        while start < form.count {
            var end = start
            var equals = -1
            while end < form.count, form[end] != UInt8(ascii: "&") {
                if equals < 0, form[end] == UInt8(ascii: "=") { equals = end }
                end += 1
            }
            let nameEnd = equals < 0 ? end : equals
            if matches(UnsafeRawBufferPointer(rebasing: form[start..<nameEnd]), wanted) {
                if equals >= 0 { decode(UnsafeRawBufferPointer(rebasing: form[(equals + 1)..<end]), to: &output) }
                return true
            }
            start = end + 1
        }
        return false
    }

    /// Appends the bytes that `+` and `%XX` stand for.
    ///
    /// - Complexity: O(bytes).
    package static func decode(_ encoded: UnsafeRawBufferPointer, to output: inout [UInt8]) {
        var index = 0
        while index < encoded.count {
            let byte = encoded[index]
            index += 1
            if byte == UInt8(ascii: "+") {
                output.append(UInt8(ascii: " "))
            } else if byte == UInt8(ascii: "%"), index + 1 < encoded.count, let high = hexDigit(encoded[index]),
                let low = hexDigit(encoded[index + 1])
            {
                output.append(high << 4 | low)
                index += 2
            } else {
                output.append(byte)
            }
        }
    }

    private static func matches(_ encodedName: UnsafeRawBufferPointer, _ wanted: UnsafeRawBufferPointer) -> Bool {
        if encodedName.count == wanted.count { return encodedName.elementsEqual(wanted) }
        // Every encoded byte takes three, so a shorter name cannot match.
        guard encodedName.count > wanted.count else { return false }
        var decoded: [UInt8] = []
        decode(encodedName, to: &decoded)
        return decoded.elementsEqual(wanted)
    }

    private static func hexDigit(_ byte: UInt8) -> UInt8? {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"): byte - UInt8(ascii: "0")
        case UInt8(ascii: "a")...UInt8(ascii: "f"): byte - UInt8(ascii: "a") + 10
        case UInt8(ascii: "A")...UInt8(ascii: "F"): byte - UInt8(ascii: "A") + 10
        default: nil
        }
    }
}
