import LoadModel

/// A threshold that cannot be used, and where it stands.
package struct ThresholdRefusal: Error, CustomStringConvertible {
    /// `shop.lua:12: threshold 'p95 < 200', column 7: '200' has no unit: …`
    package var description: String
}

extension Threshold {
    /// Thresholds of a run at most.
    package static let most = 1000

    /// Reads one text. Throws a `ThresholdError` that says where it is no threshold, why, and what to write.
    package init(_ text: String) throws(ThresholdError) { self = try ThresholdParser.threshold(text) }

    /// Those of a script.
    package static func read(_ declared: [ScriptThreshold]) throws(ThresholdRefusal) -> [Threshold] {
        var thresholds: [Threshold] = []
        for entry in declared {
            let text = try entry.wholeText
            do { try add(Threshold(text), to: &thresholds) } catch { throw ThresholdRefusal(description: "\(entry.place): \(error)") }
        }
        return try checked(thresholds)
    }

    /// Those of a script and, behind them, those of texts from elsewhere, `source` (`--threshold`), of which one may hold several, parted by commas, semicolons or
    /// line feeds.
    package static func read(_ declared: [ScriptThreshold], and texts: [String], from source: String) throws(ThresholdRefusal)
        -> [Threshold]
    {
        var thresholds = try read(declared)
        for text in texts.flatMap(parts) {
            do { try add(Threshold(text), to: &thresholds) } catch { throw ThresholdRefusal(description: "\(source): \(error)") }
        }
        return try checked(thresholds)
    }

    /// What is impossible about it in a run of so long, in words; nil: nothing.
    package func objection(runTimeNanoseconds: Int64, warmUpNanoseconds: Int64) -> String? {
        let measured = runTimeNanoseconds - warmUpNanoseconds
        let words = DurationText.words(nanoseconds:)
        let time = "the run measures for \(words(measured))"
        if let windowSeconds, Int64(windowSeconds) * 1_000_000_000 > measured {
            return "threshold '\(text)': \(time), so that no window of \(words(Int64(windowSeconds) * 1_000_000_000)) comes to its end"
        }
        if let abortAfterNanoseconds, abortAfterNanoseconds > Self.usualGrace, abortAfterNanoseconds > measured {
            return "threshold '\(text)': \(time), so that it is over before it can be stopped (abort after \(words(abortAfterNanoseconds)))"
        }
        return nil
    }

    // MARK: - Parts

    /// One that is there already is not taken twice.
    private static func add(_ threshold: Threshold, to thresholds: inout [Threshold]) {
        if !thresholds.contains(threshold) { thresholds.append(threshold) }
    }

    private static func checked(_ thresholds: [Threshold]) throws(ThresholdRefusal) -> [Threshold] {
        guard thresholds.count <= most else { throw ThresholdRefusal(description: "\(thresholds.count) thresholds are more than \(most)") }
        return thresholds
    }

    /// A text at its commas, semicolons and line feeds, unless these are in quotes.
    static func parts(_ text: String) -> [String] {
        var parts = [""]
        var quote: Character?
        var isEscaped = false
        for character in text {
            if quote == nil, character == "," || character == ";" || character.isNewline {
                parts.append("")
                continue
            }
            parts[parts.count - 1].append(character)
            if isEscaped {
                isEscaped = false
            } else if quote != nil, character == "\\" {
                isEscaped = true
            } else if character == quote {
                quote = nil
            } else if quote == nil, character == "\"" || character == "'" {
                quote = character
            }
        }
        let whole = parts.filter { !$0.allSatisfy(\.isWhitespace) }
        return whole.isEmpty && !text.isEmpty ? [text] : whole
    }
}

extension ScriptThreshold {
    /// The text with what stands beside it.
    fileprivate var wholeText: String {
        get throws(ThresholdRefusal) {
            guard aborts || abortAfter != nil else { return text }
            if let threshold = try? Threshold(text), threshold.abortAfterNanoseconds != nil {
                if abortAfter == nil { return text }
                throw ThresholdRefusal(description: "\(place): threshold '\(text)' says abort itself: leave it out there, or beside it")
            }
            return text + " abort" + (abortAfter.map { " after \($0)" } ?? "")
        }
    }
}
