import LoadModel

/// Latencies dealt from shuffled decks: of each 1,000 in a row just as many are each of the values as its weight says. So the quantiles of a run
/// are known, and not left to chance as with independent draws.
package struct LatencyDeck: Sendable {
    /// One value and its share.
    package struct Part: Sendable, Equatable {
        package var nanoseconds: Int64
        /// Of 1,000.
        package var thousandths: Int

        package init(nanoseconds: Int64, thousandths: Int) {
            self.nanoseconds = nanoseconds
            self.thousandths = thousandths
        }
    }

    /// In ascending order of time.
    package let parts: [Part]
    private var deck: [Int64] = []
    private var generator: SplitMix64

    /// `parts` must add up to 1,000.
    package init(_ parts: [Part], seed: UInt64 = 1) {
        precondition(parts.reduce(0) { $0 + $1.thousandths } == 1000, "the parts of a deck add up to 1,000")
        self.parts = parts.sorted { $0.nanoseconds < $1.nanoseconds }
        generator = SplitMix64(seed: seed)
    }

    /// Always the same.
    package init(constant nanoseconds: Int64) { self.init([Part(nanoseconds: nanoseconds, thousandths: 1000)]) }

    /// Reads `5ms` or `2ms:900,20ms:90,100ms:10`: times in `us`, `ms` or `s`, shares of 1,000. Answers nil to anything else.
    package init?(text: String, seed: UInt64 = 1) {
        var parts: [Part] = []
        for field in text.split(separator: ",") {
            let pair = field.split(separator: ":")
            guard let time = pair.first, let nanoseconds = TimeText.nanoseconds(String(time)), pair.count <= 2 else { return nil }
            guard let share = pair.count == 2 ? Int(pair[1]) : 1000, share > 0 else { return nil }
            parts.append(Part(nanoseconds: nanoseconds, thousandths: share))
        }
        guard parts.reduce(0, { $0 + $1.thousandths }) == 1000 else { return nil }
        self.init(parts, seed: seed)
    }

    /// The next latency, in nanoseconds.
    /// - Complexity: O(1) on average
    package mutating func next() -> Int64 {
        if parts.count == 1 { return parts[0].nanoseconds }
        if deck.isEmpty {
            for part in parts { deck += [Int64](repeating: part.nanoseconds, count: part.thousandths) }
            deck.shuffle(using: &generator)
        }
        return deck.removeLast()
    }

    /// The value at quantile `q` (0 … 1), by nearest rank.
    package func value(atQuantile q: Double) -> Int64 {
        var sum = 0
        for part in parts {
            sum += part.thousandths
            if q * 1000 <= Double(sum) { return part.nanoseconds }
        }
        return parts[parts.count - 1].nanoseconds
    }

    /// How far quantile `q` is from the nearest step of the distribution, as a share of 1.
    package func distanceToStep(fromQuantile q: Double) -> Double {
        var sum = 0
        var least = Double.infinity
        for part in parts.dropLast() {
            sum += part.thousandths
            least = min(least, abs(q - Double(sum) / 1000))
        }
        return least
    }
}
