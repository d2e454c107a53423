/// Figures as texts.
package enum Figures {
    /// Seconds, as milliseconds to three digits.
    package static func time(_ seconds: Double) -> String { "\(number(seconds * 1000)) ms" }
    /// With a sign.
    package static func percent(_ share: Double) -> String { (share < 0 ? "−" : "+") + plainPercent(abs(share)) }
    /// Without.
    package static func plainPercent(_ share: Double) -> String { "\(number(share * 100)) %" }

    /// To three digits, at most three of them behind the point.
    package static func number(_ value: Double) -> String {
        guard value.isFinite else { return value.isNaN ? "–" : "∞" }
        if abs(value) >= 100 { return String(Int(value.rounded())) }
        let places = abs(value) >= 10 ? 1 : abs(value) >= 1 ? 2 : 3
        let factor = places == 1 ? 10.0 : places == 2 ? 100 : 1000
        let scaled = Int((abs(value) * factor).rounded())
        let fraction = String(scaled % Int(factor))
        let text = "\(scaled / Int(factor)).\(String(repeating: "0", count: places - fraction.count))\(fraction)"
        return value < 0 && scaled != 0 ? "−" + text : text
    }
}
