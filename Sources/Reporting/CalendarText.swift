/// Wall-clock times as ISO 8601 in UTC. Proleptic Gregorian calendar, no leap seconds, as Unix time counts.
package enum CalendarText {
    /// `2026-11-23T19:48:56Z`.
    package static func iso8601(unixSeconds: Int64) -> String {
        let (year, month, day) = date(daysSince1970: floorDivide(unixSeconds, 86_400))
        let second = unixSeconds - floorDivide(unixSeconds, 86_400) * 86_400
        let date = "\(pad(year, 4))-\(pad(month, 2))-\(pad(day, 2))"
        return "\(date)T\(pad(second / 3600, 2)):\(pad(second / 60 % 60, 2)):\(pad(second % 60, 2))Z"
    }

    /// `2026-11-23T19:48:56.123Z`.
    package static func iso8601(unixNanoseconds: Int64) -> String {
        let seconds = floorDivide(unixNanoseconds, 1_000_000_000)
        let milliseconds = (unixNanoseconds - seconds * 1_000_000_000) / 1_000_000
        return iso8601(unixSeconds: seconds).dropLast() + "." + pad(milliseconds, 3) + "Z"
    }

    /// Days to a date; the algorithm of Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", `civil_from_days`.
    private static func date(daysSince1970 days: Int64) -> (Int64, Int64, Int64) {
        let shifted = days + 719_468
        let era = floorDivide(shifted, 146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let shiftedMonth = (5 * dayOfYear + 2) / 153
        let month = shiftedMonth < 10 ? shiftedMonth + 3 : shiftedMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * shiftedMonth + 2) / 5 + 1)
    }

    private static func floorDivide(_ a: Int64, _ b: Int64) -> Int64 { a >= 0 ? a / b : -((-a + b - 1) / b) }

    private static func pad(_ number: Int64, _ width: Int) -> String {
        let text = String(number)
        return String(repeating: "0", count: max(0, width - text.count)) + text
    }
}
