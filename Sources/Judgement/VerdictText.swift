/// Figures in the sentences of findings.
enum VerdictText {
    /// `0.25 ms`, `12 ms`, `1.4 s`: two digits that count.
    static func time(_ nanoseconds: Double) -> String {
        let milliseconds = nanoseconds / 1e6
        return abs(milliseconds) < 1000 ? "\(number(milliseconds)) ms" : "\(number(milliseconds / 1000)) s"
    }

    /// `0.5 %`, `12 %`.
    static func percent(_ share: Double) -> String { "\(number(share * 100)) %" }

    /// A number with two digits that count below 100, otherwise whole with its thousands apart.
    static func number(_ value: Double) -> String {
        guard value.isFinite else { return "?" }
        let size = abs(value)
        if size >= 99.5 || size == size.rounded() { return grouped(Int64(min(9e18, max(-9e18, value.rounded())))) }
        var digits = 1
        if size < 0.995 { digits = size < 0.0995 ? 3 : 2 }
        if size >= 9.95 { digits = 0 }
        var scale = 1.0
        for _ in 0..<digits { scale *= 10 }
        let rounded = (value * scale).rounded() / scale
        return rounded == rounded.rounded() ? "\(Int64(rounded))" : "\(rounded)"
    }

    /// `12,345`.
    static func grouped(_ value: Int64) -> String {
        let digits = "\(value.magnitude)"
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text += "," }
            text.append(digit)
        }
        return (value < 0 ? "-" : "") + text
    }

    /// `1 request`, `12 requests`.
    static func count(_ value: Int64, _ what: String) -> String { "\(grouped(value)) \(what)\(value == 1 ? "" : "s")" }
}
