import LoadModel

/// What an engine thread tells at once, beside its reports.
package enum EngineEvent: Sendable, Equatable {
    /// Users will need so many rows more of a data source (an index into `Scenario.dataSources`).
    case rowsWanted(thread: Int, source: Int, count: Int)
    /// A user has asked that the run ends, in words that may be empty. Told once: the first reason counts. The thread goes on until it is stopped.
    case stopWanted(thread: Int, userClass: Int, reason: String)
    /// The script has broken a limit of the whole run. All users of the thread are dropped, it takes no more, and a report with a fault follows.
    case breached(thread: Int, userClass: Int, reason: String)
    /// The step of `EngineCommand.runOnce` has ended.
    case onceEnded(thread: Int, OnceEnd)
}

/// How `setup` or `teardown` ended.
package enum OnceEnd: Sendable, Equatable {
    /// Ran to its end; what `setup` returned, as JSON, empty: nothing.
    case done(value: [UInt8])
    /// An error of the script ended it. It is not among the exceptions of the reports.
    case failed(ScriptException)
    /// Was broken off: the run was stopped, or the thread's users were dropped.
    case cutOff
}
