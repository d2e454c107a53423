/// One thing that was found out about a measurement.
package struct Finding: Sendable, Equatable {
    /// A measured value that the finding rests on; its unit stands in its name.
    package struct Figure: Sendable, Equatable {
        package var name: String
        package var value: Double

        package init(_ name: String, _ value: Double) {
            self.name = name
            self.value = value
        }
    }

    /// What it does to the measurement; `valid`: nothing, it is only to be known.
    package var level: Verdict
    /// The rule, as docs/verdict.md names it: `generator-lag`.
    package var rule: String
    /// What happened and whose doing it is, with figures, as a sentence.
    package var cause: String
    /// What to do about it, as a sentence; empty where nothing is to be done.
    package var remedy: String
    package var figures: [Figure]

    package init(_ level: Verdict, rule: String, cause: String, remedy: String = "", figures: [Figure] = []) {
        self.level = level
        self.rule = rule
        self.cause = cause
        self.remedy = remedy
        self.figures = figures
    }
}

/// What is to be thought of a measurement: all findings, the worst first.
package struct Assessment: Sendable, Equatable {
    package let findings: [Finding]

    /// The worst of all findings; valid where there is none.
    package var verdict: Verdict { findings.first?.level ?? .valid }

    /// Orders findings by level; those of one level stay as they are.
    package init(_ findings: [Finding]) {
        self.findings = Verdict.allCases.reversed().flatMap { level in findings.filter { $0.level == level } }
    }

    /// Judges a run by all rules.
    package init(of evidence: Evidence) {
        let generator = GeneratorRules(evidence).findings
        let isAtEase = !generator.contains { $0.level > .valid }
        self.init(
            generator + LimitRules(evidence).findings + LoadRules(evidence, isGeneratorAtEase: isAtEase).findings
                + AccountRules(evidence).findings)
    }
}
