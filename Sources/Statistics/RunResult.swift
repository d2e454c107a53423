import LoadModel

package struct RunResult: Sendable {
    package init(limits: StatisticsLimits = StatisticsLimits()) {}
    package mutating func merge(_ snapshot: IntervalSnapshot, fromWorker worker: String, second: Int) { fatalError() }
    package mutating func noteIssued(_ total: Int64, byWorker worker: String) { fatalError() }
    package mutating func noteUsers(_ users: Int, second: Int) { fatalError() }
}
