import LoadModel

/// Numbers as people and files read them, written without a locale: a point for decimals, nothing for thousands but where said.
package enum NumberText {
    /// See `FigureText.fixed`.
    package static func fixed(_ value: Double, _ decimals: Int) -> String { FigureText.fixed(value, decimals) }

    /// See `FigureText.significant`.
    package static func significant(_ value: Double, _ digits: Int = 3) -> String { FigureText.significant(value, digits) }

    /// A whole number with a mark between thousands: `1,234,567`.
    package static func grouped(_ value: Int64) -> String { LoadText.grouped(value) }

    /// See `FigureText.percent`.
    package static func percent(_ ratio: Double) -> String { FigureText.percent(ratio) }

    /// See `FigureText.bytes`.
    package static func bytes(_ bytes: Double) -> String { FigureText.bytes(bytes) }

    /// A length of time on a clock: `0:07`, `12:30`, `1:02:03`. Rounded down to whole seconds.
    package static func clock(seconds: Double) -> String {
        let whole = Int(max(seconds, 0))
        func two(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let hours = whole / 3600
        return hours > 0 ? "\(hours):\(two(whole / 60 % 60)):\(two(whole % 60))" : "\(whole / 60):\(two(whole % 60))"
    }

    /// A time in milliseconds without the unit, to 3 significant digits; whole ones from a second on.
    package static func milliseconds(nanoseconds: Double) -> String {
        nanoseconds < 999.5e6 ? significant(nanoseconds / 1e6) : grouped(Int64((nanoseconds / 1e6).rounded()))
    }

    /// See `FigureText.amount`.
    package static func amount(_ value: Double) -> String { FigureText.amount(value) }

    /// See `FigureText.time`.
    package static func time(nanoseconds: Double) -> String { FigureText.time(nanoseconds: nanoseconds) }
}
