import LoadModel

/// Figures in the sentences of findings: two digits that count, none of them idle.
enum VerdictText {
    /// `0.25 ms`, `12 ms`, `1.4 s`.
    static func time(_ nanoseconds: Double) -> String {
        let milliseconds = nanoseconds / 1e6
        return abs(milliseconds) < 1000 ? "\(number(milliseconds)) ms" : "\(number(milliseconds / 1000)) s"
    }

    /// `0.5 %`, `12 %`.
    static func percent(_ share: Double) -> String { "\(number(share * 100)) %" }

    /// A number with two digits that count below 100, otherwise whole with its thousands apart.
    static func number(_ value: Double) -> String {
        guard value.isFinite else { return "?" }
        if abs(value) >= 99.5 { return grouped(Int64(min(9e18, max(-9e18, value.rounded())))) }
        var text = FigureText.significant(value, 2)
        guard text.contains(".") else { return text }
        while text.hasSuffix("0") { text.removeLast() }
        return text.hasSuffix(".") ? String(text.dropLast()) : text
    }

    /// `12,345`.
    static func grouped(_ value: Int64) -> String { LoadText.grouped(value) }

    /// `1 request`, `12 requests`.
    static func count(_ value: Int64, _ what: String) -> String { "\(grouped(value)) \(what)\(value == 1 ? "" : "s")" }
}
