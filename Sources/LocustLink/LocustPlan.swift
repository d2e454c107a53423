import Cluster
import LoadModel
import ZeroMQ

/// What a Locust master's order says of how a test is run, beside its users.
package struct LocustTerms: Sendable, Equatable {
    /// Takes the place of every class's host; nil: it does not.
    package var host: String?
    /// Only tasks with one of these tags; empty: what the worker was started with.
    package var tags: Set<String> = []
    /// No tasks with one of these tags; empty: what the worker was started with.
    package var excludedTags: Set<String> = []
    /// How long running tasks of users that leave may go on.
    package var stopGraceNanoseconds: Int64 = 0

    package init() {}

    /// Those of an order.
    package init(_ order: LocustSpawn) {
        host = order.host.flatMap { $0.isEmpty ? nil : $0 }
        tags = Self.words(order.options["tags"])
        excludedTags = Self.words(order.options["exclude_tags"])
        stopGraceNanoseconds = order.stopGraceNanoseconds
    }

    private static func words(_ text: String?) -> Set<String> {
        Set((text ?? "").split(separator: ",").map { $0.split(separator: " ").joined(separator: " ") }.filter { !$0.isEmpty })
    }
}

extension LocustSpawn {
    /// How long running tasks may go on at a stop.
    package var stopGraceNanoseconds: Int64 { Int64(min(max(stopTimeout ?? 0, 0), 1e6) * 1e9) }
}

/// A plan that a worker has by itself: its master cannot send one.
package struct LocustPlan: Sendable {
    /// The plan as a Cicada master would send it.
    package let bytes: [UInt8]
    /// Its SHA-256.
    package let hash: [UInt8]
    /// Names of the user classes, in the plan's order.
    package let classes: [String]
    /// Classes that have no host: neither the script nor the order names one.
    package let classesWithoutHost: Set<String>
    package let hasSetup: Bool
    package let hasTeardown: Bool
    let rows: LocustRows
    /// See `RunPlan`.
    private(set) var connectRate: Double?

    /// A plan of these bytes, which are not looked at.
    init(bytes: [UInt8], classes: [String], hasSetup: Bool = false, hasTeardown: Bool = false, rows: LocustRows) {
        self.bytes = bytes
        hash = SHA256.hash(bytes)
        self.classes = classes
        classesWithoutHost = []
        self.hasSetup = hasSetup
        self.hasTeardown = hasTeardown
        self.rows = rows
    }

    /// `plan`: with a placeholder for hosts that are not known, of `classesWithoutHost`. `part`: see `LocustRows`.
    package init(_ plan: RunPlan, classesWithoutHost: Set<String> = [], part: LocustDataPart = LocustDataPart()) {
        bytes = plan.encoded()
        hash = SHA256.hash(bytes)
        classes = plan.scenario.userClasses.map(\.name)
        self.classesWithoutHost = classesWithoutHost
        hasSetup = plan.scenario.hasSetup
        hasTeardown = plan.scenario.hasTeardown
        connectRate = plan.connectRate
        rows = LocustRows(sources: plan.scenario.dataSources, part: part)
    }
}

/// What an order says of how a test is run cannot be met.
package struct LocustTermsError: Error, CustomStringConvertible {
    /// What cannot, and what to do.
    package let description: String

    package init(_ description: String) { self.description = description }
}
