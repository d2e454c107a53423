import Cluster
import Statistics
import Wire

/// Locust workers as `MasterState` takes them for Cicada's: translates what they say into its messages and its orders into Locust's, and plays the part of a
/// worker that Locust's do not have (the plan, numbered deltas, confirmed orders). Pure: no clock, no socket.
struct LocustFleet {
    /// What is to be done.
    enum Output {
        /// `MasterState` is to be told this.
        case tell(Peer, WorkerMessage)
        case send(LocustMasterMessage, to: String)
        case say(Notice)
    }

    /// A worker that is back and gets no order has no users to have; its old ones end after this.
    static let longestWithoutOrder: Int64 = 1_000_000_000
    /// A worker that has not the users it is to have is named after this.
    static let longestBehind: Int64 = 10_000_000_000
    /// A worker of another master is told again after this to end its users and to join.
    private static let strangerAgain: Int64 = 30_000_000_000
    private static let mostStrangers = 1000
    private static let mostOtherTypes = 20

    let settings: LocustFleetSettings
    private(set) var peers: [LocustPeer] = []
    private var positions: [String: Int] = [:]
    private var appearances: UInt64 = 0
    private var strangers: [String: Int64] = [:]
    private var otherTypes: Set<String> = []
    private var tracebacks = LocustTracebacks()
    /// Peers with exceptions that were not told yet.
    private var withExceptions: Set<Int> = []
    private var lastTimestamp = 0.0
    private var ramp = LocustRamp()
    /// Messages of workers that this master does not know; they had no effect.
    private(set) var foreign = 0

    init(_ settings: LocustFleetSettings) { self.settings = settings }

    /// Takes a Locust worker's word.
    mutating func take(_ message: LocustWorkerMessage, from id: String, now: Int64) -> [Output] {
        if case .fileRequest = message { return [.send(.noFile(reason: Self.noFile), to: id)] }
        guard let index = positions[id], !peers[index].hasLeft else { return takeOfStranger(message, from: id, now: now) }
        peers[index].hear(now: now)
        let peer = peers[index].peer
        switch message {
        case .ready: return greetAgain(index)
        case .heartbeat(let heartbeat):
            (peers[index].cpuPercent, peers[index].memoryBytes) = (heartbeat.cpuPercent, heartbeat.memoryBytes)
            // Its first report comes before the second of these, and says more.
            guard peers[index].isReady else { return [.send(.heartbeat, to: id)] + (peers[index].noteIdleHeartbeat() ? admit(index) : []) }
            return [.send(.heartbeat, to: id), .tell(peer, .heartbeat(peers[index].heartbeat()))]
        case .spawning:
            peers[index].noteOrderHeard()
            return []
        case .spawningComplete(let users): return note(users, of: index)
        case .report(let report): return take(report, of: index)
        case .exception(let message, let traceback):
            guard peers[index].takesPart else { return [] }
            let exception = tracebacks.exception(message: message, traceback: traceback)
            peers[index].exceptions[exception.example.place, default: exception].count +=
                peers[index].exceptions[exception.example.place] == nil ? 0 : 1
            withExceptions.insert(index)
            return []
        case .logs(let lines):
            let news = peers[index].log.news(in: lines)
            return news.isEmpty ? [] : [.tell(peer, .logs(news))]
        case .stopped, .fileRequest: return []
        case .quit: return dismiss(index)
        case .other(let type): return sayOther(type, from: id)
        }
    }

    /// What came in at once has been taken: exceptions of it are told.
    mutating func flush() -> [Output] {
        if withExceptions.isEmpty { return [] }
        defer { withExceptions.removeAll() }
        return withExceptions.sorted().flatMap { tell(IntervalSnapshot(), of: $0) }
    }

    /// Takes an order of `MasterState`. `wall`: seconds since 1970.
    mutating func take(_ order: MasterMessage, to peer: Peer, now: Int64, wall: Double) -> [Output] {
        guard let index = positions[peer.name], peers[index].session == peer.session else { return [] }
        switch order {
        case .welcome(let welcome):
            peers[index].welcome = welcome
            let isKnown = peers[index].isReady
            return [.send(.acknowledge(index: welcome.index), to: peer.name)] + (isKnown ? admit(index) : [])
        case .targets(let targets):
            guard peers[index].endingSince == nil, !peers[index].hasLeft else { return [] }
            let order = LocustPeer.Order(version: targets.version, counts: targets.counts.map(\.count))
            ramp.note(targets, now: now)
            guard peers[index].take(order, now: now) else { return [] }
            return [.send(spawn(order.counts, for: peers[index], wall: wall), to: peer.name)]
        case .stop, .quit:
            guard !peers[index].hasLeft, peers[index].endingSince == nil else { return [] }
            peers[index].endingSince = now
            // Locust's `stop` would have it wait for as long again as its users took; `quit` ends them likewise, and has it report all.
            return [.send(.quit, to: peer.name)]
        case .wait, .planChunk, .arrivals, .share, .once, .rows, .heartbeat, .acknowledge: return []
        }
    }

    /// Time has passed. `wall`: seconds since 1970.
    mutating func tick(now: Int64, wall: Double) -> [Output] {
        var outputs: [Output] = []
        for index in peers.indices where !peers[index].hasLeft {
            if let since = peers[index].endingSince {
                // It is there, and has not heard it.
                guard now - since > settings.stopTimeoutNanoseconds + 3_000_000_000, now - peers[index].lastHeard < 2_000_000_000 else {
                    continue
                }
                peers[index].endingSince = now
                outputs.append(.send(.quit, to: peers[index].id))
                continue
            }
            if let since = peers[index].returnedAt, now - since > Self.longestWithoutOrder {
                peers[index].takeOrderToEnd(now: now)
                outputs.append(.send(spawn(peers[index].users.map { _ in 0 }, for: peers[index], wall: wall), to: peers[index].id))
            }
            // Users that are to leave may end their tasks first.
            let patience = Self.longestBehind + (peers[index].hasLeavers ? settings.stopTimeoutNanoseconds : 0)
            if let since = peers[index].behindSince, !peers[index].isNamed, now - peers[index].lastHeard < MasterSettings.lease,
                now - since > patience
            {
                peers[index].isNamed = true
                outputs.append(.say(Notice(words(ofBehind: peers[index]), isWarning: true)))
            }
        }
        let active = peers.filter { !$0.hasLeft && $0.endingSince == nil && $0.order != nil }
        if ramp.isDone(allConfirmed: active.allSatisfy(\.isConfirmed), now: now) {
            let users = active.reduce(0) { $0 + ($1.order?.counts.reduce(0, +) ?? 0) }
            outputs += active.map { .send(.spawningComplete(users: users), to: $0.id) }
        }
        return outputs
    }

    // MARK: - Parts

    private static let noFile =
        "this master is Cicada's and has no locustfile: start the worker with a file of its own (locust --worker -f FILE)"

    private mutating func takeOfStranger(_ message: LocustWorkerMessage, from id: String, now: Int64) -> [Output] {
        switch message {
        case .ready(let version):
            guard peers.count < WireBounds.workers else {
                foreign += 1
                return [.send(.quit, to: id)]
            }
            appearances += 1
            let words = version.map { $0.isEmpty ? "of unknown version" : $0 } ?? "worker"
            let peer = LocustPeer(id: id, session: appearances, version: words, classes: settings.classes.count, now: now)
            positions[id] = peers.count
            peers.append(peer)
            strangers[id] = nil
            return [.tell(peer.peer, .hello(settings.hello(of: peer)))]
        case .heartbeat:
            // One that another master had, which is gone: it ends that master's users, and then says that it is ready.
            foreign += 1
            guard now - (strangers[id] ?? .min / 2) > Self.strangerAgain, strangers[id] != nil || strangers.count < Self.mostStrangers
            else {
                return []
            }
            let isNew = strangers.updateValue(now, forKey: id) == nil
            let words =
                "worker \(id) was another master's: it is told to end its users and to join; what it measured there is not counted here"
            return (isNew ? [.say(Notice(words))] : []) + [.send(.stop, to: id)]
        case .spawning, .spawningComplete:
            foreign += 1
            return [.send(.quit, to: id)]
        case .report, .exception, .logs, .other:
            foreign += 1
            return []
        case .stopped, .quit, .fileRequest: return []
        }
    }

    /// A worker that is known says again that it is ready: it did not hear the answer, or has no users any more.
    private mutating func greetAgain(_ index: Int) -> [Output] {
        guard peers[index].endingSince == nil else { return [] }
        peers[index].noteMissing()
        guard let known = peers[index].welcome?.index else { return [.tell(peers[index].peer, .hello(settings.hello(of: peers[index])))] }
        peers[index].unconfirm()
        return [.send(.acknowledge(index: known), to: peers[index].id), .tell(peers[index].peer, .heartbeat(peers[index].heartbeat()))]
    }

    /// It has been welcomed, and has said what there is to say before the first order.
    private mutating func admit(_ index: Int) -> [Output] {
        guard let welcome = peers[index].welcome else { return [] }
        peers[index].isReady = true
        let ready = WorkerReady(
            planHash: welcome.planHash, capacity: LocustFleetSettings.capacity, limit: "Locust \(peers[index].version)", threads: 1)
        return [.tell(peers[index].peer, .ready(ready))]
    }

    /// A worker's first report names the classes of its locustfile.
    private mutating func noteClasses(_ users: [LocustUsers], of index: Int) -> [Output] {
        let own = users.map(\.userClass)
        let missing = settings.classes.filter { !own.contains($0) }
        guard !own.isEmpty, !missing.isEmpty else { return [] }
        peers[index].missingClasses = Set(missing)
        let words =
            "worker \(peers[index].id) has no user class \(missing.prefix(10).joined(separator: ", ")), so it gets no users of it: its locustfile has "
            + own.sorted().prefix(10).joined(separator: ", ") + " (--locust-classes)"
        return [.say(Notice(words, isWarning: true))]
    }

    private mutating func note(_ users: [LocustUsers], of index: Int) -> [Output] {
        let counts = settings.classes.map { name in users.first { $0.userClass == name }?.count ?? 0 }
        guard peers[index].note(counts) else { return [] }
        // At once: others may wait for users that have left here.
        return [.tell(peers[index].peer, .heartbeat(peers[index].heartbeat()))]
    }

    private mutating func take(_ report: LocustReport, of index: Int) -> [Output] {
        if !peers[index].isReady, peers[index].welcome != nil { return noteClasses(report.users, of: index) + admit(index) }
        let outputs = note(report.users, of: index)
        // Its first order clears what it had measured before.
        guard peers[index].takesPart, report.total.requests > 0 || !report.entries.isEmpty || !report.errors.isEmpty else { return outputs }
        return tell(report.snapshot(names: &peers[index].names), of: index) + outputs
    }

    private mutating func tell(_ snapshot: IntervalSnapshot, of index: Int) -> [Output] {
        peers[index].delta(snapshot).map { [.tell(peers[index].peer, .delta($0))] } ?? []
    }

    private mutating func dismiss(_ index: Int) -> [Output] {
        let outputs = tell(IntervalSnapshot(), of: index)
        withExceptions.remove(index)
        peers[index].hasLeft = true
        let peer = peers[index].peer
        if peers[index].endingSince != nil { return outputs + [.tell(peer, .stopped), .tell(peer, .quit)] }
        let words =
            "worker \(peer.name) was told by others to end: Locust's workers leave without a last report, so what it did after the one before, up to "
            + "3 s, is in no figure"
        return outputs + (peers[index].takesPart ? [.say(Notice(words, isWarning: true))] : []) + [.tell(peer, .quit)]
    }

    private mutating func sayOther(_ type: String, from id: String) -> [Output] {
        guard otherTypes.count < Self.mostOtherTypes, otherTypes.insert(type).inserted else { return [] }
        return [.say(Notice("worker \(id) sends messages of a type of its own, \"\(type)\", which nobody here takes", isWarning: true))]
    }

    /// A class that a worker does not have would end its way of carrying out orders.
    private mutating func spawn(_ counts: [Int], for peer: LocustPeer, wall: Double) -> LocustMasterMessage {
        lastTimestamp = max(wall, lastTimestamp + 0.001)
        let users = zip(settings.classes, counts).map { LocustUsers($0, $1) }.filter { !peer.missingClasses.contains($0.userClass) }
        var spawn = LocustSpawn(
            timestamp: lastTimestamp, users: users, host: settings.host,
            stopTimeout: Double(settings.stopTimeoutNanoseconds) / 1e9)
        spawn.options = settings.options
        return .spawn(spawn)
    }

    private func words(ofBehind peer: LocustPeer) -> String {
        let order = peer.order?.counts ?? []
        let missing = zip(settings.classes, zip(peer.users, order)).filter { $1.0 != $1.1 }
            .map { "\($0): \($1.0) of \($1.1)" }.prefix(10).joined(separator: ", ")
        return "worker \(peer.id) does not have the users that it is to have, 10 s after it was told"
            + (missing.isEmpty ? "" : " (\(missing))") + ": see its log; its locustfile must have all of the classes "
            + settings.classes.prefix(10).joined(separator: ", ")
    }
}
