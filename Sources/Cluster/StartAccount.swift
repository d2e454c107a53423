/// What became of the starts of the open model in a run: `due = begun + dropped + lost`, those of the warm-up among them.
package struct StartAccount: Sendable, Equatable {
    /// Due before the load was stopped, as the schedule alone says.
    package var due: Int64 = 0
    /// With which a user began.
    package var begun: Int64 = 0
    /// Given up: too late, or no user had come free when the load was stopped.
    package var dropped: Int64 = 0
    /// Of how many begun and dropped ones the warm-up is the reason that they are not in the result.
    package var inWarmUp: Int64 = 0
    /// Of which nothing is known: they were a worker's that was lost, or nobody's while there was no worker or master.
    package var lost: Int64 { due - begun - dropped }

    package init() {}
}
