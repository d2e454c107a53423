import Statistics
import Testing

@testable import Judgement

/// What is found in made-up evidence, at the bounds of each rule.
struct VerdictTests {
    // MARK: - The generator

    /// Loop lag and service time at p99 in ms, of so many.
    @Test(
        arguments: [
            (0.1, 1.0, 10_000, nil), (1.0, 1.0, 10_000, nil), (1.1, 1.0, 10_000, .suspect), (1.1, 11.1, 10_000, nil),
            (100, 1, 10_000, .suspect),
            (101, 1, 10_000, .invalid), (101, 201, 10_000, .invalid), (101, 203, 10_000, .suspect), (20, 2000, 10_000, nil),
            (20.1, 2000, 10_000, .suspect), (500, 2000, 10_000, .suspect), (500, 900, 10_000, .invalid), (500, 1, 99, nil),
            (500, 1, 100, .invalid),
        ] as [(Double, Double, Int64, Verdict?)])
    func lagIsHeldAgainstTheServiceTime(lag: Double, service: Double, count: Int64, level: Verdict?) {
        var evidence = Self.atEase
        evidence.lag = Self.times(count, p99: lag)
        evidence.serviceTime = Self.times(10_000, p99: service)
        #expect(Self.level(evidence, "generator-lag") == level)
    }

    /// The percentile is one above which there are ten samples.
    @Test func fewLagsAreJudgedAtALowerPercentile() {
        var evidence = Self.atEase
        evidence.lag = TimeFigures(count: 999, least: 0, median: 0, p90: 0, p95: 0, p99: 900_000_000)
        #expect(Self.level(evidence, "generator-lag") == nil)
        evidence.lag?.count = 1000
        #expect(Self.level(evidence, "generator-lag") == .invalid)
        evidence.lag = TimeFigures(count: 199, least: 0, median: 0, p90: 160_000_000, p95: 0, p99: 0)
        #expect(Assessment(of: evidence).findings.first?.cause.contains("1 in 10 of what was due") == true)
    }

    /// Shares of ten seconds in which it stood still, had to wait, or was busy.
    @Test(
        arguments: [
            ("generator-paused", 0.02, nil), ("generator-paused", 0.021, .suspect), ("generator-paused", 0.5, .suspect),
            ("generator-paused", 0.51, .invalid), ("cpu-contended", 0.25, nil), ("cpu-contended", 0.26, .suspect),
            ("cpu-contended", 0.8, .suspect), ("cpu-contended", 0.81, .invalid), ("cpu-saturated", 0.19, nil),
            ("cpu-saturated", 0.2, .suspect),
            ("cpu-saturated", 1, .suspect), ("cpu-stolen", 0.1, nil), ("cpu-stolen", 0.11, .suspect),
        ] as [(String, Double, Verdict?)])
    func healthIsJudgedByShares(rule: String, share: Double, level: Verdict?) {
        var health = Self.healthy
        let time = Int64(share * 1e10)
        switch rule {
        case "generator-paused": health.pausedNanoseconds = time
        case "cpu-contended": health.waitedNanoseconds = time
        case "cpu-saturated": health.busyNanoseconds = time
        default: health.stolenNanoseconds = time
        }
        #expect(Self.level(Self.evidence(health), rule) == level)
        // Too short to be judged.
        health.watchedNanoseconds = 900_000_000
        #expect(Self.level(Self.evidence(health), rule) == nil)
    }

    @Test func aLongPauseIsSuspectHoweverLongTheRun() {
        var health = Self.healthy
        health.watchedNanoseconds = 1_000_000_000_000
        health.longestPauseNanoseconds = 1_000_000_000
        health.pausedNanoseconds = 1_100_000_000
        #expect(Self.level(Self.evidence(health), "generator-paused") == nil)
        health.longestPauseNanoseconds += 1
        #expect(Self.level(Self.evidence(health), "generator-paused") == .suspect)
    }

    /// Throttled of 1,000 periods.
    @Test(arguments: [(0, nil), (10, nil), (11, .suspect), (100, .suspect), (101, .invalid)] as [(Int64, Verdict?)])
    func throttlingIsJudgedByPeriods(throttled: Int64, level: Verdict?) {
        var health = Self.healthy
        health.cores = 0.2
        health.quotaPeriods = 1000
        health.throttledPeriods = throttled
        #expect(Self.level(Self.evidence(health), "cpu-throttled") == level)
    }

    @Test func theWorstWorkerIsNamed() {
        var evidence = Self.atEase
        for (name, share) in [("a", 0.0), ("b", 0.5), ("c", 0.3)] {
            var worker = WorkerEvidence(name: name)
            worker.health = Self.healthy
            worker.health?.pausedNanoseconds = Int64(share * 1e10)
            evidence.workers.append(worker)
        }
        let finding = Assessment(of: evidence).findings.first
        #expect(finding?.rule == "generator-paused" && finding?.cause.contains("50 % of the time") == true)
        #expect(finding?.cause.contains("worst on worker b") == true, "\(String(describing: finding))")
    }

    /// Seconds of ten in which each of the workers stood still.
    @Test(
        arguments: [
            ([9, 6, 0], .suspect), ([9.1, 6, 0], .invalid), ([0, 0, 0.2], nil), ([0, 0, 0.21], .suspect), ([5, 5, 5.1], .invalid),
        ] as [([Double], Verdict?)])
    func invalidIsWhatTouchesTheMergedFigures(seconds: [Double], level: Verdict?) {
        var evidence = Self.atEase
        evidence.workers = seconds.enumerated().map { index, seconds in
            var worker = WorkerEvidence(name: "\(index)")
            worker.health = Self.healthy
            worker.health?.pausedNanoseconds = Int64(seconds * 1e9)
            return worker
        }
        #expect(Self.level(evidence, "generator-paused") == level)
    }

    // MARK: - Limits

    @Test(arguments: [(0, nil), (1, .suspect), (100, .suspect), (101, .invalid)] as [(Int64, Verdict?)])
    func requestsThatFailedHereAreNotTheTargets(failures: Int64, level: Verdict?) {
        var evidence = Self.atEase
        evidence.portFailures = failures
        #expect(Self.level(evidence, "ports") == level)
        evidence.portFailures = 0
        evidence.descriptorFailures = failures
        #expect(Self.level(evidence, "descriptors") == level)
    }

    @Test func whatRunsOutIsTold() {
        var health = Self.healthy
        (health.ports, health.portsInUse, health.freeDescriptors) = (28_000, 22_400, 16)
        #expect(Assessment(of: Self.evidence(health)).findings.isEmpty)
        (health.portsInUse, health.freeDescriptors) = (22_401, 15)
        let findings = Assessment(of: Self.evidence(health)).findings
        #expect(findings.map(\.rule) == ["ports", "descriptors"] && findings.allSatisfy { $0.level == .valid })
    }

    // MARK: - The load

    /// Starts begun of 10,000 in 10 s, users, average and least iteration in ms, whether the generator is at ease.
    @Test(
        arguments: [
            (9_800, 4, 100, 100, true, nil), (9_799, 4, 100, 100, true, .suspect), (400, 4, 100, 100, true, .suspect),
            (400, 4, 100, 3, true, .valid), (400, 90, 90, 80, true, .valid), (400, 1000, 100, 100, true, .suspect),
            (400, 1000, 100, 100, false, .invalid), (400, 4, 100, 3, false, .invalid),
        ] as [(Int64, Int, Int64, Int64, Bool, Verdict?)])
    func aRateThatWasNotReachedHasACause(begun: Int64, users: Int, average: Int64, least: Int64, isAtEase: Bool, level: Verdict?) {
        var evidence = Self.atEase
        evidence.starts = Evidence.Starts(due: 10_000, begun: begun, dropped: 0)
        evidence.mostUsers = users
        evidence.iterations = Evidence.Iterations(
            count: begun, durationNanoseconds: Double(begun * average) * 1e6, leastNanoseconds: least * 1_000_000,
            greatestNanoseconds: average * 1_000_000)
        if !isAtEase { evidence.lag = Self.times(10_000, p99: 5) }
        #expect(Self.level(evidence, "rate") == level)
    }

    @Test func theRateSaysHowManyUsersItNeeds() {
        var evidence = Self.atEase
        evidence.elapsedNanoseconds = 20_000_000_000
        evidence.starts = Evidence.Starts(due: 100_000, begun: 800, dropped: 99_200)
        evidence.mostUsers = 4
        evidence.iterations = Evidence.Iterations(
            count: 800, durationNanoseconds: 80e9, leastNanoseconds: 99_000_000, greatestNanoseconds: 110_000_000)
        let finding = Assessment(of: evidence).findings.first { $0.rule == "rate" }
        #expect(
            finding?.cause
                == "the rate was not reached: 40 of 5,000 iterations began per second (0.8 %): at 100 ms an iteration it needs about 500 users; "
                + "--max-users allows 4")
        #expect(finding?.remedy == "Raise --max-users to 600 or more, or ask for a lower rate.")
        #expect(finding?.figures.first { $0.name == "users_needed" }?.value == 500)
        let drops = Assessment(of: evidence).findings.first { $0.rule == "drops" }
        #expect(drops?.cause.hasSuffix("percentiles above 0.8 are not measurable") == true, "\(String(describing: drops))")
    }

    /// Delay and lag at p99 in ms.
    @Test(
        arguments: [
            (0.9, 0.1, []), (500, 0.1, ["waiting-starts"]), (500, 130, ["generator-lag"]), (2, 0.6, []), (2, 0.4, ["waiting-starts"]),
        ] as [(Double, Double, [String])])
    func aDelayIsNotTheGeneratorsWhenItsLoopsWereOnTime(delay: Double, lag: Double, rules: [String]) {
        var evidence = Self.atEase
        evidence.delay = Self.times(10_000, p99: delay)
        evidence.lag = Self.times(10_000, p99: lag)
        #expect(Assessment(of: evidence).findings.map(\.rule) == rules)
    }

    @Test func whereNothingElseMakesStartsWaitADelayIsTheGenerators() {
        var evidence = Self.atEase
        evidence.startsMayWait = false
        evidence.delay = Self.times(10_000, p99: 1)
        #expect(Assessment(of: evidence).findings.isEmpty)
        evidence.delay = Self.times(10_000, p99: 500)
        #expect(Self.level(evidence, "generator-delay") == .suspect && Self.level(evidence, "waiting-starts") == nil)
        // Of late loops it was said already.
        evidence.lag = Self.times(10_000, p99: 400)
        #expect(Self.level(evidence, "generator-delay") == nil)
    }

    /// Time inside tasks against the sum of tasks, in s; 4 users, tasks of 10 ms at most.
    @Test(
        arguments: [
            (100, 100, nil), (102, 100, nil), (102.2, 100, .suspect), (97.8, 100, .suspect), (110, 100, .suspect), (110.2, 100, .invalid),
            (80, 100, .invalid),
        ] as [(Double, Double, Verdict?)])
    func littlesLawHolds(busy: Double, sum: Double, level: Verdict?) {
        var evidence = Self.atEase
        evidence.mostUsers = 4
        evidence.iterations = Evidence.Iterations(
            count: 10_000, durationNanoseconds: sum * 1e9, leastNanoseconds: 1, greatestNanoseconds: 10_000_000)
        evidence.busyNanoseconds = Int64(busy * 1e9)
        #expect(Self.level(evidence, "littles-law") == level)
        evidence.iterations?.count = 999
        #expect(Self.level(evidence, "littles-law") == nil)
    }

    /// A saturated target is what a load test is for.
    @Test func aSlowTargetIsNoFaultOfTheMeasurement() {
        var health = Self.healthy
        health.cpuNanoseconds = 2_000_000_000
        var evidence = Self.evidence(health)
        evidence.serviceTime = TimeFigures(
            count: 10_000, least: 1_000_000, median: 400_000_000, p90: 500_000_000, p95: 600_000_000, p99: 900_000_000)
        evidence.lag = Self.times(10_000, p99: 0.2)
        let assessment = Assessment(of: evidence)
        #expect(assessment.verdict == .valid && assessment.findings.map(\.rule) == ["target-saturated"])
        #expect(
            assessment.findings.first?.cause
                == "the target was saturated, or slow by itself: the service time's median is 400 ms, its least 1 ms. The generator was at ease "
                + "(p99 of its lag 0.2 ms, CPU 10 %)")
        // Nothing of the kind is said of a target that is not slow, nor by a generator that was not at ease.
        evidence.lag = Self.times(10_000, p99: 200)
        #expect(!Assessment(of: evidence).findings.contains { $0.rule == "target-saturated" })
    }

    // MARK: - Accounts

    @Test(arguments: [(0, nil), (1, .suspect), (2000, .suspect), (2001, .invalid), (-1, .invalid)] as [(Int64, Verdict?)])
    func requestsInNoFigureAreFound(unaccounted: Int64, level: Verdict?) {
        var evidence = Self.atEase
        var worker = WorkerEvidence(name: "a")
        (worker.issued, worker.unaccounted) = (10_000, unaccounted)
        evidence.workers = [worker]
        #expect(Assessment(of: evidence).verdict == level ?? .valid)
        #expect(Assessment(of: evidence).findings.map(\.rule) == (level == nil ? [] : [unaccounted > 0 ? "unaccounted" : "surplus"]))
    }

    @Test func lostWorkersAreNamed() {
        var evidence = Self.atEase
        evidence.workers = ["a", "b"].map { WorkerEvidence(name: $0) }
        evidence.workers[1].isLost = true
        evidence.workers[1].unheard = 12
        let finding = Assessment(of: evidence).findings.first
        #expect(finding?.level == .suspect && finding?.cause.hasPrefix("worker b was lost, and may have sent up to 12 requests") == true)
    }

    /// Starts of two workers in ms, each with its uncertainty.
    @Test(
        arguments: [
            (0, 0, 100, 0, nil), (0, 0, 101, 0, .suspect), (0, 10, 119, 9, nil), (0, 10, 120, 9, .suspect), (-600, 1, 402, 1, .suspect),
            (-600, 1, 403, 1, .invalid), (-500, 50, 499, 50, .suspect), (0, 5000, 4000, 5000, nil),
        ] as [(Int64, Int64, Int64, Int64, Verdict?)])
    func skewCountsBeyondItsUncertainty(first: Int64, firstError: Int64, second: Int64, secondError: Int64, level: Verdict?) {
        var evidence = Self.atEase
        evidence.workers = [("a", first, firstError), ("b", second, secondError)].map { name, start, error in
            var worker = WorkerEvidence(name: name)
            worker.startError = .init(nanoseconds: start * 1_000_000, uncertainty: error * 1_000_000)
            return worker
        }
        #expect(Self.level(evidence, "start-skew") == level)
    }

    @Test(arguments: [(0, nil), (1, .suspect), (99, .suspect), (100, nil)] as [(Int64, Verdict?)])
    func aHandfulOfRequestsIsSuspect(requests: Int64, level: Verdict?) {
        var evidence = Self.atEase
        evidence.requests = requests
        #expect(Self.level(evidence, "few-requests") == level)
    }

    // MARK: - The whole

    @Test func nothingIsFoundAtEase() {
        #expect(Assessment(of: Self.evidence(Self.healthy)).verdict == .valid)
        #expect(Assessment(of: Self.evidence(Self.healthy)).findings.isEmpty)
        #expect(Assessment(of: Evidence()).findings.isEmpty)
    }

    @Test func theWorstFindingIsTheVerdict() {
        let findings = [Verdict.valid, .suspect, .invalid, .suspect].enumerated().map { Finding($1, rule: "\($0)", cause: "") }
        #expect(Assessment(findings).verdict == .invalid)
        #expect(Assessment(findings).findings.map(\.rule) == ["2", "1", "3", "0"])
    }

    @Test func everyFindingIsASentenceWithFigures() {
        var evidence = Self.evidence(Self.healthy)
        evidence.workers[0].health?.pausedNanoseconds = 5_000_000_000
        evidence.workers[0].health?.throttledPeriods = 50
        evidence.workers[0].health?.quotaPeriods = 100
        evidence.portFailures = 5
        evidence.starts = Evidence.Starts(due: 100, begun: 50, dropped: 50)
        let findings = Assessment(of: evidence).findings
        #expect(findings.count >= 5)
        for finding in findings {
            #expect(!finding.figures.isEmpty && finding.figures.allSatisfy { $0.value.isFinite }, "\(finding.rule)")
            #expect(finding.cause.contains { $0.isNumber } && !finding.cause.hasSuffix("."), "\(finding.rule)")
            #expect(finding.remedy.isEmpty || finding.remedy.hasSuffix("."), "\(finding.rule)")
        }
    }

    @Test(
        arguments: [
            (0, "0"), (0.0123, "0.012"), (0.5, "0.5"), (0.123, "0.12"), (1, "1"), (1.44, "1.4"), (12.4, "12"), (99.4, "99"),
            (1234.5, "1,235"),
            (-5000, "-5,000"), (Double.infinity, "?"),
        ] as [(Double, String)])
    func numbersHaveTwoDigitsThatCount(value: Double, text: String) { #expect(VerdictText.number(value) == text) }

    // MARK: - Parts

    private static func level(_ evidence: Evidence, _ rule: String) -> Verdict? {
        Assessment(of: evidence).findings.first { $0.rule == rule }?.level
    }

    /// Times whose tail is at so many milliseconds.
    private static func times(_ count: Int64, p99 milliseconds: Double) -> TimeFigures {
        let tail = Int64(milliseconds * 1e6)
        return TimeFigures(count: count, least: 0, median: tail / 10, p90: tail, p95: tail, p99: tail)
    }

    private static var atEase: Evidence {
        var evidence = Evidence()
        evidence.elapsedNanoseconds = 10_000_000_000
        evidence.requests = 10_000
        evidence.serviceTime = times(10_000, p99: 1)
        evidence.lag = times(10_000, p99: 0.1)
        evidence.delay = times(10_000, p99: 0.1)
        return evidence
    }

    private static var healthy: WorkerHealth {
        var health = WorkerHealth()
        health.watchedNanoseconds = 10_000_000_000
        health.cores = 2
        return health
    }

    private static func evidence(_ health: WorkerHealth) -> Evidence {
        var evidence = atEase
        var worker = WorkerEvidence(name: "a")
        worker.health = health
        evidence.workers = [worker]
        return evidence
    }
}
