/// Where a worker's requests went: `issued = merged + warmUp + interrupted + unaccounted`.
package struct WorkerAccount: Sendable, Equatable {
    package let name: String
    /// Handed to the transport, as far as the master was told: by deltas or by heartbeats, whichever says more.
    package var issued: Int64 { max(announced, delivered) }
    /// Finished and in the result.
    package internal(set) var merged: Int64 = 0
    /// Finished in the warm-up, and in no figure.
    package internal(set) var warmUp: Int64 = 0
    /// Cut off at the stop, or in the warm-up.
    package internal(set) var interrupted: Int64 = 0
    /// May have been sent by a worker that died, after its last word: `unaccounted` is at most so much larger.
    package internal(set) var unheard: Int64 = 0
    /// Neither: still under way while the run lasts, lost with the worker after its end.
    package var unaccounted: Int64 { issued - merged - warmUp - interrupted }

    /// The greatest count announced by a heartbeat.
    var announced: Int64 = 0
    /// Sum over the deltas.
    var delivered: Int64 = 0

    init(name: String) { self.name = name }
}
