import Judgement

/// What the run is judged by, while it goes on and at its end.
extension MasterState {
    /// A window is judged when its last second has been over for so long: by then the workers' figures have come in, also of intervals that end a while after
    /// the second does.
    static let windowDelayNanoseconds: Int64 = 1_000_000_000

    /// Judges what has come to its end, once a second; stops the run for a threshold that says so.
    mutating func judgeThresholds(now: Int64) -> [MasterAction] {
        guard let startedAt, thresholds.isNeeded else { return [] }
        let second = Int(max(0, now - startedAt - Self.windowDelayNanoseconds) / 1_000_000_000)
        let events = thresholds.judge(
            through: second, result: result, measuredSeconds: measuredSeconds(now: now), warmUp: Double(plan.warmUpNanoseconds) / 1e9)
        var actions: [MasterAction] = []
        for event in events {
            switch event {
            case .failed(let words): actions.append(.say(Notice(words, isWarning: true)))
            case .stop(let words):
                let reason = "stopped by \(words)"
                actions += [.say(Notice(reason, isWarning: true))] + stop(because: .ended(reason), now: now)
            }
        }
        return actions
    }

    /// What became of the thresholds.
    package func thresholdResults(now: Int64) -> [ThresholdResult] {
        var thresholds = thresholds
        return thresholds.results(result, measuredSeconds: measuredSeconds(now: now), seconds: Int(elapsed(now: now) / 1_000_000_000))
    }

    /// The time that the result is of.
    private func measuredSeconds(now: Int64) -> Double { Double(max(0, elapsed(now: now) - plan.warmUpNanoseconds)) / 1e9 }

    /// The master before has judged earlier windows; what it knew of them is lost with it.
    mutating func beginWindowsAnew(now: Int64) {
        guard let startedAt else { return }
        // What workers have kept meanwhile comes at once, in the first second.
        thresholds = ThresholdWatch(plan.thresholds, fromSecond: Int(max(0, now - startedAt) / 1_000_000_000) + 2)
    }
}
