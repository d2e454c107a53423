import ArgumentParser
import Cluster
import Judgement
import LoadModel

/// What a run is judged by.
struct ThresholdOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "A bound that the run is to keep, beside the script's, else exit 99: 'p95 < 200ms', 'failure_rate < 1% over 30s abort'. Any number of times.",
            valueName: "threshold"))
    var threshold: [String] = []

    /// The script's thresholds and those of the settings. Throws a `Failure` that says which text is none, why, and what to write.
    func thresholds(of scenario: Scenario) throws -> [Threshold] {
        let setting = Setting("--threshold", threshold.isEmpty ? nil : threshold.joined(separator: "\n"))
        do {
            return try Threshold.read(scenario.thresholds, and: setting.text.map { [$0] } ?? [], from: setting.source)
        } catch {
            let words = "\(error)"
            throw Failure.usage(words.hasSuffix("?") ? words : words + ".")
        }
    }

    /// Throws a `Failure` when a threshold is impossible in a run of that plan.
    static func check(_ plan: RunPlan) throws {
        guard let runTime = plan.runTimeNanoseconds ?? plan.load.endNanoseconds else { return }
        for threshold in plan.thresholds {
            if let words = threshold.objection(runTimeNanoseconds: runTime, warmUpNanoseconds: plan.warmUpNanoseconds) {
                throw Failure.usage("\(words).")
            }
        }
    }

    /// What `cicada validate` says of them.
    static func lines(_ thresholds: [Threshold]) -> [String] {
        if thresholds.isEmpty { return ["Thresholds: none."] }
        return ["Thresholds"] + thresholds.flatMap { ["  \($0.text)", "    \($0.words)"] }
    }
}
