import Statistics

/// Follows the thresholds of a run: keeps the seconds that windows need, judges them as they come to their end, and says when the run is to be stopped.
/// Pure: seconds are those of the run.
package struct ThresholdWatch: Sendable {
    /// What is to be known at once.
    package enum Event: Sendable, Equatable {
        /// A window failed, the first of its threshold.
        case failed(String)
        /// The run is to be stopped, for this reason.
        case stop(String)
    }

    package let thresholds: [Threshold]
    private var windows: [SubjectWindow] = []
    private var starts: StartWindow
    private var courses: [Course]
    /// The end of the next windows to be judged, in seconds after the start.
    private var nextEnd: Int
    private var breach: (index: Int, measured: Double, second: Int)?
    /// Earlier seconds are in no window.
    private let firstSecond: Int

    /// How a threshold's windows have gone.
    private struct Course: Sendable {
        /// Where its subject's seconds are in `windows`.
        var subject: Int
        var windows = ThresholdResult.Windows()
        var worst: Double?
        /// Why the last one that could not be judged was not.
        var reason: String?
    }

    /// `fromSecond`: from when on windows are judged: what a master before this one had counted of earlier seconds is not known one by one.
    package init(_ thresholds: [Threshold], fromSecond: Int = 0, reading: TimeReading = .house) {
        self.thresholds = thresholds
        firstSecond = fromSecond
        nextEnd = fromSecond + 1
        courses = thresholds.map { _ in Course(subject: -1) }
        starts = StartWindow(longest: thresholds.compactMap(\.windowSeconds).max() ?? 0)
        var numbers: [ThresholdSubject: Int] = [:]
        for (index, threshold) in thresholds.enumerated() where threshold.windowSeconds != nil {
            let subject = threshold.subject
            if numbers[subject] == nil {
                let same = thresholds.filter { $0.subject == subject && $0.windowSeconds != nil }
                let times = same.compactMap { if case .time(let time, _) = $0.figure { time } else { nil } }
                numbers[subject] = windows.count
                windows.append(
                    SubjectWindow(
                        subject: subject, times: Set(times), longest: same.compactMap(\.windowSeconds).max() ?? 1, reading: reading))
            }
            courses[index].subject = numbers[subject] ?? -1
        }
    }

    /// Whether something is to be done each second.
    package var isNeeded: Bool { thresholds.contains { $0.windowSeconds != nil || $0.abortAfterNanoseconds != nil } }

    /// Seconds that there is room for, over all subjects.
    var heldSeconds: Int { windows.reduce(0) { $0 + $1.capacity } }

    /// Takes what a worker measured in a second of the run.
    /// - Complexity: O(requests and cells of the snapshot) where there are windows, else O(1)
    package mutating func take(_ snapshot: IntervalSnapshot, second: Int) {
        guard !windows.isEmpty, second >= firstSecond else { return }
        let map = SnapshotMap(snapshot)
        starts.take(snapshot, second: second)
        for index in windows.indices { windows[index].take(snapshot, map, second: second) }
    }

    /// Judges the windows that have ended by `second`, and, for those that may stop the run, the whole so far. `warmUp`: seconds from the start that are not in the
    /// result; `measuredSeconds`: the time that the result is of.
    package mutating func judge(through second: Int, result: RunResult, measuredSeconds: Double, warmUp: Double = 0) -> [Event] {
        var events = judgeWindows(through: second, warmUp: warmUp)
        if let words = stopWords(events) { return words }
        var known: [ThresholdSubject: SubjectFigures?] = [:]
        for (index, threshold) in thresholds.enumerated() where threshold.windowSeconds == nil {
            guard let grace = threshold.abortAfterNanoseconds, measuredSeconds * 1e9 >= Double(grace) else { continue }
            let figures = known[threshold.subject] ?? result.figures(of: threshold.subject)
            known[threshold.subject] = figures
            guard let figures, figures.isOccurrence(for: threshold.figure),
                case .value(let value) = figures.measure(threshold.figure, seconds: measuredSeconds, of: threshold.subject),
                !threshold.holds(value)
            else { continue }
            breach = (index, value, Int(measuredSeconds + warmUp))
            events.append(.stop("threshold \(threshold.text): \(threshold.measuredWords(value))"))
            return events
        }
        return events
    }

    private func stopWords(_ events: [Event]) -> [Event]? { breach == nil ? nil : events }

    /// What became of all, at the end of a run of `seconds` whole seconds.
    package mutating func results(_ result: RunResult, measuredSeconds: Double, seconds: Int) -> [ThresholdResult] {
        _ = judgeWindows(through: seconds, warmUp: .infinity)
        var known: [ThresholdSubject: SubjectFigures?] = [:]
        return thresholds.enumerated().map { index, threshold in
            if known[threshold.subject] == nil { known[threshold.subject] = .some(result.figures(of: threshold.subject)) }
            let figures = known[threshold.subject] ?? nil
            let stoppedAfter = breach?.index == index ? breach?.second : nil
            if threshold.windowSeconds != nil {
                var judged = self.result(of: index, figures: figures, absence: result.absence(of: threshold.subject))
                judged.stoppedAfter = stoppedAfter
                return judged
            }
            if let breach, breach.index == index {
                return ThresholdResult(threshold: threshold, outcome: .failed, measured: breach.measured, stoppedAfter: stoppedAfter)
            }
            guard let figures, figures.isOccurrence(for: threshold.figure) else {
                return ThresholdResult(threshold: threshold, outcome: .notEvaluated, reason: result.absence(of: threshold.subject))
            }
            switch figures.measure(threshold.figure, seconds: measuredSeconds, of: threshold.subject) {
            case .value(let value):
                return ThresholdResult(threshold: threshold, outcome: threshold.holds(value) ? .passed : .failed, measured: value)
            case .missing(let reason): return ThresholdResult(threshold: threshold, outcome: .notEvaluated, reason: reason)
            }
        }
    }

    // MARK: - Windows

    /// Judges windows by their end. Once the run is to be stopped no more are.
    private mutating func judgeWindows(through second: Int, warmUp: Double) -> [Event] {
        var events: [Event] = []
        guard !windows.isEmpty else { return [] }
        while nextEnd <= second {
            for index in thresholds.indices {
                guard let length = thresholds[index].windowSeconds, let begin = windows[courses[index].subject].firstSecond else {
                    continue
                }
                let start = nextEnd - length
                guard start >= max(begin, firstSecond) else { continue }
                events += judge(index, from: start, end: nextEnd, warmUp: warmUp)
            }
            nextEnd += 1
            if breach != nil, warmUp.isFinite { break }
        }
        return events
    }

    private mutating func judge(_ index: Int, from start: Int, end: Int, warmUp: Double) -> [Event] {
        let threshold = thresholds[index]
        let window = windows[courses[index].subject]
        var figures = window.sum(from: start, through: end - 1)
        figures?.starts = starts.sum(from: start, through: end - 1)
        let measure =
            figures?.measure(threshold.figure, seconds: Double(end - start), of: threshold.subject) ?? .missing("its figures came too late")
        switch measure {
        case .missing(let reason):
            // Until there is enough for a first one, the load is only beginning.
            courses[index].reason = reason
            guard courses[index].windows.count > 0 else { return [] }
            courses[index].windows.count += 1
            courses[index].windows.notEvaluated += 1
            return []
        case .value(let value):
            courses[index].windows.count += 1
            if courses[index].worst.map({ threshold.comparison.isWorse(value, than: $0, bound: threshold.bound) }) ?? true {
                courses[index].worst = value
                courses[index].windows.worstEnd = end
            }
            if threshold.holds(value) { return [] }
            courses[index].windows.failed += 1
            let words = "threshold \(threshold.text): \(threshold.measuredWords(value)) in the \(end - start) s before second \(end)"
            if let grace = threshold.abortAfterNanoseconds, breach == nil, (Double(end) - warmUp) * 1e9 >= Double(grace) {
                breach = (index, value, end)
                return [.stop(words)]
            }
            return courses[index].windows.failed == 1 ? [.failed(words)] : []
        }
    }

    private func result(of index: Int, figures: SubjectFigures?, absence: String) -> ThresholdResult {
        let threshold = thresholds[index]
        let course = courses[index]
        var judged = ThresholdResult(threshold: threshold, outcome: .passed, measured: course.worst, windows: course.windows)
        if course.windows.failed > 0 {
            judged.outcome = .failed
        } else if figures?.isOccurrence(for: threshold.figure) != true || windows[course.subject].firstSecond == nil {
            judged.outcome = .notEvaluated
            judged.reason = absence
        } else if course.windows.count == 0 {
            judged.outcome = .notEvaluated
            judged.reason = course.reason ?? "no window of \(threshold.windowSeconds ?? 0) s came to its end"
        } else if course.windows.notEvaluated > 0 {
            judged.outcome = .notEvaluated
            judged.reason = "\(course.windows.notEvaluated) of \(course.windows.count) windows could not be judged: \(course.reason ?? "")"
        }
        return judged
    }
}

extension SubjectFigures {
    /// Whether there is anything to judge a figure by. That nothing was dropped or raised is something; that nothing failed, where nothing ended, is not.
    fileprivate func isOccurrence(for figure: ThresholdFigure) -> Bool {
        switch figure {
        case .exceptions, .dropped: true
        case .interrupted: counts.ended + counts.interrupted > 0
        default: counts.ended > 0
        }
    }
}
