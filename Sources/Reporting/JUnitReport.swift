import Judgement

/// The content of `--junit FILE`: one test case a threshold, in the form that build servers read.
///
/// Valid against the schema that comes with Ant's tasks (junit.xsd of windyroad) and that of Jenkins (junit-10.xsd). Pure.
package enum JUnitReport {
    /// The document, ended by a line feed.
    ///
    /// `trouble`: why the run was not completed, in words; that is a test case of its own, which has gone wrong. `host`: the name of this machine.
    package static func text(_ results: [ThresholdResult], _ info: RunInfo, host: String, trouble: String? = nil) -> String {
        let failures = results.count { $0.outcome == .failed }
        let errors = results.count { $0.outcome == .notEvaluated } + (trouble == nil ? 0 : 1)
        // Without a zone: the schemas know none.
        let start = CalendarText.iso8601(unixSeconds: info.startNanosecondsSince1970 / 1_000_000_000).replacing("Z", with: "")
        let time = NumberText.fixed(info.elapsedSeconds, 3)
        var lines = ["<?xml version=\"1.0\" encoding=\"UTF-8\"?>", "<testsuites>"]
        let suite = [
            ("id", "0"), ("package", "cicada"), ("name", info.script), ("timestamp", start),
            ("hostname", host.isEmpty ? "localhost" : host),
            ("tests", "\(results.count + (trouble == nil ? 0 : 1))"), ("failures", "\(failures)"), ("errors", "\(errors)"), ("time", time),
        ]
        lines.append("  <testsuite\(attributes(suite))>")
        lines.append("    <properties>")
        for (name, value) in [("cicada.version", info.version), ("host", info.host)] {
            lines.append("      <property\(attributes([("name", name), ("value", value)]))/>")
        }
        lines.append("    </properties>")
        if let trouble { lines += testCase("the run comes to its end", info, "error", "not completed", trouble, trouble) }
        for result in results {
            let text = result.threshold.text
            let details = "\(result.threshold.words): \(result.words)"
            switch result.outcome {
            case .passed: lines.append("    <testcase\(attributes(names(text, info)))/>")
            case .failed: lines += testCase(text, info, "failure", "not held", result.words, details)
            case .notEvaluated: lines += testCase(text, info, "error", "not evaluated", result.words, details)
            }
        }
        lines += ["    <system-out/>", "    <system-err/>", "  </testsuite>", "</testsuites>"]
        return lines.joined(separator: "\n") + "\n"
    }

    /// The document while the run lasts, so that none that is killed leaves the good news of an earlier one behind.
    package static func pending(_ thresholds: [Threshold], _ info: RunInfo, host: String) -> String {
        let reason = "the run has not come to its end"
        let results = thresholds.map { ThresholdResult(threshold: $0, outcome: .notEvaluated, reason: reason) }
        return text(results, info, host: host, trouble: reason)
    }

    private static func names(_ name: String, _ info: RunInfo) -> [(String, String)] {
        let script = info.script.hasSuffix(".lua") ? String(info.script.dropLast(4)) : info.script
        // A dot would part it into packages.
        return [("name", name), ("classname", "cicada." + script.replacing(".", with: "_")), ("time", "0")]
    }

    private static func testCase(_ name: String, _ info: RunInfo, _ kind: String, _ type: String, _ message: String, _ text: String)
        -> [String]
    {
        [
            "    <testcase\(attributes(names(name, info)))>",
            "      <\(kind)\(attributes([("message", message), ("type", type)]))>\(escaped(text))</\(kind)>",
            "    </testcase>",
        ]
    }

    private static func attributes(_ pairs: [(String, String)]) -> String { pairs.map { " \($0.0)=\"\(escaped($0.1))\"" }.joined() }

    /// Text that is safe in attributes and contents; control characters, which XML cannot hold, are blanks.
    private static func escaped(_ text: String) -> String {
        var safe = ""
        for scalar in TerminalText.printable(text).unicodeScalars {
            switch scalar {
            case "&": safe += "&amp;"
            case "<": safe += "&lt;"
            case ">": safe += "&gt;"
            case "\"": safe += "&quot;"
            case "\u{FFFE}", "\u{FFFF}": safe += " "
            default: safe.unicodeScalars.append(scalar)
            }
        }
        return safe
    }
}
