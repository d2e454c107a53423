import Synchronization

/// Figures of one engine thread that others may read at any time: written by that thread alone, with plain stores.
///
/// Each figure is exact for some moment in the last turn of the thread's loop; no two of them need be of the same moment.
package final class EngineGauges: Sendable {
    /// Threads write these some hundred thousand times a second: no two of them may share a cache line.
    private let distanceBefore = InlineArray<8, Int64>(repeating: 0)
    private let issued = Atomic<Int64>(0)
    private let connections = Atomic<Int>(0)
    private let users: [ClassGauge]
    private let distanceAfter = InlineArray<8, Int64>(repeating: 0)

    private final class ClassGauge: Sendable {
        let count = Atomic<Int>(0)
    }

    /// Gauges that stand at 0, for a thread with so many user classes.
    package init(userClasses: Int) { users = (0..<userClasses).map { _ in ClassGauge() } }

    /// Requests handed to the transport since the thread began. Any thread.
    package var requestsIssued: Int64 { issued.load(ordering: .relaxed) }

    /// Sockets open, idle ones included. Any thread.
    package var openConnections: Int { connections.load(ordering: .relaxed) }

    /// Users active by class, leaving ones included; in the order of `EngineSettings.userClasses`. Any thread.
    /// - Complexity: O(classes), and allocates.
    package var activeUsers: [Int] { users.map { $0.count.load(ordering: .relaxed) } }

    /// Number of user classes.
    var userClasses: Int { users.count }

    /// Shows how many requests were issued. The engine thread.
    func show(requestsIssued count: Int64) { issued.store(count, ordering: .relaxed) }

    /// Shows how many connections are open. The engine thread.
    func show(openConnections count: Int) { connections.store(count, ordering: .relaxed) }

    /// Shows one user more, or less, of a class. The engine thread.
    func add(_ difference: Int, userClass: Int) {
        let count = users[userClass].count.load(ordering: .relaxed)
        users[userClass].count.store(count + difference, ordering: .relaxed)
    }
}
