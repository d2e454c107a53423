import Synchronization

/// Figures of one engine thread that others may read at any time: written by that thread alone, with plain stores.
///
/// Each figure is exact for some moment in the last turn of the thread's loop; no two of them need be of the same moment.
package final class EngineGauges: Sendable {
    /// Threads write these some hundred thousand times a second: no two of them may share a cache line.
    private let distanceBefore = InlineArray<8, Int64>(repeating: 0)
    private let issued = Atomic<Int64>(0)
    private let connections = Atomic<Int>(0)
    private let opened = Atomic<Int>(0)
    private let call = Atomic<UInt64>(StepMark.none.word)
    private let pending = Atomic<Int>(0)
    private let users: [ClassGauge]
    private let rows: [RowGauge]
    private let distanceAfter = InlineArray<8, Int64>(repeating: 0)

    private final class ClassGauge: Sendable {
        let count = Atomic<Int>(0)
        let ended = Atomic<Int>(0)
    }

    private final class RowGauge: Sendable {
        let drawn = Atomic<Int>(0)
    }

    /// Gauges that stand at 0, for a thread with so many user classes and data sources.
    package init(userClasses: Int, dataSources: Int = 0) {
        users = (0..<userClasses).map { _ in ClassGauge() }
        rows = (0..<dataSources).map { _ in RowGauge() }
    }

    /// Requests handed to the transport since the thread began. Any thread.
    package var requestsIssued: Int64 { issued.load(ordering: .relaxed) }

    /// Sockets open, idle ones included. Any thread.
    package var openConnections: Int { connections.load(ordering: .relaxed) }

    /// Sockets opened since the thread began. Any thread.
    package var connectionsOpened: Int { opened.load(ordering: .relaxed) }

    /// Starts of the open model that are this thread's to make and not made yet, as far as it has looked, and iterations under way; 0: none. Any thread.
    package var pendingStarts: Int { pending.load(ordering: .relaxed) }

    /// Users active by class, leaving ones included; in the order of `EngineSettings.userClasses`. Any thread.
    /// - Complexity: O(classes), and allocates.
    package var activeUsers: [Int] { users.map { $0.count.load(ordering: .acquiring) } }

    /// Users that have ended for good of their own accord since the thread began, by class. A user is counted here before it leaves
    /// `activeUsers`: the sum of both is never too small for who reads those first. Any thread.
    /// - Complexity: O(classes), and allocates.
    package var endedUsers: [Int] { users.map { $0.ended.load(ordering: .relaxed) } }

    /// Rows handed to users since the thread began, by data source. Any thread.
    /// - Complexity: O(data sources), and allocates.
    package var drawnRows: [Int] { rows.map { $0.drawn.load(ordering: .relaxed) } }

    /// The call into the script that the thread is in. Any thread; see `StepWatch`.
    var stepMark: StepMark { StepMark(word: call.load(ordering: .relaxed)) }

    /// Number of user classes.
    var userClasses: Int { users.count }

    /// Shows how many requests were issued. The engine thread.
    func show(requestsIssued count: Int64) { issued.store(count, ordering: .relaxed) }

    /// Shows how many connections are open, and were opened. The engine thread.
    func show(openConnections count: Int, opened total: Int) {
        connections.store(count, ordering: .relaxed)
        opened.store(total, ordering: .relaxed)
    }

    /// Shows how many starts and iterations are to be made or ended yet. The engine thread.
    func show(pendingStarts count: Int) { pending.store(count, ordering: .relaxed) }

    /// Shows one user more, or less, of a class. The engine thread.
    func add(_ difference: Int, userClass: Int) {
        let count = users[userClass].count.load(ordering: .relaxed)
        users[userClass].count.store(count + difference, ordering: .releasing)
    }

    /// Shows one user more of a class that has ended of its own accord. The engine thread.
    func addEnded(userClass: Int) {
        let count = users[userClass].ended.load(ordering: .relaxed)
        users[userClass].ended.store(count + 1, ordering: .relaxed)
    }

    /// Shows more rows of a data source that were handed out; nothing for a source that is not gauged. The engine thread.
    func add(drawnRows count: Int, source: Int) {
        guard rows.indices.contains(source) else { return }
        rows[source].drawn.store(rows[source].drawn.load(ordering: .relaxed) + count, ordering: .relaxed)
    }

    /// Shows which call into the script the thread is in. The engine thread.
    func show(_ mark: StepMark) { call.store(mark.word, ordering: .relaxed) }
}
