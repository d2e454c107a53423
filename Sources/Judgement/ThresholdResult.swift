/// What became of a threshold.
package struct ThresholdResult: Sendable, Equatable {
    /// The ways it can go.
    package enum Outcome: String, Sendable, CaseIterable {
        case passed
        case failed
        /// There was nothing to judge it by. That is not passed.
        case notEvaluated = "not evaluated"
    }

    /// The windows of a threshold that has some.
    package struct Windows: Sendable, Equatable {
        /// Those that were to be judged.
        package var count = 0
        package var failed = 0
        /// Those that could not be judged.
        package var notEvaluated = 0
        /// The window with the measured value ends so many seconds after the start of the run; nil: none was judged.
        package var worstEnd: Int?

        package init(count: Int = 0, failed: Int = 0, notEvaluated: Int = 0, worstEnd: Int? = nil) {
            self.count = count
            self.failed = failed
            self.notEvaluated = notEvaluated
            self.worstEnd = worstEnd
        }
    }

    package var threshold: Threshold
    package var outcome: Outcome
    /// In the unit of the figure; of windows that of the worst; nil: none.
    package var measured: Double?
    /// Why it was not evaluated, in words; nil: it was.
    package var reason: String?
    /// Nil: it is of the whole run.
    package var windows: Windows?
    /// When the run was stopped for it, in seconds after its start; nil: it was not.
    package var stoppedAfter: Int?

    package init(
        threshold: Threshold, outcome: Outcome, measured: Double? = nil, reason: String? = nil, windows: Windows? = nil,
        stoppedAfter: Int? = nil
    ) {
        self.threshold = threshold
        self.outcome = outcome
        self.measured = measured
        self.reason = reason
        self.windows = windows
        self.stoppedAfter = stoppedAfter
    }

    /// The measured value with its unit, with so many digits that it differs from the bound when it is another; nil: none.
    package var measuredWords: String? { measured.map { threshold.measuredWords($0) } }

    /// What came of it in a sentence's end: `312 ms`, `3 of 21 windows failed, at worst 312 ms (the one that ended at 0:34)`, `not evaluated: …`.
    package var words: String {
        var words: String
        switch (windows, measuredWords) {
        case (let windows?, let value?) where windows.failed > 0:
            words = "\(windows.failed) of \(Self.windowCount(windows.count)) failed, at worst \(value)"
            if let end = windows.worstEnd { words += " in the one that ended after \(end) s" }
        case (let windows?, let value?) where outcome == .passed: words = "\(value) at worst, in \(Self.windowCount(windows.count))"
        case (_, let value?) where outcome != .notEvaluated: words = value
        default: words = "not evaluated"
        }
        if let reason { words += ": \(reason)" }
        if let stoppedAfter { words += "; it stopped the run after \(stoppedAfter) s" }
        return words
    }

    private static func windowCount(_ count: Int) -> String { count == 1 ? "1 window" : "\(count) windows" }
}

extension Threshold {
    /// A measured value with its unit, with so many digits that it differs from the bound when it is another.
    package func measuredWords(_ value: Double) -> String {
        let words = figure.words(value)
        return value != bound && words == figure.words(bound) ? figure.exactWords(value) : words
    }
}
