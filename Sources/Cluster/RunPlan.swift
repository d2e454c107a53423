import HTTPTransport
import Judgement
import LoadModel
import Scripting

/// Everything that a run is: what the master gives to its workers before the first user starts.
package struct RunPlan: Sendable {
    package var script: Script
    /// What this run executes of what the script declares: the tasks that `tags` and `excludedTags` leave, and each class with its host,
    /// connections and profile in this run. All else is as the script says, for workers read it there.
    package var scenario: Scenario
    /// Only tasks with one of these tags; empty: all.
    package var tags: Set<String> = []
    /// No tasks with one of these tags.
    package var excludedTags: Set<String> = []
    package var load: Load
    /// No iteration begins after so many, over all workers; nil: any number.
    package var iterationLimit: Int?
    /// No iteration begins once so many requests were issued, over all workers; nil: any number.
    package var requestLimit: Int?
    /// What ends in so long from the start of the run is not in the result.
    package var warmUpNanoseconds: Int64 = 0
    /// What the run is judged by.
    package var thresholds: [Threshold] = []
    /// From the start of the run; nil: until it is interrupted.
    package var runTimeNanoseconds: Int64?
    /// How long running tasks may go on after the stop.
    package var stopGraceNanoseconds: Int64 = 0
    /// Engine threads in a worker; nil: as many as the worker has cores.
    package var engineThreads: Int?
    /// Connections that all workers together may have open at once; further requests wait for one. Nil: what the workers' descriptors allow.
    package var connectionCap: Int?
    /// Connections that all workers together may open per second; further requests that need one wait. Nil: any number.
    package var connectRate: Double?
    package var transport = TransportOptions()
    /// Seed of all random choices, the engine's and the script's.
    package var seed: UInt64
    /// Memory that each Lua state may hold, in bytes.
    package var scriptMemoryBytes = 256 << 20

    /// What the master leases: rows of the data sources, and behind them iterations and requests where there are to be so many. In the open model the
    /// schedule says how many iterations there are.
    var leased: [DataSource] { scenario.dataSources + budgets }

    private var budgets: [DataSource] {
        [load.arrivals == nil ? iterationLimit : nil, requestLimit].compactMap(\.self)
            .map { DataSource(file: "", scope: .iteration, atEnd: .stopUser, rows: $0) }
    }

    /// Under which number iterations are leased; nil: they are not.
    var iterationSource: Int? { load.arrivals == nil && iterationLimit != nil ? scenario.dataSources.count : nil }

    /// The same of requests.
    var requestSource: Int? { requestLimit == nil ? nil : leased.count - 1 }

    /// How long the run lasts at most; nil: until something ends it.
    package var longestRunNanoseconds: Int64? { runTimeNanoseconds ?? load.endNanoseconds }

    /// Whole seconds of warm-up: what a worker measures in a second belongs to one side.
    var warmUpSeconds: Int { Int((warmUpNanoseconds + 500_000_000) / 1_000_000_000) }

    /// Starts of the open model that are due from then on are none of the run's.
    var endOfStarts: Int64 {
        let limit = iterationLimit.flatMap { load.arrivals?.schedule.due(after: $0) } ?? .max
        return min(limit, longestRunNanoseconds ?? .max)
    }

    package init(script: Script, scenario: Scenario, load: Load, seed: UInt64) {
        self.script = script
        self.scenario = scenario
        self.load = load
        self.seed = seed
    }
}
