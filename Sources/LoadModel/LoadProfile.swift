/// A level over the time of a run, users or starts per second, made of straight lines: a pure function of the elapsed time.
///
/// At a joint where the level jumps the later line holds. After the last line its final level holds for ever.
package struct LoadProfile: Sendable, Equatable {
    /// One straight line.
    package struct Line: Sendable, Equatable {
        /// When it begins, in nanoseconds since the start of the run.
        package let startNanoseconds: Int64
        /// 1 ns or more.
        package let durationNanoseconds: Int64
        /// The level at its beginning and at its end; finite, 0 or more.
        package let from: Double
        package let to: Double

        /// When it ends.
        package var endNanoseconds: Int64 { startNanoseconds + durationNanoseconds }

        fileprivate var seconds: Double { Double(durationNanoseconds) / 1e9 }

        fileprivate func level(at elapsed: Int64) -> Double {
            from + (to - from) * Double(elapsed - startNanoseconds) / Double(durationNanoseconds)
        }

        /// The area below it, from its beginning to a moment in it.
        fileprivate func area(until elapsed: Int64) -> Double {
            let passed = Double(elapsed - startNanoseconds) / 1e9
            return passed * (from + (to - from) * passed / (2 * seconds))
        }

        /// The moment at which the area below it, from its beginning, has grown to `area`, in nanoseconds after the beginning.
        fileprivate func passed(atArea area: Double) -> Double {
            // slope / 2 · t² + from · t = area, in the form that is exact where the slope is next to none.
            let slope = (to - from) / seconds
            let root = max(0, from * from + 2 * slope * area).squareRoot()
            return from + root > 0 ? 2 * area / (from + root) * 1e9 : 0
        }
    }

    /// Ascending, without gaps from 0 on; empty: the level is constant.
    package let lines: [Line]
    /// The level after the last line.
    package let finalLevel: Double
    /// The area below all lines before each, and below all together; one more than there are lines.
    private let areas: [Double]

    /// Always the same level.
    package init(constant level: Double) {
        lines = []
        finalLevel = level
        areas = [0]
    }

    /// Lines one after the other: each has a duration (one of 0 ns is a jump) and goes from `from`, or else from where the one before ended, to `to`.
    /// The first begins at 0 unless it says otherwise.
    package init(stages: [(durationNanoseconds: Int64, from: Double?, to: Double)]) {
        var (lines, areas): ([Line], [Double]) = ([], [0])
        var (start, level): (Int64, Double) = (0, 0)
        for stage in stages {
            let from = stage.from ?? level
            if stage.durationNanoseconds > 0 {
                let line = Line(startNanoseconds: start, durationNanoseconds: stage.durationNanoseconds, from: from, to: stage.to)
                lines.append(line)
                start = line.endNanoseconds
                areas.append((areas.last ?? 0) + line.area(until: start))
            }
            level = stage.to
        }
        self.lines = lines
        self.areas = areas
        finalLevel = level
    }

    /// Where the last line ends; 0 for a constant level.
    package var endNanoseconds: Int64 { lines.last?.endNanoseconds ?? 0 }

    /// The greatest level.
    package var greatest: Double { lines.reduce(finalLevel) { max($0, $1.from, $1.to) } }

    /// The level at a moment, 0 ns or more after the start.
    /// - Complexity: O(log lines)
    package func level(at elapsed: Int64) -> Double { line(at: elapsed).map { lines[$0].level(at: elapsed) } ?? finalLevel }

    /// The area below the level from the start to a moment, in level · seconds: starts due by then where the level is starts per second.
    /// - Complexity: O(log lines)
    package func area(until elapsed: Int64) -> Double {
        guard elapsed > 0 else { return 0 }
        if let line = line(at: elapsed) { return areas[line] + lines[line].area(until: elapsed) }
        return (areas.last ?? 0) + finalLevel * Double(elapsed - endNanoseconds) / 1e9
    }

    /// The first moment at which the area has grown to `area`; nil: never.
    /// - Complexity: O(log lines)
    package func nanoseconds(atArea area: Double) -> Int64? {
        var (low, high) = (0, lines.count)
        while low < high {
            let middle = (low + high) / 2
            if areas[middle + 1] < area { low = middle + 1 } else { high = middle }
        }
        let passed: Double
        let start: Int64
        if low < lines.count {
            start = lines[low].startNanoseconds
            passed = min(lines[low].passed(atArea: area - areas[low]), Double(lines[low].durationNanoseconds))
        } else {
            guard finalLevel > 0 || area <= (areas.last ?? 0) else { return nil }
            start = endNanoseconds
            passed = finalLevel > 0 ? (area - (areas.last ?? 0)) / finalLevel * 1e9 : 0
        }
        let moment = Double(start) + passed.rounded()
        return moment < 9e18 ? start + Int64(passed.rounded()) : nil
    }

    /// The line in which a moment lies; nil: after the last.
    private func line(at elapsed: Int64) -> Int? {
        var (low, high) = (0, lines.count)
        while low < high {
            let middle = (low + high) / 2
            if lines[middle].endNanoseconds <= elapsed { low = middle + 1 } else { high = middle }
        }
        return low < lines.count ? low : nil
    }
}
