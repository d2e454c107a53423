/// A part of an interval as it stands in a record: `[second u64][span u64][archive]`, little-endian.
struct IntervalPart {
    let second: Int
    let span: Int
    /// A part of the archive of the result.
    let archive: UnsafeRawBufferPointer

    private static let headBytes = 16

    /// Nil when it is none.
    init?(_ payload: UnsafeRawBufferPointer) {
        guard payload.count >= Self.headBytes else { return nil }
        let second = UInt64(littleEndian: payload.loadUnaligned(as: UInt64.self))
        let span = UInt64(littleEndian: payload.loadUnaligned(fromByteOffset: 8, as: UInt64.self))
        guard second < 1 << 40, span > 0, span < 1 << 40 else { return nil }
        (self.second, self.span) = (Int(second), Int(span))
        archive = UnsafeRawBufferPointer(rebasing: payload[Self.headBytes...])
    }

    /// Where it ends, in seconds after the start of the run.
    var end: Int { second + span }

    /// What stands before the archive.
    static func head(second: Int, span: Int) -> [UInt8] {
        withUnsafeBytes(of: (UInt64(second).littleEndian, UInt64(span).littleEndian)) { Array($0) }
    }
}
