@testable import LocustLink

/// A Locust worker as far as a master can tell: it obeys at once, and reports what it is given. Pure.
struct SimulatedLocust {
    let id: String
    var users: [String: Int] = [:]
    var version: String? = "2.47.0"
    /// False: it does not carry out orders, as one whose locustfile lacks a class.
    var obeys = true
    /// True: nothing it says is heard, nor does it hear.
    var isCutOff = false
    var hasEnded = false
    private(set) var orders: [LocustSpawn] = []
    private(set) var acknowledgements: [Int?] = []
    private(set) var heartbeats = 0
    private(set) var completedRamps: [Int] = []
    private(set) var files: [String] = []
    private var lastTimestamp = 0.0
    private var isRunning = false
    /// Requests that were not reported yet.
    var unreported: Int64 = 0

    init(_ id: String) { self.id = id }

    /// What it answers.
    mutating func take(_ message: LocustMasterMessage) -> [LocustWorkerMessage] {
        switch message {
        case .acknowledge(let index):
            acknowledgements.append(index)
            return []
        case .spawn(let spawn):
            guard spawn.timestamp > lastTimestamp else { return [.spawning] }
            lastTimestamp = spawn.timestamp
            orders.append(spawn)
            if !isRunning { unreported = 0 }
            isRunning = true
            guard obeys else { return [.spawning] }
            for entry in spawn.users { users[entry.userClass] = entry.count }
            return [.spawning, .spawningComplete(counts)]
        case .spawningComplete(let users):
            completedRamps.append(users)
            return []
        case .heartbeat:
            heartbeats += 1
            return []
        case .stop:
            users = [:]
            isRunning = false
            return [.stopped, .ready(version: version)]
        case .quit:
            users = [:]
            defer { hasEnded = true }
            return [report(), .quit]
        case .noFile(let reason):
            files.append(reason)
            return []
        case .reconnect, .other: return []
        }
    }

    var counts: [LocustUsers] { users.sorted { $0.key < $1.key }.map { LocustUsers($0.key, $0.value) } }
    var total: Int { users.values.reduce(0, +) }

    /// What it has not reported yet, each request of 10 ms.
    mutating func report() -> LocustWorkerMessage {
        var report = LocustReport(total: .total(startTime: 0))
        if unreported > 0 {
            var entry = LocustEntry(name: "/", method: "GET", startTime: 0)
            entry.requests = unreported
            entry.totalResponseTime = Double(unreported) * 10
            (entry.minResponseTime, entry.maxResponseTime) = (10, 10)
            entry.responseTimes = [LocustCount(10, unreported)]
            report.entries = [entry]
            report.total.requests = unreported
        }
        report.users = counts
        unreported = 0
        return .report(report)
    }
}
