import Statistics

/// Times as cells of a table, in milliseconds; `n/m` stands for percentiles that cannot be told, `-` where there is nothing.
struct TimeCells {
    /// Percentiles above this cannot be told; nil: all can.
    let measurableBelow: Double?

    /// Several percentiles in ascending order; 100 is the greatest time.
    func percentiles(_ percentiles: [Double], of times: TimeStatistics) -> [TextTable.Cell] {
        times.nanoseconds(atPercentiles: percentiles, measurableBelow: measurableBelow).map { value in
            if let value { return .init(Self.text(Double(value))) }
            return times.count == 0 ? .init("-") : .init("n/m", .warning)
        }
    }

    /// An exact figure.
    func figure(_ nanoseconds: Double?) -> TextTable.Cell { .init(nanoseconds.map(Self.text) ?? "-") }

    /// Percentiles in words with their units, each after its label: `median 1.18 ms   p95 3.80 ms`.
    func words(_ labels: [(label: String, percentile: Double)], of times: TimeStatistics) -> String {
        let values = times.nanoseconds(atPercentiles: labels.map(\.percentile), measurableBelow: measurableBelow)
        return zip(labels, values).map { label, value in
            "\(label.label) \(value.map { NumberText.time(nanoseconds: Double($0)) } ?? "n/m")"
        }.joined(separator: "   ")
    }

    private static func text(_ nanoseconds: Double) -> String { NumberText.milliseconds(nanoseconds: nanoseconds) }
}
