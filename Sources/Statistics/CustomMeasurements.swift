/// What a measurement of a script's own is grouped by: its kind and its name.
package struct CustomKey: Sendable, Hashable, Comparable {
    /// The kinds of measurements.
    package enum Kind: UInt8, Sendable, CaseIterable {
        /// How long something took.
        case timing
        /// Amounts that are added up.
        case counter
    }

    package var kind: Kind
    package var name: String

    package init(kind: Kind, name: String) {
        self.kind = kind
        self.name = name
    }

    /// Timings before counters, then by name: the order of every table and file.
    package static func < (a: CustomKey, b: CustomKey) -> Bool {
        a.kind == b.kind ? a.name < b.name : a.kind.rawValue < b.kind.rawValue
    }
}

/// Measurements of one kind and name in one interval. All figures are whole numbers, so that the order of adding does not matter.
package struct CustomInterval: Sendable, Equatable {
    package var key: CustomKey
    /// How often something was measured; above 0.
    package var count: Int64 = 0
    /// Of a counter: the sum of its amounts, in units of 10⁻⁹. 0 for timings.
    package var sumBillionths: Int128 = 0
    /// Of a timing: its exact figures.
    package var times = TimeExtent()
    /// Of a timing: how many fell into which bucket of 3 digits, as request 0 in the series `.onTime`; ascending.
    package var cells: [HistogramCell] = []

    /// Without measurements.
    package init(key: CustomKey) { self.key = key }

    /// A counter's amount in units of 10⁻⁹, rounded to the nearest; amounts beyond ±10¹⁵ count as that, and what is no number as 0.
    package static func billionths(ofAmount amount: Double) -> Int128 {
        if amount.isNaN { return 0 }
        let limit = Double(SnapshotBounds.amount)
        return Int128((min(max(amount, -limit), limit) * 1e9).rounded())
    }

    /// Adds the same measurement's figures of another snapshot.
    /// - Complexity: O(cells of both)
    mutating func merge(_ other: CustomInterval) {
        count += other.count
        sumBillionths.addSaturating(other.sumBillionths)
        times.merge(other.times)
        cells.merge(other.cells)
    }
}

/// Everything measured under one kind and name.
package struct CustomStatistics: Sendable, Equatable {
    package let key: CustomKey
    /// How often something was measured.
    package internal(set) var count: Int64 = 0
    /// Of a timing: its times; without any for a counter.
    package internal(set) var times = TimeStatistics()
    /// Of a counter: the sum of its amounts in units of 10⁻⁹.
    var sumBillionths: Int128 = 0

    init(key: CustomKey) { self.key = key }

    /// Of a counter: the sum of its amounts, each taken to the nearest 10⁻⁹. 0 for a timing.
    package var sum: Double { Double(sumBillionths) / 1e9 }

    /// Adds an interval's figures.
    mutating func merge(_ interval: CustomInterval) {
        count += interval.count
        sumBillionths.addSaturating(interval.sumBillionths)
        times.merge(interval.times)
        interval.cells.withUnsafeBufferPointer { times.add($0) }
    }
}
