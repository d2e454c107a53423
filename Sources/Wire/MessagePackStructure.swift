/// A look over a MessagePack value without building anything.
///
/// The library makes room for an array as soon as it has read its head, which may claim 2³² values. So heads are added up first: a value is
/// passed on only if all its parts are there and nothing follows.
enum MessagePackStructure {
    /// Values that one message may consist of, keys included; the library needs 24 bytes for each.
    static let mostValues = 1 << 19

    /// Throws unless the bytes are exactly one value of at most `mostValues` parts.
    /// - Complexity: O(values)
    static func check(_ bytes: UnsafeRawBufferPointer) throws(WireError) {
        var position = 0
        var due = 1
        var seen = 0
        while due > 0 {
            guard position < bytes.count else { throw WireError(.notMessagePack, "ends too early") }
            let head = bytes[position]
            position += 1
            due -= 1
            seen += 1
            var size = 0
            switch head {
            case 0x00...0x7F, 0xE0...0xFF, 0xC0, 0xC2, 0xC3: break
            case 0x80...0x8F: due += 2 * Int(head & 15)
            case 0x90...0x9F: due += Int(head & 15)
            case 0xA0...0xBF: size = Int(head & 31)
            case 0xC4, 0xD9: size = try length(bytes, &position, 1)
            case 0xC5, 0xDA: size = try length(bytes, &position, 2)
            case 0xC6, 0xDB: size = try length(bytes, &position, 4)
            case 0xC7: size = try length(bytes, &position, 1) + 1
            case 0xC8: size = try length(bytes, &position, 2) + 1
            case 0xC9: size = try length(bytes, &position, 4) + 1
            case 0xCC, 0xD0: size = 1
            case 0xCD, 0xD1: size = 2
            case 0xCA, 0xCE, 0xD2: size = 4
            case 0xCB, 0xCF, 0xD3: size = 8
            case 0xD4...0xD8: size = 1 + 1 << Int(head - 0xD4)
            case 0xDC: due += try length(bytes, &position, 2)
            case 0xDD: due += try length(bytes, &position, 4)
            case 0xDE: due += 2 * (try length(bytes, &position, 2))
            case 0xDF: due += 2 * (try length(bytes, &position, 4))
            default: throw WireError(.notMessagePack, "is not MessagePack: byte \(position - 1) has no meaning")
            }
            // Each value that is still due takes at least a byte.
            guard size <= bytes.count - position, due <= bytes.count - position - size else {
                throw WireError(.notMessagePack, "ends too early")
            }
            guard seen + due <= mostValues else { throw WireError(.tooLarge, "has more than \(mostValues) values") }
            position += size
        }
        guard position == bytes.count else { throw WireError(.notMessagePack, "goes on after its end") }
    }

    /// A big-endian length of so many bytes.
    private static func length(_ bytes: UnsafeRawBufferPointer, _ position: inout Int, _ size: Int) throws(WireError) -> Int {
        guard size <= bytes.count - position else { throw WireError(.notMessagePack, "ends too early") }
        var length = 0
        for i in position..<position + size { length = length << 8 | Int(bytes[i]) }
        position += size
        return length
    }
}
