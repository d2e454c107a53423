/// The text of a random identifier, version 4 (RFC 9562, section 5.4): `xxxxxxxx-xxxx-4xxx-yxxx-xxxxxxxxxxxx`.
enum UUIDText {
    /// Its length in bytes, always.
    static let length = 36

    /// Writes the identifier made of 122 of 128 random bits to a room of at least `length` bytes; answers with `length`.
    static func write(high: UInt64, low: UInt64, to room: UnsafeMutablePointer<UInt8>) -> Int {
        let high = high & 0xFFFF_FFFF_FFFF_0FFF | 0x4000
        let low = low & 0x3FFF_FFFF_FFFF_FFFF | 0x8000_0000_0000_0000
        var position = 0
        func put(_ bits: UInt64, from first: Int, digits: Int) {
            for digit in first..<first + digits {
                let nibble = UInt8(truncatingIfNeeded: bits >> (60 - 4 * UInt64(digit)) & 15)
                room[position] = nibble + (nibble < 10 ? 48 : 87)
                position += 1
            }
        }
        func dash() {
            room[position] = UInt8(ascii: "-")
            position += 1
        }
        put(high, from: 0, digits: 8)
        dash()
        put(high, from: 8, digits: 4)
        dash()
        put(high, from: 12, digits: 4)
        dash()
        put(low, from: 0, digits: 4)
        dash()
        put(low, from: 4, digits: 12)
        return position
    }
}
