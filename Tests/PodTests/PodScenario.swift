/// Something that happens to a fleet of pods, and how it must end.
struct PodScenario: Sendable {
    /// As the table in docs/lifecycle.md has it.
    let name: String
    /// Whether it is part of `make test`, and not only of `make test-pods`.
    var isShort = false
    var plan = PodFleet.Plan()
    /// From the start of the last pod, or the first request if that comes later, to the end of all, in seconds.
    let bound: Double
    /// Starts the fleet and lets it happen; what it answers with are problems seen on the way.
    let happens: @Sendable (PodFleet) throws -> [String]
    /// What the pods must have left.
    let check: @Sendable (inout PodCheck) -> Void

    /// Runs it from start to end. Throws when a pod does not end within the bound.
    func run() throws -> (end: PodEnd, problems: [String]) {
        let fleet = try PodFleet(plan)
        let seen = try happens(fleet)
        var check = PodCheck(end: try fleet.finish(within: bound))
        for pod in check.end.pods where pod.lastLine.isEmpty && pod.exitCode != 137 { check.require(false, "\(pod.name) has no last line") }
        if let fetched = check.end.fetched, let written = check.end.written {
            check.require(fetched == written, "/result is not what --json has written")
        }
        check.require(check.end.seconds <= bound, "it ended after \(check.end.seconds) s, not within \(bound) s")
        self.check(&check)
        return (check.end, seen + check.problems)
    }

    /// All of them.
    static let all = workers + masters + volumes + input
}

/// Holds an end against what it must be.
struct PodCheck {
    let end: PodEnd
    private(set) var problems: [String] = []

    init(end: PodEnd) { self.end = end }

    /// Notes a problem unless something is so.
    mutating func require(_ isTrue: Bool, _ what: String) { if !isTrue { problems.append(what) } }

    /// The exit codes of a pod's containers, in the order in which they were started.
    mutating func require(_ pods: [PodEnd.Container], exitCodes: [Int32]) {
        let codes = pods.map(\.exitCode)
        require(codes == exitCodes, "\(pods.first?.name ?? "a pod") ended with \(codes), not \(exitCodes)")
    }

    /// That all masters and workers ended with 0.
    mutating func requireSuccess() { for pod in end.pods { require([pod], exitCodes: [0]) } }

    /// A word of the log of a container.
    mutating func require(_ pod: PodEnd.Container?, says text: String) {
        require(pod?.errors.contains(text) == true, "\(pod?.name ?? "nobody") does not say '\(text)'")
    }

    /// The last line of the log of a container.
    mutating func require(_ pod: PodEnd.Container?, endsSaying text: String) {
        require(
            pod?.lastLine.contains(text) == true, "the last line of \(pod?.name ?? "nobody") is '\(pod?.lastLine ?? "")', without '\(text)'"
        )
    }

    /// That every request which the target has answered is in the table, was interrupted, or may have been a lost worker's.
    mutating func requireConservation() { require(end.unexplained == nil, end.unexplained ?? "") }

    /// That nothing is unaccounted for beside.
    mutating func requireAccount() {
        requireConservation()
        require(end.result?.unaccountedAtMost == 0, "\(end.result?.unaccountedAtMost ?? -1) requests are unaccounted for")
    }
}
