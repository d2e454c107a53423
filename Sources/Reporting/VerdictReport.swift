import Judgement

/// What is thought of the measurement, for people and for programs. Pure.
struct VerdictReport {
    private let assessment: Assessment

    init(_ assessment: Assessment) { self.assessment = assessment }

    /// The verdict in a line, and each finding with its remedy; ended by a line feed.
    func text(width: Int, isColored: Bool) -> String {
        let verdict = assessment.verdict
        let word = verdict == .valid ? verdict.rawValue : verdict.rawValue.uppercased()
        var text = Self.style(verdict).applied(to: "Measurement: \(word)", isColored: isColored) + "\n"
        for finding in assessment.findings {
            let label = finding.level == .valid ? "note" : finding.level.rawValue
            let style: TextStyle = finding.level == .valid ? .plain : Self.style(finding.level)
            text += line("  \(label): \(finding.cause).", style, width: width, isColored: isColored)
            if !finding.remedy.isEmpty { text += line("    \(finding.remedy)", .plain, width: width, isColored: isColored) }
        }
        return text
    }

    /// The member `verdict` of a result file.
    func write(to json: inout JSONWriter) {
        json.member("level", assessment.verdict.rawValue)
        json.array("findings") { json in
            for finding in assessment.findings {
                json.object { json in
                    json.member("level", finding.level.rawValue)
                    json.member("rule", finding.rule)
                    json.member("cause", finding.cause)
                    json.member("remedy", finding.remedy)
                    json.object("figures") { json in for figure in finding.figures { json.member(figure.name, figure.value) } }
                }
            }
        }
    }

    private static func style(_ verdict: Verdict) -> TextStyle {
        switch verdict {
        case .valid: .strong
        case .suspect: .warning
        case .invalid: .bad
        }
    }

    /// An indented sentence, whose later lines stand below its first.
    private func line(_ text: String, _ style: TextStyle, width: Int, isColored: Bool) -> String {
        let indent = text.prefix { $0 == " " }.count
        let wrapped = TerminalText.wrapped(TerminalText.printable(text), width: width - indent, indent: 2)
        return wrapped.split(separator: "\n").map {
            String(repeating: " ", count: indent) + style.applied(to: String($0), isColored: isColored) + "\n"
        }
        .joined()
    }
}
