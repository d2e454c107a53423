/// The times of a recording: ISO 8601 with a fraction and a zone, as in `2026-11-02T09:12:03.482+01:00`.
enum HARTime {
    /// Seconds since 1970; nil when the text is no such time.
    static func seconds(_ text: String?) -> Double? {
        guard let text else { return nil }
        var rest = Substring(text)
        guard let year = number(&rest, digits: 4), takes("-", &rest), let month = number(&rest, digits: 2), takes("-", &rest),
            let day = number(&rest, digits: 2), takes("T", &rest) || takes(" ", &rest), let hour = number(&rest, digits: 2),
            takes(":", &rest), let minute = number(&rest, digits: 2), takes(":", &rest), let second = number(&rest, digits: 2),
            (1...12).contains(month), (1...31).contains(day)
        else { return nil }
        var fraction = 0.0
        if takes(".", &rest) || takes(",", &rest) {
            let digits = rest.prefix { $0.isASCII && $0.isNumber }
            fraction = Double("0." + digits) ?? 0
            rest = rest.dropFirst(digits.count)
        }
        var offset = 0
        if let sign = rest.first, sign == "+" || sign == "-" {
            rest = rest.dropFirst()
            guard let hours = number(&rest, digits: 2) else { return nil }
            _ = takes(":", &rest)
            offset = (sign == "-" ? -1 : 1) * (hours * 3600 + (number(&rest, digits: 2) ?? 0) * 60)
        }
        return Double(days(year, month, day) * 86400 + hour * 3600 + minute * 60 + second - offset) + fraction
    }

    /// Days since 1970-01-01 in the Gregorian calendar; years begin in March, so that the leap day is the last.
    private static func days(_ year: Int, _ month: Int, _ day: Int) -> Int {
        let shifted = month > 2 ? year : year - 1
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        return 365 * shifted + shifted / 4 - shifted / 100 + shifted / 400 + dayOfYear - 719_468
    }

    private static func number(_ rest: inout Substring, digits: Int) -> Int? {
        let text = rest.prefix(digits)
        guard text.count == digits, text.allSatisfy({ $0.isASCII && $0.isNumber }) else { return nil }
        rest = rest.dropFirst(digits)
        return Int(text)
    }

    private static func takes(_ text: String, _ rest: inout Substring) -> Bool {
        guard rest.hasPrefix(text) else { return false }
        rest = rest.dropFirst(text.count)
        return true
    }
}
