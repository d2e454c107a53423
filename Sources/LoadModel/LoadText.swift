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

    /// A rate with the unit in which it is a round number: `1,000/s`, `30/m`, `0.5/s`.
    package static func perTime(_ perSecond: Double) -> String {
        for (unit, seconds) in [("s", 1.0), ("m", 60), ("h", 3600)] {
            let value = (perSecond * seconds * 1e6).rounded() / 1e6
            if value == value.rounded(), value >= 1 || perSecond == 0, value < 1e15 { return "\(grouped(Int64(value)))/\(unit)" }
        }
        return "\((perSecond * 1000).rounded() / 1000)/s"
    }
}
