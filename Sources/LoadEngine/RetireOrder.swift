/// Users that shall leave, evenly in time: user k of the order leaves at `firstDue + k × interval`.
///
/// Which user of its class that is, is decided when it is due: one that is ordered but not yet due is cancelled, the latest first; without
/// such, the newest-started leaves. Where a class has neither, the leaving lapses.
package struct RetireOrder: Sendable, Equatable {
    /// On `MonotonicClock`, in nanoseconds.
    package var firstDue: Int64
    package var intervalNanoseconds: Int64
    /// The class of each user, as an index into `EngineSettings.userClasses`.
    package var userClasses: [UInt16]
    /// A user that is inside a step goes on with it for so long; one between two steps ends at once.
    package var graceNanoseconds: Int64

    package init(firstDue: Int64, intervalNanoseconds: Int64, userClasses: [UInt16], graceNanoseconds: Int64) {
        self.firstDue = firstDue
        self.intervalNanoseconds = intervalNanoseconds
        self.userClasses = userClasses
        self.graceNanoseconds = graceNanoseconds
    }
}
