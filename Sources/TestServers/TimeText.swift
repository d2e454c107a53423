/// Times as servers' flags have them.
package enum TimeText {
    /// Reads `250us`, `1.5ms`, `2s`, `0`; nil: it is none of these.
    package static func nanoseconds(_ text: String) -> Int64? {
        if text == "0" { return 0 }
        for (unit, factor) in [("us", 1e3), ("ms", 1e6), ("s", 1e9)] where text.hasSuffix(unit) {
            guard let number = Double(text.dropLast(unit.count)), number.isFinite, number >= 0, number * factor < 9e18 else { return nil }
            return Int64((number * factor).rounded())
        }
        return nil
    }
}
