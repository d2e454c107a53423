/// Measured figures as people read them, without a locale: what tables, verdicts and thresholds have in common.
package enum FigureText {
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
        while decimals < 6, (size * power(decimals + 1)).rounded() < limit { decimals += 1 }
        return fixed(value, decimals)
    }

    private static func power(_ exponent: Int) -> Double {
        var power = 1.0
        for _ in 0..<exponent { power *= 10 }
        return power
    }

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

    /// An amount: whole ones in full with marks between thousands, others with at most 3 decimals of which none is idle; small ones to 3
    /// significant digits.
    package static func amount(_ value: Double) -> String {
        guard abs(value) < 9e15 else { return String(value) }
        if abs(value) < 1 { return significant(value) }
        let whole = LoadText.grouped(Int64(value))
        var decimals = fixed(abs(value) - abs(value).rounded(.down), 3)
        if decimals.hasPrefix("1") { return LoadText.grouped(Int64(value.rounded())) }
        while decimals.hasSuffix("0") { decimals.removeLast() }
        return whole + decimals.dropFirst(decimals == "0." || decimals.isEmpty ? decimals.count : 1)
    }

    /// One time with the unit that suits it, to 3 significant digits: `183 µs` is written `0.183 ms`; from 10 s on in seconds.
    package static func time(nanoseconds: Double) -> String {
        abs(nanoseconds) < 9.995e9 ? significant(nanoseconds / 1e6) + " ms" : significant(nanoseconds / 1e9) + " s"
    }
}
