import LoadModel
import Statistics

/// How a run stands at one moment, for those who read Locust's figures over HTTP. A value; whoever gets one may draw it at leisure.
package struct LocustView: Sendable {
    /// Locust's words.
    package enum State: String, Sendable {
        /// Workers are awaited.
        case ready
        /// Users are being started.
        case spawning
        /// The load goes on.
        case running
        /// The stop was ordered.
        case stopping
        /// The run is over.
        case stopped
    }

    package var state = State.ready
    /// Users that are active.
    package var users = 0
    /// Those of each class, in the order of `classes`.
    package var usersByClass: [Int] = []
    package var workers: [WorkerRow] = []
    /// Everything measured so far, for who makes a digest of it; nil: the digest is there.
    package var result: RunResult?
    /// What the tables say.
    package var digest = RunDigest()
    package var info: RunInfo
    /// What each request did lately.
    package var recent = RecentRequests()
    /// Whole seconds of the run that are behind it; 0: none.
    package var seconds = 0
    /// What the run consists of.
    package var classes: [UserClass]
    /// What was said of the run, the oldest first.
    package var log: [String] = []
    /// What scripts printed, by worker, the oldest first.
    package var workerLogs: [String: [String]] = [:]

    /// Before the run.
    package init(info: RunInfo, classes: [UserClass]) {
        self.info = info
        self.classes = classes
    }

    /// Workers that take part now.
    package var workerCount: Int { workers.count { Self.locustState(of: $0) != nil && Self.locustState(of: $0) != "missing" } }

    /// Locust's word for where a worker stands; nil: Locust would not name it any more.
    static func locustState(of worker: WorkerRow) -> String? {
        switch worker.state {
        case "joining", "ready": "ready"
        case "spawning", "running", "stopping": worker.state
        // A second without a word; Locust waits longer before it says anything.
        case "silent": "running"
        case "lost", "failed": "missing"
        default: nil
        }
    }
}
