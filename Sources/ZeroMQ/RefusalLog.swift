/// Which refusals have been told already, so that a port scan makes one line and not thousands. Pure.
struct RefusalLog {
    private struct Known: Hashable {
        var address: String?
        var reason: Refusal.Reason
    }

    /// How many pairs of address and reason are remembered; beyond it refusals are only counted.
    static let greatestNumberRemembered = 1000

    /// All refusals so far.
    private(set) var count = 0
    private var known: Set<Known> = []
    private var untold: [Refusal] = []

    /// Counts a refusal, and keeps it for `take` when its address and reason are new.
    mutating func note(_ reason: Refusal.Reason, from address: String?) {
        count += 1
        guard known.count < Self.greatestNumberRemembered else { return }
        if known.insert(Known(address: address, reason: reason)).inserted { untold.append(Refusal(address: address, reason: reason)) }
    }

    /// The refusals that nobody was told of yet.
    mutating func take() -> [Refusal] {
        defer { untold = [] }
        return untold
    }
}
