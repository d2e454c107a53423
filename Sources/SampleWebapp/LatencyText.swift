/// Reads and writes one span of time with an explicit unit, as in `500ms`.
package enum LatencyText {
    /// The longest span accepted: one hour.
    package static let maximumNanoseconds: Int64 = 3_600_000_000_000

    private static let units: [(suffix: String, nanoseconds: Double)] = [
        ("us", 1_000), ("µs", 1_000), ("ms", 1_000_000), ("s", 1_000_000_000),
    ]

    /// Reads a span such as `500ms`, `2.5ms`, `250us` or `1s`; a bare `0` is allowed because it means the same in every unit.
    ///
    /// - Parameter text: the text, without surrounding spaces.
    /// - Returns: nanoseconds, 0…``maximumNanoseconds``.
    /// - Throws: ``WebappError`` with code `usage` that says what is wrong; a number without a unit is refused and told so.
    package static func nanoseconds(_ text: String) throws -> Int64 {
        let digits = text.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
        let suffix = String(text.dropFirst(digits.count))
        guard !digits.isEmpty, let number = Double(String(digits)), number.isFinite else {
            throw WebappError(.usage, "'\(text)' is not a latency: write a number and its unit, such as 500us, 20ms or 1.5s.")
        }
        if suffix.isEmpty {
            if number == 0 { return 0 }
            throw WebappError(
                .usage,
                "the latency '\(text)' has no unit: write \(text)ms for milliseconds, \(text)us for microseconds or \(text)s for seconds.")
        }
        guard let unit = units.first(where: { $0.suffix == suffix }) else {
            throw WebappError(.usage, "the latency '\(text)' has the unknown unit '\(suffix)': use us, ms or s.")
        }
        let nanoseconds = (number * unit.nanoseconds).rounded()
        guard nanoseconds <= Double(maximumNanoseconds) else {
            throw WebappError(.usage, "the latency '\(text)' is longer than one hour, the most that is possible.")
        }
        return Int64(nanoseconds)
    }

    /// Writes a span in the largest unit that keeps it a whole number: `2ms`, `1500us`, `0`.
    ///
    /// - Parameter nanoseconds: 0 or more; parts of a microsecond are written as a decimal fraction of one.
    package static func text(_ nanoseconds: Int64) -> String {
        switch nanoseconds {
        case 0: "0"
        case let n where n % 1_000_000_000 == 0: "\(n / 1_000_000_000)s"
        case let n where n % 1_000_000 == 0: "\(n / 1_000_000)ms"
        case let n where n % 1_000 == 0: "\(n / 1_000)us"
        default: "\(Double(nanoseconds) / 1_000)us"
        }
    }
}
