/// Users to start, evenly in time: user k of the order is due at `firstDue + k × interval`.
package struct SpawnOrder: Sendable, Equatable {
    /// On `MonotonicClock`, in nanoseconds.
    package var firstDue: Int64
    package var intervalNanoseconds: Int64
    /// The class of each user, as an index into `EngineSettings.userClasses`.
    package var userClasses: [UInt16]
    /// The number of each user is `firstNumber + k × numberStride`: numbers count over the whole run.
    package var firstNumber: Int
    package var numberStride: Int

    package init(firstDue: Int64, intervalNanoseconds: Int64, userClasses: [UInt16], firstNumber: Int, numberStride: Int) {
        self.firstDue = firstDue
        self.intervalNanoseconds = intervalNanoseconds
        self.userClasses = userClasses
        self.firstNumber = firstNumber
        self.numberStride = numberStride
    }
}
