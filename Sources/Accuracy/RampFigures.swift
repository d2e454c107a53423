/// What arrivals at a server say of a rate that grows from nothing along a straight line.
package enum RampFigures {
    /// The greatest difference between how many came before each whole second of the ramp and the area below its line: rate·t²/2T, rounded up, since the first
    /// start is due at once. `arrivals` are nanoseconds, ascending; the ramp begins with the first.
    package static func greatestCountError(arrivals: [Int64], finalRate: Double, seconds: Int) -> Int {
        guard let begin = begin(arrivals, finalRate: finalRate, seconds: seconds) else { return .max }
        return (1...seconds).map { second in
            let time = Double(second)
            let expected = (finalRate * time * time / 2 / Double(seconds)).rounded(.up)
            let counted = arrivals.count { Double($0) < begin + time * 1e9 }
            return abs(counted - Int(expected))
        }.max() ?? .max
    }

    /// Start k is due at √(2·T·k/rate): the middle of when the ramp began by each arrival.
    private static func begin(_ arrivals: [Int64], finalRate: Double, seconds: Int) -> Double? {
        let begins = arrivals.enumerated().map { Double($1) - (2 * Double(seconds) * Double($0) / finalRate).squareRoot() * 1e9 }.sorted()
        return begins.isEmpty ? nil : begins[begins.count / 2]
    }
}
