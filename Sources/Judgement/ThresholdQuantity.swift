import LoadModel

/// Values with their units, as thresholds write them. Every unit is explicit: a bare number can be read in two ways, and both are told.
enum ThresholdQuantity {
    /// The value of a text in a figure's unit. Throws, in words, what is wrong with it.
    static func value(_ text: String, _ unit: ThresholdFigure.Unit) throws(Refusal) -> Double {
        let number = text.prefix { $0.isASCII && ($0.isNumber || $0 == "." || $0 == "-" || $0 == "+") }
        let suffix = text.dropFirst(number.count).drop { $0.isWhitespace }
        if text.contains(",") { throw Refusal("'\(text)' has a comma in it; write 1000 and 0.5") }
        if number.first == "-", unit != .amount { throw Refusal("'\(text)' is below 0, where nothing can be") }
        if number.isEmpty || number.first == "+" { throw Refusal("'\(text)' is no number; write one such as \(example(unit))") }
        switch unit {
        case .nanoseconds:
            if suffix.isEmpty, decimal(number) != nil { throw bare(text, "ms", "s", "\(text)ms", "\(text)s") }
            guard let value = nanoseconds(text.filter { !$0.isWhitespace }) else {
                throw Refusal("'\(text)' is no time; write one such as 200ms, 1.5s or 1m30s (units: us, ms, s, m, h)")
            }
            return value
        case .share:
            if suffix.isEmpty, let share = decimal(number) {
                let percent = FigureText.significant(share * 100)
                throw bare(text, "%", "as a share of 1, which is \(percent) %", "\(text)%", "\(percent)%")
            }
            // One rounding only, so that 10 of 1,000 are equal to 1 %.
            guard suffix == "%", decimal(number) != nil, let value = Double(number + "e-2") else {
                throw Refusal("'\(text)' is no share; write one such as 1% or 0.5%")
            }
            if value > 1 { throw Refusal("'\(text)' is more than all, which is 100%") }
            return value
        case .perSecond:
            guard let value = decimal(number) else { throw Refusal("'\(text)' is no rate; write one such as 1000/s or 60/m") }
            if suffix.isEmpty { throw bare(text, "per second", "per minute", "\(text)/s", "\(text)/m") }
            let units: [(String, Double)] = [("/s", 1), ("/m", 60), ("/h", 3600)]
            guard let seconds = units.first(where: { $0.0 == suffix })?.1 else {
                throw Refusal("'\(suffix)' is no unit of a rate; write \(number)/s, \(number)/m or \(number)/h")
            }
            return value / seconds
        case .bytes:
            guard let value = decimal(number) else { throw Refusal("'\(text)' is no size; write one such as 500B or 1.5kB") }
            if suffix.isEmpty { throw bare(text, "B", "kB", "\(text)B", "\(text)kB") }
            let units: [(String, Double)] = [("B", 1), ("kB", 1e3), ("MB", 1e6), ("GB", 1e9)]
            guard let bytes = units.first(where: { $0.0 == suffix })?.1 else {
                throw Refusal("'\(suffix)' is no unit of a size; units are B, kB (1000 B), MB, GB")
            }
            return value * bytes
        case .count:
            guard suffix.isEmpty, let value = Int64(number), value <= 1 << 53 else {
                throw Refusal("'\(text)' is no count; write a whole number without a unit, such as 100")
            }
            return Double(value)
        case .amount:
            guard suffix.isEmpty, let value = signedDecimal(number) else {
                throw Refusal("'\(text)' is no amount; write a number without a unit, such as 100 or 0.5")
            }
            return value
        }
    }

    /// Nanoseconds of a duration that has a unit; throws, in words, what is wrong.
    static func duration(_ text: String) throws(Refusal) -> Int64 {
        if decimal(text[...]) != nil { throw bare(text, "s", "m", "\(text)s", "\(text)m") }
        guard let value = DurationText.nanoseconds(text) else { throw Refusal("'\(text)' is no time; write one such as 30s or 1m30s") }
        return value
    }

    /// What is wrong, in words.
    struct Refusal: Error {
        var message: String

        init(_ message: String) { self.message = message }
    }

    // MARK: - Parts

    private static func bare(_ text: String, _ first: String, _ second: String, _ firstText: String, _ secondText: String) -> Refusal {
        Refusal("'\(text)' has no unit: is that \(text) \(first), or \(text) \(second)? Write \(firstText) or \(secondText)")
    }

    private static func nanoseconds(_ text: String) -> Double? {
        for suffix in ["us", "µs", "μs"] where text.hasSuffix(suffix) { return decimal(text.dropLast(2)).map { $0 * 1e3 } }
        return DurationText.nanoseconds(text).map(Double.init)
    }

    private static func decimal(_ text: Substring) -> Double? {
        guard let first = text.first, let last = text.last, first.isNumber, last.isNumber,
            text.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }), let value = Double(text), value < 1e15
        else { return nil }
        return value
    }

    private static func signedDecimal(_ text: Substring) -> Double? {
        text.first == "-" ? decimal(text.dropFirst()).map { -$0 } : decimal(text)
    }

    private static func example(_ unit: ThresholdFigure.Unit) -> String {
        switch unit {
        case .nanoseconds: "200ms"
        case .share: "1%"
        case .count: "100"
        case .perSecond: "1000/s"
        case .bytes: "1.5kB"
        case .amount: "100"
        }
    }
}
