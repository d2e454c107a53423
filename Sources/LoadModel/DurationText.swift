/// Durations as people write them on a command line.
package enum DurationText {
    /// Nanoseconds of `20` or `20s` (seconds), `3m`, `1h30m`, `500ms`, `1.5s`; nil when the text is none of these.
    ///
    /// Units go from large to small, each at most once: `h`, `m`, `s`, `ms`. A bare number is seconds, as it is for Locust's flags.
    package static func nanoseconds(_ text: String) -> Int64? {
        if let seconds = decimal(text) { return scaled(seconds, 1e9) }
        let units: [(name: String, nanoseconds: Double)] = [("h", 3600e9), ("m", 60e9), ("s", 1e9), ("ms", 1e6)]
        var rest = Substring(text)
        var allowed = units[...]
        var total: Int64 = 0
        guard !rest.isEmpty else { return nil }
        while !rest.isEmpty {
            let digits = rest.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
            rest = rest.dropFirst(digits.count)
            let name = rest.prefix { $0.isLetter }
            rest = rest.dropFirst(name.count)
            guard let number = decimal(String(digits)), let index = allowed.firstIndex(where: { $0.name == name }),
                let part = scaled(number, allowed[index].nanoseconds)
            else { return nil }
            let (sum, overflow) = total.addingReportingOverflow(part)
            if overflow { return nil }
            total = sum
            allowed = allowed[(index + 1)...]
        }
        return total
    }

    private static func decimal(_ text: String) -> Double? {
        guard let first = text.first, let last = text.last, first.isNumber, last.isNumber,
            text.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") })
        else { return nil }
        return Double(text)
    }

    private static func scaled(_ number: Double, _ unit: Double) -> Int64? {
        let nanoseconds = (number * unit).rounded()
        return nanoseconds < 9.2e18 ? Int64(nanoseconds) : nil
    }

    /// `20 s`, `3 m`, `1 h 30 m`, `1.5 s`, `500 ms`: for messages and headings.
    package static func words(nanoseconds: Int64) -> String {
        if nanoseconds < 1_000_000_000 { return "\(nanoseconds / 1_000_000) ms" }
        let tenths = (nanoseconds + 50_000_000) / 100_000_000
        let seconds = tenths / 10
        if seconds < 60 { return tenths % 10 == 0 ? "\(seconds) s" : "\(seconds).\(tenths % 10) s" }
        let parts = [(seconds / 3600, "h"), (seconds / 60 % 60, "m"), (seconds % 60, "s")]
        return parts.filter { $0.0 > 0 }.map { "\($0.0) \($0.1)" }.joined(separator: " ")
    }
}
