import LoadModel

/// Numbers as people and files read them, written without a locale: a point for decimals, nothing for thousands but where said.
package enum NumberText {
    /// A number with a fixed count of decimals (0…9), rounded half away from zero; `N/A` when it is not finite.
    package static func fixed(_ value: Double, _ decimals: Int) -> String {
        let scales: [Double] = [1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9]
        let scaled = (abs(value) * scales[decimals]).rounded()
        guard scaled < 9e18 else { return value.isFinite ? String(value) : "N/A" }
        let sign = value < 0 && scaled > 0 ? "-" : ""
        let digits = String(UInt64(scaled))
        if decimals == 0 { return sign + digits }
        let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
        return sign + padded.dropLast(decimals) + "." + padded.suffix(decimals)
    }

    /// A number to `digits` significant digits, never fewer than its whole part: 0.182, 4.27, 48.1, 12345.
    package static func significant(_ value: Double, _ digits: Int = 3) -> String {
        let size = abs(value)
        if size == 0 { return "0" }
        var decimals = 0
        var limit = 1.0
        for _ in 0..<digits { limit *= 10 }
        // The value after rounding decides: 9.999 is 10.0, not 10.00.
        while decimals < 6, (size * limitOf(decimals + 1)).rounded() < limit { decimals += 1 }
        return fixed(value, decimals)
    }

    private static func limitOf(_ decimals: Int) -> Double {
        var limit = 1.0
        for _ in 0..<decimals { limit *= 10 }
        return limit
    }

    /// A whole number with a mark between thousands: `1,234,567`.
    package static func grouped(_ value: Int64) -> String { LoadText.grouped(value) }

    /// A ratio 0…1 as a percentage: `0 %`, `0.02 %`, `12.5 %`, `100 %`. Never `0 %` for a ratio above 0, nor `100 %` for one below 1.
    package static func percent(_ ratio: Double) -> String {
        if ratio <= 0 { return "0 %" }
        if ratio >= 1 { return "100 %" }
        let percent = ratio * 100
        if percent < 0.01 { return "<0.01 %" }
        if percent > 99.9 { return ">99.9 %" }
        return fixed(percent, percent < 10 ? 2 : 1) + " %"
    }

    /// Bytes in decimal units, as networks count: `512 B`, `1.42 kB`, `3.05 MB`.
    package static func bytes(_ bytes: Double) -> String {
        var value = bytes
        for unit in ["B", "kB", "MB", "GB", "TB"] {
            if value < 999.5 || unit == "TB" { return (unit == "B" ? fixed(value, 0) : significant(value)) + " " + unit }
            value /= 1000
        }
        return ""
    }

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

    /// An amount that a script added up: whole ones in full with marks between thousands, others with at most 3 decimals of which none is idle;
    /// small ones to 3 significant digits.
    package static func amount(_ value: Double) -> String {
        guard abs(value) < 9e15 else { return String(value) }
        if abs(value) < 1 { return significant(value) }
        let whole = grouped(Int64(value))
        var decimals = fixed(abs(value) - abs(value).rounded(.down), 3)
        if decimals.hasPrefix("1") { return grouped(Int64(value.rounded())) }
        while decimals.hasSuffix("0") { decimals.removeLast() }
        return whole + decimals.dropFirst(decimals == "0." || decimals.isEmpty ? decimals.count : 1)
    }

    /// One time with the unit that suits it, to 3 significant digits: `183 µs` is written `0.183 ms`; from 10 s on in seconds.
    package static func time(nanoseconds: Double) -> String {
        abs(nanoseconds) < 9.995e9 ? significant(nanoseconds / 1e6) + " ms" : significant(nanoseconds / 1e9) + " s"
    }
}
