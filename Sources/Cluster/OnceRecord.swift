import Wire

/// How far a run has come with what its script runs once: what a later master needs so that nothing is run a second time. Pure.
package struct OnceRecord: Sendable, Equatable {
    /// The worker that was told to run `setup`.
    package var setupWorker: Peer?
    /// What `setup` returned, as JSON; nil: it has not come to its end.
    package var value: [UInt8]?
    /// The worker that was told to run `teardown`.
    package var teardownWorker: Peer?

    package init() {}
}

/// An order that a worker runs something once, until it is answered.
struct OnceOrder: Equatable {
    let step: OnceStep
    /// The worker's entry.
    let index: Int
    /// When it was given first, and last.
    let since: Int64
    var sentAt: Int64
}
