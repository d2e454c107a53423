/// What a task script declares: its user classes. Made by reading a script once, before the run; plain values.
package struct Scenario: Sendable, Equatable {
    /// The script's file name without folders, for reports.
    package var scriptName: String
    /// In the order of declaration; names are unique; never empty.
    package var userClasses: [UserClass]

    package init(scriptName: String, userClasses: [UserClass]) {
        self.scriptName = scriptName
        self.userClasses = userClasses
    }
}

/// A named kind of user.
package struct UserClass: Sendable, Equatable {
    package var name: String
    /// Share of the users relative to the other classes; above 0.
    package var weight: Double
    /// Base URL of relative targets, unless the run names a host.
    package var host: String?
    package var wait: WaitTime
    package var hasOnStart: Bool
    /// How this class's users keep connections, unless the run says it.
    package var connections: ConnectionMode?
    /// Never empty.
    package var tasks: [ScenarioTask]

    package init(
        name: String, weight: Double = 1, host: String? = nil, wait: WaitTime = .constant(nanoseconds: 0), hasOnStart: Bool = false,
        connections: ConnectionMode? = nil, tasks: [ScenarioTask]
    ) {
        self.name = name
        self.weight = weight
        self.host = host
        self.wait = wait
        self.hasOnStart = hasOnStart
        self.connections = connections
        self.tasks = tasks
    }
}

/// One step that a user executes: one or more requests.
package struct ScenarioTask: Sendable, Equatable {
    package var name: String
    /// Chance of being picked relative to the class's other tasks; above 0.
    package var weight: Double

    package init(name: String, weight: Double = 1) {
        self.name = name
        self.weight = weight
    }
}

/// To whom connections belong.
package enum ConnectionMode: String, Sendable, CaseIterable {
    /// Each user has its own kept-alive connections, cookies and TLS session.
    case user
    /// Pools of at most 64 users share connections; cookies stay each user's own.
    case shared
    /// A fresh connection for every request.
    case new
}
