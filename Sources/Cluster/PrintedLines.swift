/// Lines that a script prints, on their way to the master: so many a second, the rest counted. Pure.
struct PrintedLines {
    /// Lines that are passed on in each second.
    static let mostPerSecond = 100

    private var lines: [String] = []
    private var skipped = 0
    private var second: Int64 = .min
    private var passed = 0

    /// A script has printed a line.
    mutating func add(_ line: String) {
        if lines.count < Self.mostPerSecond { lines.append(line) } else { skipped += 1 }
    }

    /// What may be passed on now.
    mutating func take(now: Int64) -> [String] {
        if now / 1_000_000_000 != second {
            second = now / 1_000_000_000
            passed = 0
        }
        let taken = lines.prefix(Self.mostPerSecond - passed)
        skipped += lines.count - taken.count
        passed += taken.count
        var result = Array(taken)
        lines.removeAll(keepingCapacity: true)
        if skipped > 0, passed < Self.mostPerSecond {
            result.append("… \(skipped) more lines")
            passed += 1
            skipped = 0
        }
        return result
    }
}
