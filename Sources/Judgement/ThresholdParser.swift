import LoadModel

/// Reads one threshold: `[of what.]figure comparison value [over TIME] [abort [after TIME]]` (docs/thresholds.md).
struct ThresholdParser {
    private var cursor: ThresholdCursor
    private let text: String

    private static let subjects = ["name", "iteration", "timing", "counter"]
    private static let statistics = ["p50", "p90", "p95", "p99", "p99.9", "median", "average", "min", "max"]
    private static let clauses = ["over", "abort"]
    private static let longest = 2000
    /// What other tools call it.
    private static let synonyms = [
        "avg": "average", "mean": "average", "med": "median", "minimum": "min", "maximum": "max", "rps": "throughput", "rate": "throughput",
        "qps": "throughput", "errors": "failures", "error_rate": "failure_rate", "fails": "failures", "fail_ratio": "failure_rate",
        "latency": "p95", "duration": "p95", "time": "p95", "count": "requests", "size": "average_size", "drops": "dropped", "for": "over",
        "within": "over", "stop": "abort", "iterations": "iteration",
    ]

    /// Reads a text. Throws a `ThresholdError` that says where it is none, why, and what to write.
    static func threshold(_ text: String) throws(ThresholdError) -> Threshold {
        let trimmed = ThresholdCursor(text).text(from: 0, to: text.count)
        if trimmed.utf8.count > longest {
            throw ThresholdError(text: String(trimmed.prefix(40)) + "…", column: 1, message: "has more than \(longest) bytes")
        }
        var parser = ThresholdParser(text: trimmed, cursor: ThresholdCursor(trimmed))
        return try parser.parse()
    }

    private init(text: String, cursor: ThresholdCursor) {
        self.text = text
        self.cursor = cursor
    }

    private mutating func parse() throws(ThresholdError) -> Threshold {
        if cursor.isAtEnd { throw cursor.error("there is nothing; write one such as p95 < 200ms") }
        let subject = try readSubject()
        let figure = try readFigure(of: subject)
        let figureText = cursor.text(from: 0, to: cursor.position)
        cursor.skipBlanks()
        let boundStart = cursor.position
        let comparison = try readComparison(figure)
        let bound = try readBound(figure, comparison)
        var threshold = Threshold(
            text: text, figureText: figureText, boundText: cursor.text(from: boundStart, to: cursor.position), subject: subject,
            figure: figure, comparison: comparison, bound: bound)
        try readClauses(into: &threshold)
        return threshold
    }

    // MARK: - What is bounded

    private mutating func readSubject() throws(ThresholdError) -> ThresholdSubject {
        var ahead = cursor
        let start = cursor.position
        let word = ahead.takeWord()
        guard Self.subjects.contains(word) else { return .all }
        cursor = ahead
        let example = word == "name" ? "name(\"login\").p95" : word == "counter" ? "counter(\"coins\")" : "\(word)(\"checkout\").p95"
        var name: String?
        if cursor.skip("(") {
            cursor.skipBlanks()
            name = try cursor.takeQuoted()
            cursor.skipBlanks()
            guard cursor.skip(")") else { throw cursor.error("a ')' is missing; write \(example)") }
        }
        if let name, name.isEmpty { throw cursor.error("the name is empty; write \(example)", at: start) }
        switch word {
        case "iteration": return .iterations(task: name)
        case "name": if let name { return .request(name) }
        case "timing": if let name { return .timing(name) }
        default: if let name { return .counter(name) }
        }
        throw cursor.error("'\(word)' is followed by a name in parentheses and quotes; write \(example)")
    }

    private mutating func readFigure(of subject: ThresholdSubject) throws(ThresholdError) -> ThresholdFigure {
        if subject != .all {
            if case .counter = subject, cursor.next != "." { return .sum }
            guard cursor.skip(".") else { throw cursor.error("which figure of it? \(Self.list(Self.names(of: subject)))") }
        }
        let start = cursor.position
        let word = cursor.takeWord()
        if let time = subject.times.first(where: { $0.rawValue == word }) {
            guard cursor.skip(".") else {
                throw cursor.error("which figure of it? Write \(word).p95, or another of \(Self.statistics.joined(separator: ", "))")
            }
            let place = cursor.position
            let name = cursor.takeWord()
            guard let statistic = try statistic(name, at: place) else {
                throw cursor.error(Self.unknown(name, "no such figure of a time", among: Self.statistics), at: place)
            }
            if time.isPhase, statistic == .average || statistic == .least {
                throw cursor.error("of a phase only percentiles and max are known, not \(name)", at: place)
            }
            if time == .delay, statistic == .least { throw cursor.error("of the scheduling delay there is no min", at: place) }
            return .time(time, statistic)
        }
        if let time = subject.times.first, let statistic = try statistic(word, at: start) { return .time(time, statistic) }
        if let figure = subject.figures.first(where: { $0.name == word }) { return figure }
        if word.isEmpty { throw cursor.error("a figure is missing. \(Self.list(Self.names(of: subject)))") }
        if subject != .all, ThresholdSubject.all.figures.contains(where: { $0.name == word }) {
            throw cursor.error("'\(word)' is not known of \(subject.words). \(Self.list(Self.names(of: subject)))", at: start)
        }
        throw cursor.error(Self.unknown(word, "no such figure", among: Self.names(of: subject)), at: start)
    }

    private func statistic(_ word: String, at place: Int) throws(ThresholdError) -> ThresholdFigure.Statistic? {
        switch word {
        case "median": return .percentile(50)
        case "average": return .average
        case "min": return .least
        case "max": return .greatest
        default: break
        }
        let digits = word.dropFirst()
        guard word.first == "p", let first = digits.first, first.isNumber, let value = Double(digits) else { return nil }
        guard value > 0, value <= 100 else { throw cursor.error("percentiles go from above 0 to 100, as p95 or p99.9", at: place) }
        guard (value * 10_000).rounded() / 10_000 == value else {
            throw cursor.error("a percentile has 4 decimals at most, as p99.9999", at: place)
        }
        return value == 100 ? .greatest : .percentile(value)
    }

    private static func names(of subject: ThresholdSubject) -> [String] {
        let times = subject.times.isEmpty ? [] : statistics
        let prefixes = subject.times.count > 1 ? subject.times.map(\.rawValue) : []
        return times + subject.figures.compactMap(\.name) + prefixes + (subject == .all ? subjects : [])
    }

    // MARK: - What it is to be

    private mutating func readComparison(_ figure: ThresholdFigure) throws(ThresholdError) -> Threshold.Comparison {
        let start = cursor.position
        let sign = cursor.take { "<>=!≤≥".contains($0) }
        let meant = ["=": "==", "=<": "<=", "=>": ">=", "≤": "<=", "≥": ">="][sign]
        guard let comparison = Threshold.Comparison(rawValue: sign) else {
            let remedy = meant.map { "did you mean '\($0)'?" } ?? "there are <, <=, > and >=, and == for counts"
            if sign.isEmpty {
                let word = cursor.peekedWord()
                throw cursor.error(
                    cursor.isAtEnd || word.isEmpty ? "what is it to be? Write < 200ms or the like" : "'\(word)' is no comparison: \(remedy)"
                )
            }
            throw cursor.error("'\(sign)' is no comparison: \(remedy)", at: start)
        }
        if comparison == .equal, !figure.isRunningCount {
            throw cursor.error("== is for counts: what is measured is never just so. Write < or >", at: start)
        }
        return comparison
    }

    private mutating func readBound(_ figure: ThresholdFigure, _ comparison: Threshold.Comparison) throws(ThresholdError) -> Double {
        cursor.skipBlanks()
        let start = cursor.position
        var text = cursor.take { !$0.isWhitespace }
        if text.isEmpty { throw cursor.error("a value is missing") }
        // A unit may stand apart: 200 ms.
        if text.last?.isNumber == true, !Self.clauses.contains(cursor.peekedWord()) {
            var ahead = cursor
            ahead.skipBlanks()
            let unit = ahead.take { !$0.isWhitespace }
            if ["us", "µs", "ms", "s", "m", "h", "%", "B", "kB", "MB", "GB", "/s", "/m", "/h"].contains(unit) {
                text += unit
                cursor = ahead
            }
        }
        let value: Double
        do { value = try ThresholdQuantity.value(text, figure.unit) } catch { throw cursor.error(error.message, at: start) }
        if value == 0, comparison == .less, figure.unit != .amount {
            throw cursor.error("nothing is below 0, so that this never holds", at: start)
        }
        if value == 0, comparison == .greaterOrEqual, figure.unit != .amount {
            throw cursor.error("everything is 0 or more, so that this always holds", at: start)
        }
        if figure.unit == .share, value == 1, comparison == .greater || comparison == .lessOrEqual {
            throw cursor.error(
                "a share is never more than 100%, so that this \(comparison == .greater ? "never" : "always") holds", at: start)
        }
        return value
    }

    // MARK: - Over what, and what then

    private mutating func readClauses(into threshold: inout Threshold) throws(ThresholdError) {
        var abortPlace: Int?
        while true {
            cursor.skipBlanks()
            if cursor.isAtEnd { break }
            let start = cursor.position
            let word = cursor.takeWord()
            switch word {
            case "over" where threshold.windowSeconds == nil: threshold.windowSeconds = try readWindow()
            case "abort" where abortPlace == nil:
                abortPlace = start
                threshold.abortAfterNanoseconds = Threshold.usualGrace
                if cursor.peekedWord() == "after" {
                    cursor.skipBlanks()
                    _ = cursor.takeWord()
                    threshold.abortAfterNanoseconds = try readDuration("abort after").value
                }
            case "over", "abort": throw cursor.error("'\(word)' is there twice", at: start)
            case "after": throw cursor.error("'after' belongs behind abort: abort after 30s", at: start)
            case "": throw cursor.error("'\(cursor.text(from: start, to: start + 1))' is not expected here", at: start)
            default: throw cursor.error(Self.unknown(word, "not expected here", among: Self.clauses), at: start)
            }
        }
        if let abortPlace, threshold.windowSeconds == nil, threshold.figure.isRunningCount,
            threshold.comparison != .less, threshold.comparison != .lessOrEqual
        {
            throw cursor.error(
                "of the whole run this is known at its end only, so that nothing can be stopped for it: leave abort out, or give a window (over 30s)",
                at: abortPlace)
        }
    }

    private mutating func readWindow() throws(ThresholdError) -> Int {
        let (nanoseconds, start) = try readDuration("over")
        guard nanoseconds % 1_000_000_000 == 0, (1...Int64(Threshold.longestWindow)).contains(nanoseconds / 1_000_000_000) else {
            throw cursor.error("a window has whole seconds, from 1s to 1h", at: start)
        }
        return Int(nanoseconds / 1_000_000_000)
    }

    private mutating func readDuration(_ clause: String) throws(ThresholdError) -> (value: Int64, start: Int) {
        cursor.skipBlanks()
        let start = cursor.position
        let text = cursor.take { !$0.isWhitespace }
        if text.isEmpty { throw cursor.error("a time is missing: \(clause) 30s") }
        do { return (try ThresholdQuantity.duration(text), start) } catch { throw cursor.error(error.message, at: start) }
    }

    // MARK: - Words

    private static func unknown(_ word: String, _ what: String, among names: [String]) -> String {
        if let name = synonyms[word.lowercased()], names.contains(name) { return "'\(word)': \(what); write '\(name)'" }
        if let nearest = Suggestion.nearest(to: word, among: names) { return "'\(word)': \(what); did you mean '\(nearest)'?" }
        return "'\(word)': \(what). \(list(names))"
    }

    private static func list(_ names: [String]) -> String { "There are: \(names.joined(separator: ", "))" }
}
