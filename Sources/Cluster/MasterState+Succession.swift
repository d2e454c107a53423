import LoadModel
import Statistics
import Wire

/// A worker's process that takes the place of another one: the next pod of the same index of an Indexed Job.
extension MasterState {
    /// A process whose place is still another's.
    struct Claim {
        /// When it first asked; later by what the master's own process stood still.
        var since: Int64
        var lastHeard: Int64
    }

    /// What becomes of a process that says hello for the first time.
    enum Succession {
        /// Its place is free.
        case free
        /// Another one has it, or may still have users; in words.
        case wait(String)
        /// Another one has it and lives; in words.
        case refused(String)
    }

    /// So long a process is kept waiting for a place whose holder lives: longer than a worker that was told to end needs to deliver.
    package static let longestClaimNanoseconds: Int64 = 20_000_000_000
    /// One that was not heard of for so long does not ask any more.
    private static let forgottenClaimNanoseconds: Int64 = 2_000_000_000

    /// True while somebody is about to take the place of a worker that was lost.
    func hasSuccessor(now: Int64) -> Bool {
        claims.values.contains { now - $0.lastHeard < Self.forgottenClaimNanoseconds }
            || entries.contains { $0.phase == .joining && $0.hello.index != nil }
    }

    /// What is wrong with a worker's index, in words; nil: nothing.
    func objection(toIndexOf hello: WorkerHello, name: String) -> String? {
        guard let index = hello.index, index >= settings.plannedWorkers else { return nil }
        let workers = settings.plannedWorkers
        let range = workers == 1 ? "whose index is 0" : "whose indexes are 0 to \(workers - 1)"
        let run = "the run is of \(workers) worker\(workers == 1 ? "" : "s") (--expect-workers), \(range)"
        return "worker \(name) has index \(index), but \(run)"
    }

    /// Whether a process that is not known may join now.
    mutating func succession(of hello: WorkerHello, peer: Peer, now: Int64) -> (Succession, [MasterAction]) {
        guard hello.index != nil else { return (.free, []) }
        let rivals = rivals(of: hello, name: peer.name)
        if let living = rivals.first(where: { !isOverdue($0, now: now) }) {
            let holder = entries[living].account
            let waited = noteClaim(of: peer, now: now)
            guard waited <= Self.longestClaimNanoseconds else {
                claims[peer] = nil
                return (.refused("\(Self.place(hello, peer)) is that of \(holder), which is alive; let only one process have it"), [])
            }
            let words =
                "\(Self.place(hello, peer)) is still that of \(holder), which was heard of lately. It is free when that has left or is lost; "
                + "asking for \(Self.longestClaimNanoseconds / 1_000_000_000) s at most"
            guard waited == 0 else { return (.wait(words), []) }
            return (.wait(words), sayOfStranger("worker \(peer.name): another process waits to take its place", isWarning: false))
        }
        if let before = resumed[peer.name], before.session != hello.session, positions[peer.name] == nil,
            absent[before.account]?.mayReturn == true, now < inheritanceEnd + MasterSettings.lossMargin
        {
            _ = noteClaim(of: peer, now: now)
            return (.wait("\(Self.place(hello, peer)) may still have users by the order of the master before this one; that ends soon"), [])
        }
        claims[peer] = nil
        var actions: [MasterAction] = []
        // Before its successor is there: what it was about goes to others.
        for rival in rivals {
            if entries[rival].phase != .lost { actions += lose(rival, isSucceeded: true, now: now) }
            replace(rival, now: now)
        }
        return (.free, actions)
    }

    /// The place of a worker that joins as the `index`-th: that of its index in the Job, or else that of the order of joining, unless another worker
    /// has, or had, that place.
    func place(of hello: WorkerHello, index: Int) -> Int {
        let wanted = hello.index ?? (earlierWorkers + index)
        let isTaken = entries.contains { $0.place == wanted && (hello.index == nil || $0.hello.index != hello.index) }
        guard isTaken else { return wanted }
        // Beyond those that the run begins with, where numbers are for late workers.
        return entries.reduce(max(settings.plannedWorkers, earlierWorkers + index)) { max($0, $1.place + 1) }
    }

    /// A master whose process stood still has not looked for that long.
    mutating func excuseClaims(pause: Int64) {
        for peer in Array(claims.keys) {
            claims[peer]?.since += pause
            claims[peer]?.lastHeard += pause
        }
    }

    /// Workers that have the name or the index of another process and may still be there.
    private func rivals(of hello: WorkerHello, name: String) -> [Int] {
        entries.indices.filter {
            entries[$0].isKnown && entries[$0].hello.session != hello.session
                && (entries[$0].name == name || entries[$0].hello.index == hello.index)
        }
    }

    private func isOverdue(_ index: Int, now: Int64) -> Bool {
        entries[index].phase == .lost || entries[index].silence(now: now) > (settings.leaseNanoseconds ?? 0) + MasterSettings.lossMargin
    }

    /// Answers how long it has been asking.
    private mutating func noteClaim(of peer: Peer, now: Int64) -> Int64 {
        if let claim = claims[peer] {
            claims[peer]?.lastHeard = now
            return now - claim.since
        }
        claims = claims.filter { now - $0.value.lastHeard < Self.longestClaimNanoseconds }
        if claims.count < Self.mostWorkers { claims[peer] = Claim(since: now, lastHeard: now) }
        return 0
    }

    private static func place(_ hello: WorkerHello, _ peer: Peer) -> String { "the place of \(peer.name) (index \(hello.index ?? 0))" }
}
