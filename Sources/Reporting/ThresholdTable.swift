import Judgement
import Statistics

/// The block of thresholds in the report of a run. Pure.
struct ThresholdTable {
    private let results: [ThresholdResult]
    private let width: Int
    private let isColored: Bool

    init(_ results: [ThresholdResult], width: Int, isColored: Bool) {
        self.results = results
        self.width = width
        self.isColored = isColored
    }

    /// One row a threshold, and a line of words for those that need some; empty without thresholds.
    var text: String {
        guard !results.isEmpty else { return "" }
        let hasWindows = results.contains { $0.windows != nil }
        var columns: [TextTable.Column] = [
            .init("", isNumber: false), .init("Figure", isNumber: false, isElastic: true), .init("Bound", isNumber: false),
            .init("Measured"),
        ]
        if hasWindows { columns.append(.init("Windows failed", short: "Failed")) }
        var table = TextTable(columns: columns)
        for result in results {
            let style = Self.style(result.outcome)
            var row: [TextTable.Cell] = [
                .init(Self.mark(result.outcome), style), .init(result.threshold.figureText), .init(Self.bound(result.threshold)),
                .init(result.measuredWords ?? "-", style),
            ]
            if hasWindows {
                row.append(
                    .init(result.windows.map { "\(NumberText.grouped(Int64($0.failed))) of \(NumberText.grouped(Int64($0.count)))" } ?? ""))
            }
            table.add(row)
        }
        let passed = results.count { $0.outcome == .passed }
        let explanation = "\(passed) of \(results.count) passed" + (hasWindows ? "; of windows the worst is shown" : "")
        return TextTable.heading("Thresholds", explanation, width: width, isColored: isColored)
            + table.rendered(width: width, isColored: isColored) + remarks
    }

    private var remarks: String {
        results.filter { $0.outcome == .notEvaluated || $0.stoppedAfter != nil }.map { result in
            let words = TerminalText.printable("\(result.threshold.text): \(result.words).")
            return Self.style(result.outcome).applied(to: TerminalText.wrapped(words, width: width), isColored: isColored) + "\n"
        }.joined()
    }

    private static func mark(_ outcome: ThresholdResult.Outcome) -> String {
        switch outcome {
        case .passed: "✓"
        case .failed: "✗"
        case .notEvaluated: "–"
        }
    }

    private static func style(_ outcome: ThresholdResult.Outcome) -> TextStyle {
        switch outcome {
        case .passed: .plain
        case .failed: .bad
        case .notEvaluated: .warning
        }
    }

    /// What is behind the figure: `< 1% over 10s abort`.
    private static func bound(_ threshold: Threshold) -> String {
        let rest = threshold.text.dropFirst(threshold.figureText.count)
        return String(rest.drop { $0.isWhitespace })
    }
}
