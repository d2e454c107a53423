import Statistics

/// Times as cells of a table, in milliseconds; `n/m` stands for percentiles that cannot be told, `-` where there is nothing.
struct TimeCells {
    /// Percentiles above this cannot be told; nil: all can.
    let measurableBelow: Double?

    /// Several percentiles in ascending order; 100 is the greatest time.
    func percentiles(_ percentiles: [Double], of times: TimeStatistics) -> [TextTable.Cell] {
        times.nanoseconds(atPercentiles: percentiles, measurableBelow: measurableBelow).map { cell($0, of: times) }
    }

    /// The time in the middle, within the least and the greatest.
    func median(of times: TimeStatistics) -> TextTable.Cell { cell(times.median(measurableBelow: measurableBelow), of: times) }

    /// The longest time.
    func greatest(of times: TimeStatistics) -> TextTable.Cell { cell(times.greatest(measurableBelow: measurableBelow), of: times) }

    private func cell(_ value: Int64?, of times: TimeStatistics) -> TextTable.Cell {
        if let value { return .init(Self.text(Double(value))) }
        return times.count == 0 ? .init("-") : .init("n/m", .warning)
    }

    /// An exact figure.
    func figure(_ nanoseconds: Double?) -> TextTable.Cell { .init(nanoseconds.map(Self.text) ?? "-") }

    /// Percentiles in words with their units, each after its label: `median 1.18 ms   p95 3.80 ms`.
    func words(_ labels: [(label: String, percentile: Double)], of times: TimeStatistics) -> String {
        var values = times.nanoseconds(atPercentiles: labels.map(\.percentile), measurableBelow: measurableBelow)
        for (index, label) in labels.enumerated() {
            if label.percentile == 50 { values[index] = times.median(measurableBelow: measurableBelow) }
            if label.percentile == 100 { values[index] = times.greatest(measurableBelow: measurableBelow) }
        }
        return zip(labels, values).map { label, value in
            "\(label.label) \(value.map { NumberText.time(nanoseconds: Double($0)) } ?? "n/m")"
        }.joined(separator: "   ")
    }

    private static func text(_ nanoseconds: Double) -> String { NumberText.milliseconds(nanoseconds: nanoseconds) }
}
