/// What iterations are grouped by: the class of the user and the task.
package struct IterationKey: Sendable, Hashable, Comparable {
    package var userClass: String
    package var task: String

    package init(userClass: String, task: String) {
        self.userClass = userClass
        self.task = task
    }

    /// Stands for all tasks above the limit.
    package static let other = IterationKey(userClass: StatisticsLimits.otherName, task: StatisticsLimits.otherName)

    /// By class, then by task: the order of every table and file.
    package static func < (a: IterationKey, b: IterationKey) -> Bool {
        a.userClass == b.userClass ? a.task < b.task : a.userClass < b.userClass
    }
}

/// A group of iterations as one recorder numbers it. Meaningless to any other recorder.
package struct IterationID: Sendable, Hashable {
    /// From 0, dense.
    package let rawValue: Int32

    init(_ value: Int32) { rawValue = value }
}

/// Iterations of one task in one interval.
package struct IterationInterval: Sendable, Equatable {
    package var key: IterationKey
    /// Ended, failed ones included; above 0.
    package var count: Int64 = 0
    /// Ended by an exception.
    package var failed: Int64 = 0
    /// From the moment when the iteration was due.
    package var responseTime = TimeExtent()
    /// From when it did begin.
    package var duration = TimeExtent()
    /// Both times as request 0 in the series `.onTime`, `.response` and `.service` (the duration); ascending.
    package var cells: [HistogramCell] = []

    /// Without iterations.
    package init(key: IterationKey) { self.key = key }

    /// Adds the same task's figures of another snapshot.
    /// - Complexity: O(cells of both)
    mutating func merge(_ other: IterationInterval) {
        count += other.count
        failed += other.failed
        responseTime.merge(other.responseTime)
        duration.merge(other.duration)
        cells.merge(other.cells)
    }
}
