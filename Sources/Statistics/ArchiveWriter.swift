/// Bytes of an archive under construction: whole numbers as LEB128 (7 bits a byte, the least significant first, the top bit set on all but the last), those
/// that may be below zero in zigzag, texts with their length before them.
struct ArchiveWriter {
    /// What was written so far.
    private(set) var bytes: [UInt8] = []

    /// A count that is not below zero.
    mutating func unsigned(_ value: UInt64) {
        var rest = value
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    /// Any whole number.
    mutating func integer(_ value: Int64) { unsigned(UInt64(bitPattern: value << 1 ^ value >> 63)) }

    /// A sum of times.
    mutating func wide(_ value: Int128) {
        integer(Int64(truncatingIfNeeded: value >> 64))
        unsigned(UInt64(truncatingIfNeeded: value))
    }

    /// A text.
    mutating func text(_ value: String) {
        unsigned(UInt64(value.utf8.count))
        bytes.append(contentsOf: value.utf8)
    }

    /// A text that may be missing.
    mutating func text(orNone value: String?) {
        unsigned(value == nil ? 0 : 1)
        if let value { text(value) }
    }

    /// Sum, least and greatest.
    mutating func extent(_ value: TimeExtent) {
        wide(value.sumNanoseconds)
        integer(value.minNanoseconds)
        integer(value.maxNanoseconds)
    }

    /// Each bucket that is not empty, as the difference from the one before, with its count.
    /// - Complexity: O(buckets)
    mutating func histogram(_ value: TimeHistogram) {
        unsigned(UInt64(value.filledBuckets))
        var last = 0
        value.forEachBucket { bucket, count in
            unsigned(UInt64(bucket - last))
            unsigned(UInt64(count))
            last = bucket
        }
    }

    /// The same of a sparse one.
    mutating func histogram(_ value: SparseHistogram) {
        unsigned(UInt64(value.bucketCount))
        var last = 0
        value.forEachBucket { bucket, count in
            unsigned(UInt64(bucket - last))
            unsigned(UInt64(count))
            last = bucket
        }
    }

    /// Exact figures and histogram.
    mutating func times(_ value: TimeStatistics) {
        extent(value.extent)
        histogram(value.histogram)
    }

    /// First and last second in which something was seen.
    mutating func seen(_ value: ClosedRange<Int>?) {
        unsigned(value == nil ? 0 : 1)
        guard let value else { return }
        unsigned(UInt64(value.lowerBound))
        unsigned(UInt64(value.upperBound - value.lowerBound))
    }
}
