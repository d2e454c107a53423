import Wire

/// What a Locust worker tells its master: one MessagePack array `[type, data, id]` each (Locust 2.47).
package enum LocustWorkerMessage: Sendable, Equatable {
    /// I am here, with this version; nil: not to be compared (`-1`). `client_ready`
    case ready(version: String?)
    /// Send me the files of the test. `locustfile`
    case fileRequest
    /// Every second. `heartbeat`
    case heartbeat(LocustHeartbeat)
    /// An order has come in. `spawning`
    case spawning
    /// The order has been carried out; users by class. `spawning_complete`
    case spawningComplete([LocustUsers])
    /// What was measured since the last report. `stats`
    case report(LocustReport)
    /// A task has raised an exception, once. `exception`
    case exception(message: String, traceback: String)
    /// The whole log of the worker, its last 500 lines. `logs`
    case logs([String])
    /// All users have ended after a stop. `client_stopped`
    case stopped
    /// I am leaving. `quit`
    case quit
    /// A type that only the users' own code knows.
    case other(type: String)
}

/// What a Locust worker is doing.
package enum LocustActivity: String, Sendable, Equatable {
    case ready, spawning, running
}

/// A Locust worker's sign of life.
package struct LocustHeartbeat: Sendable, Equatable {
    package var activity: LocustActivity
    /// Percent of one core; 0 in the first 10 s.
    package var cpuPercent: Double
    /// Resident, in bytes; 0 in the first 10 s.
    package var memoryBytes: Int64

    package init(activity: LocustActivity, cpuPercent: Double = 0, memoryBytes: Int64 = 0) {
        self.activity = activity
        self.cpuPercent = cpuPercent
        self.memoryBytes = memoryBytes
    }
}

/// Users of one class.
package struct LocustUsers: Sendable, Equatable {
    package var userClass: String
    package var count: Int

    package init(_ userClass: String, _ count: Int) {
        self.userClass = userClass
        self.count = count
    }
}

/// What a Locust worker measured between two of its reports.
package struct LocustReport: Sendable, Equatable {
    /// Those that had requests.
    package var entries: [LocustEntry] = []
    /// Over all names.
    package var total: LocustEntry
    package var errors: [LocustError] = []
    /// Users by class when the report was made.
    package var users: [LocustUsers] = []

    package init(total: LocustEntry) { self.total = total }
}

/// One name's figures in a report. Times are in milliseconds, moments in seconds since 1970 by the worker's clock.
package struct LocustEntry: Sendable, Equatable {
    /// Of the total: `Aggregated`.
    package var name: String
    /// Of the total: empty.
    package var method: String
    package var lastRequestTimestamp: Double?
    package var startTime: Double
    /// All requests, failed ones and those without a time included.
    package var requests: Int64 = 0
    package var requestsWithoutTime: Int64 = 0
    package var failures: Int64 = 0
    /// Not rounded, as the two below.
    package var totalResponseTime = 0.0
    package var maxResponseTime = 0.0
    package var minResponseTime: Double?
    package var contentLength: Int64 = 0
    /// The histogram: rounded times (`LocustTime.key`), ascending, each once.
    package var responseTimes: [LocustCount] = []
    /// Requests by second since 1970, ascending, each once. Empty in what was read: no master of ours needs it.
    package var requestsPerSecond: [LocustCount] = []
    /// The same of failures.
    package var failuresPerSecond: [LocustCount] = []

    package init(name: String, method: String, startTime: Double) {
        self.name = name
        self.method = method
        self.startTime = startTime
    }

    /// The entry of all names of an interval.
    package static func total(startTime: Double) -> LocustEntry { LocustEntry(name: "Aggregated", method: "", startTime: startTime) }
}

/// How often a whole number occurred.
package typealias LocustCount = NumberCount

/// Failures of one name with one text.
package struct LocustError: Sendable, Equatable {
    package var name: String
    package var method: String
    /// The exception as Python writes it (`repr`).
    package var text: String
    package var occurrences: Int64
    /// In seconds since 1970, by the worker's clock.
    package var firstSeen: Double
    package var lastSeen: Double

    package init(name: String, method: String, text: String, occurrences: Int64, firstSeen: Double, lastSeen: Double) {
        self.name = name
        self.method = method
        self.text = text
        self.occurrences = occurrences
        self.firstSeen = firstSeen
        self.lastSeen = lastSeen
    }
}
