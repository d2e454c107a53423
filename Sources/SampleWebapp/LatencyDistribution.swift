import LoadModel

/// How long the server waits before it answers: one span, or several that are drawn by weight.
package struct LatencyDistribution: Sendable, Equatable {
    /// One span and how often it is drawn relative to the others.
    package struct Part: Sendable, Equatable {
        /// The wait before the answer.
        package let nanoseconds: Int64
        /// The part's weight, above 0; weights need not add up to 100.
        package let weight: Double

        /// - Parameters:
        ///   - nanoseconds: 0 or more.
        ///   - weight: above 0.
        package init(nanoseconds: Int64, weight: Double) {
            self.nanoseconds = nanoseconds
            self.weight = weight
        }
    }

    /// The parts in the order given, at least one.
    package let parts: [Part]

    /// Running sums of the weights scaled to 0…1, one per part.
    private let shares: [Double]

    /// No wait at all.
    package static let none = LatencyDistribution(parts: [Part(nanoseconds: 0, weight: 1)])

    /// - Parameter parts: at least one, each with a weight above 0.
    package init(parts: [Part]) {
        precondition(!parts.isEmpty && parts.allSatisfy { $0.weight > 0 }, "a latency distribution needs parts with weights above 0")
        let total = parts.reduce(0) { $0 + $1.weight }
        var sum = 0.0
        self.parts = parts
        self.shares = parts.map { part in
            sum += part.weight / total
            return sum
        }
    }

    /// Reads `500ms`, or spans with weights such as `2ms:90,20ms:9,500ms:1`.
    ///
    /// - Throws: ``WebappError`` with code `usage`.
    package init(parsing text: String) throws {
        var parts: [Part] = []
        for field in text.split(separator: ",", omittingEmptySubsequences: false) {
            let pair = field.split(separator: ":", omittingEmptySubsequences: false)
            guard pair.count <= 2, let span = pair.first, !span.isEmpty else {
                throw WebappError(
                    .usage, "'\(text)' is not a latency: write one span such as 20ms, or spans with weights such as 2ms:90,20ms:9,500ms:1.")
            }
            var weight = 1.0
            if pair.count == 2 {
                guard let number = Self.weight(pair[1]) else {
                    throw WebappError(
                        .usage, "'\(pair[1])' in the latency '\(text)' is not a weight: write a number above 0, as 90 in 2ms:90.")
                }
                weight = number
            } else if text.contains(",") {
                throw WebappError(
                    .usage, "'\(field)' in the latency '\(text)' has no weight: write it as \(field):WEIGHT, for example \(field):90.")
            }
            parts.append(Part(nanoseconds: try LatencyText.nanoseconds(String(span)), weight: weight))
        }
        self.init(parts: parts)
    }

    /// Draws one wait.
    ///
    /// - Parameter generator: the source of chance; not touched when there is only one part.
    /// - Returns: nanoseconds.
    /// - Complexity: O(parts).
    package func draw(using generator: inout SplitMix64) -> Int64 {
        if parts.count == 1 { return parts[0].nanoseconds }
        let point = generator.nextUnit()
        for index in shares.indices where point < shares[index] { return parts[index].nanoseconds }
        return parts[parts.count - 1].nanoseconds
    }

    /// The distribution as one would type it: `0`, `20ms`, `2ms:90,20ms:10`.
    package var text: String {
        if parts.count == 1 { return LatencyText.text(parts[0].nanoseconds) }
        return parts.map { part in
            let weight = part.weight == part.weight.rounded() && part.weight < 1e15 ? "\(Int(part.weight))" : "\(part.weight)"
            return "\(LatencyText.text(part.nanoseconds)):\(weight)"
        }.joined(separator: ",")
    }

    private static func weight(_ text: Substring) -> Double? {
        guard text.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }), let number = Double(String(text)), number > 0, number.isFinite
        else { return nil }
        return number
    }
}
