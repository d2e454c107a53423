/// What a task script declares: its user classes. Made by reading a script once, before the run; plain values.
package struct Scenario: Sendable, Equatable {
    /// The script's file name without folders, for reports.
    package var scriptName: String
    /// In the order of declaration; names are unique; never empty.
    package var userClasses: [UserClass]
    /// Whether the script has a function that runs once before the first user.
    package var hasSetup = false
    /// Whether the script has a function that runs once after the last user.
    package var hasTeardown = false
    /// The lines of the script on which `setup` and `teardown` begin; 0: unknown.
    package var setupLine = 0
    /// See `setupLine`.
    package var teardownLine = 0
    /// In the order of declaration.
    package var dataSources: [DataSource] = []
    /// In the order of declaration.
    package var thresholds: [ScriptThreshold] = []

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
    /// Just so many users, taken before the others are shared out by weight; nil: by weight.
    package var fixedCount: Int?
    /// Base URL of relative targets, unless the run names a host.
    package var host: String?
    package var wait: WaitTime
    package var hasOnStart: Bool
    package var hasOnStop = false
    /// The lines of the script on which `on_start` and `on_stop` begin; 0: unknown.
    package var onStartLine = 0
    /// See `onStartLine`.
    package var onStopLine = 0
    /// How this class's users keep connections, unless the run says it.
    package var connections: ConnectionMode?
    /// Through which proxy and with which certificate, unless the run says it.
    package var profile = ConnectionProfile()
    /// Every task of the class, those in groups too; never empty. Its indices are what `order` and `UserStep.task` name.
    package var tasks: [ScenarioTask]
    /// What the class's users execute, and in which order.
    package var order: TaskGroup

    /// `order`: nil: each task by its weight, for ever.
    package init(
        name: String, weight: Double = 1, host: String? = nil, wait: WaitTime = .constant(nanoseconds: 0), hasOnStart: Bool = false,
        connections: ConnectionMode? = nil, tasks: [ScenarioTask], order: TaskGroup? = nil
    ) {
        self.name = name
        self.weight = weight
        self.host = host
        self.wait = wait
        self.hasOnStart = hasOnStart
        self.connections = connections
        self.tasks = tasks
        self.order = order ?? TaskGroup(items: tasks.indices.map { .task($0) })
    }
}

/// One step that a user executes: one or more requests.
package struct ScenarioTask: Sendable, Equatable {
    package var name: String
    /// Chance of being picked relative to the other items of its group; above 0.
    package var weight: Double
    /// Words by which a run selects tasks.
    package var tags: Set<String> = []
    /// The line of the script on which its function begins; 0: unknown.
    package var line = 0

    package init(name: String, weight: Double = 1, tags: Set<String> = [], line: Int = 0) {
        self.name = name
        self.weight = weight
        self.tags = tags
        self.line = line
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

/// How the users of a class reach their target.
package struct ConnectionProfile: Sendable, Equatable {
    /// URL of a proxy for all requests; nil: none.
    package var proxy: String?
    package var certificate: ClientCertificate?

    package init(proxy: String? = nil, certificate: ClientCertificate? = nil) {
        self.proxy = proxy
        self.certificate = certificate
    }
}

/// What a client shows a server to prove who it is (mutual TLS).
package struct ClientCertificate: Sendable, Equatable {
    /// The certificate, and those between it and its authority, as PEM.
    package var certificate: [UInt8]
    /// The private key, as PEM; empty: it stands in `certificate`.
    package var key: [UInt8]
    /// What the key is encrypted with; nil: it is not.
    package var password: String?

    package init(certificate: [UInt8], key: [UInt8] = [], password: String? = nil) {
        self.certificate = certificate
        self.key = key
        self.password = password
    }
}
