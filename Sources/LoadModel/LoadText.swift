/// Users and rates as messages and tables write them, without a locale.
package enum LoadText {
    /// A whole number with a mark between thousands: `1,234,567`.
    package static func grouped(_ value: Int64) -> String {
        let digits = String(value.magnitude)
        var text = ""
        for (index, digit) in digits.enumerated() {
            if index > 0, (digits.count - index) % 3 == 0 { text.append(",") }
            text.append(digit)
        }
        return value < 0 ? "-" + text : text
    }

    /// A rate that somebody asked for, just as it was: `10`, `0.5`.
    package static func rate(_ perSecond: Double) -> String {
        perSecond == perSecond.rounded() && abs(perSecond) < 1e15 ? "\(Int(perSecond))" : "\(perSecond)"
    }
}
