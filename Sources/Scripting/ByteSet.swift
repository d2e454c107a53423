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
