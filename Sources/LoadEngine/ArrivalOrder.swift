import LoadModel

/// Which starts of the open model an engine thread carries out.
package struct ArrivalOrder: Sendable, Equatable {
    /// When the run began, on `MonotonicClock`, in nanoseconds. Of several orders the earliest counts: the others know of it later than it was.
    package var runStart: Int64
    /// Claims beside those that the thread has already. One that is the same but for its end is that one, which goes on until then.
    package var claims: [ArrivalClaim]

    package init(runStart: Int64, claims: [ArrivalClaim]) {
        self.runStart = runStart
        self.claims = claims
    }
}
