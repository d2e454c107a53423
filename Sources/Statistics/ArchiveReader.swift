/// Reads what `ArchiveWriter` wrote. Every figure is looked at before it is believed: a damaged file gives an error, never a crash or a sum that overflows.
struct ArchiveReader {
    private let bytes: UnsafeRawBufferPointer
    /// Where the next value begins.
    private(set) var offset = 0

    /// Counts are below this, so that the sums of many archives fit.
    private static let mostCount: UInt64 = 1 << 46

    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    /// True when all was read.
    var isAtEnd: Bool { offset >= bytes.count }

    /// A count that is not below zero.
    mutating func unsigned() throws(ArchiveError) -> UInt64 {
        var value: UInt64 = 0
        var shift: UInt64 = 0
        while offset < bytes.count, shift < 64 {
            let byte = UInt64(bytes[offset])
            offset += 1
            let part = byte & 0x7F
            if shift == 63, part > 1 { break }
            value |= part << shift
            if byte < 0x80 { return value }
            shift += 7
        }
        throw error("has no whole number")
    }

    /// The same within bounds.
    mutating func count(below limit: UInt64 = mostCount) throws(ArchiveError) -> Int64 {
        let value = try unsigned()
        guard value < limit else { throw error("has the figure \(value), which is too large") }
        return Int64(value)
    }

    /// A whole number that serves as a position or length.
    mutating func size(below limit: Int) throws(ArchiveError) -> Int { Int(try count(below: UInt64(limit))) }

    /// Any whole number.
    mutating func integer() throws(ArchiveError) -> Int64 {
        let value = try unsigned()
        return Int64(bitPattern: value >> 1) ^ -Int64(bitPattern: value & 1)
    }

    /// A sum, which may have any value.
    mutating func wide() throws(ArchiveError) -> Int128 {
        let high = try integer()
        return Int128(high) << 64 | Int128(try unsigned())
    }

    /// A text of a bounded length.
    mutating func text() throws(ArchiveError) -> String {
        let length = try size(below: 1 << 16)
        guard length <= bytes.count - offset else { throw error("ends within a text") }
        defer { offset += length }
        return String(decoding: bytes[offset..<(offset + length)], as: UTF8.self)
    }

    /// A text that may be missing.
    mutating func textOrNone() throws(ArchiveError) -> String? { try size(below: 2) == 0 ? nil : try text() }

    /// Sum, least and greatest.
    mutating func extent() throws(ArchiveError) -> TimeExtent {
        var extent = TimeExtent()
        extent.sumNanoseconds = try wide()
        guard extent.sumNanoseconds.magnitude < 1 << 110 else { throw error("has a sum of times that is too large") }
        extent.minNanoseconds = try integer()
        extent.maxNanoseconds = try integer()
        return extent
    }

    /// A histogram of this layout.
    mutating func histogram(_ buckets: TimeBuckets) throws(ArchiveError) -> TimeHistogram {
        var histogram = TimeHistogram(buckets)
        try eachBucket(of: buckets) { histogram.add(bucket: $0, count: $1) }
        return histogram
    }

    /// A sparse one.
    mutating func sparseHistogram() throws(ArchiveError) -> SparseHistogram {
        var cells: [(bucket: Int, count: Int64)] = []
        try eachBucket(of: SparseHistogram.buckets) { cells.append(($0, $1)) }
        var histogram = SparseHistogram()
        histogram.add(cells)
        return histogram
    }

    private mutating func eachBucket(of buckets: TimeBuckets, _ body: (Int, Int64) -> Void) throws(ArchiveError) {
        let limit = buckets.count
        let filled = try size(below: limit + 1)
        var bucket = 0
        for position in 0..<filled {
            let step = try size(below: limit)
            bucket += step
            guard bucket < limit, step > 0 || position == 0 else { throw error("has a bucket that there is not") }
            let count = try count()
            guard count > 0 else { throw error("has an empty bucket") }
            body(bucket, count)
        }
    }

    /// Exact figures and histogram of this layout.
    mutating func times(_ buckets: TimeBuckets = .threeDigits) throws(ArchiveError) -> TimeStatistics {
        let extent = try extent()
        return TimeStatistics(extent: extent, histogram: try histogram(buckets))
    }

    /// First and last second in which something was seen.
    mutating func seen() throws(ArchiveError) -> ClosedRange<Int>? {
        if try size(below: 2) == 0 { return nil }
        let first = try size(below: 1 << 40)
        return first...(first + (try size(below: 1 << 40)))
    }

    /// What is wrong, here.
    func error(_ words: String) -> ArchiveError { ArchiveError(words: words, offset: offset) }
}

/// An archive cannot be read.
package struct ArchiveError: Error, Equatable, CustomStringConvertible {
    /// What is wrong: `has …`, `ends …`.
    package let words: String
    /// Bytes from the beginning of the archive.
    package let offset: Int

    package var description: String { "\(words) at byte \(offset) of its record" }
}
