/// What a `KnownServer` does to its requests.
package struct KnownServerPlan: Sendable {
    /// To stand still: nothing is accepted, read or answered.
    package struct Stall: Sendable {
        /// Counted from the server's opening, see `opensAfter`.
        package var afterNanoseconds: Int64
        package var forNanoseconds: Int64

        package init(afterNanoseconds: Int64, forNanoseconds: Int64) {
            self.afterNanoseconds = afterNanoseconds
            self.forNanoseconds = forNanoseconds
        }
    }

    /// The loopback port; 0: a free one.
    package var port = 0
    /// From the moment when a request was read to the first byte of its answer.
    package var latency = LatencyDeck(constant: 0)
    /// From the first byte of the answer to its last.
    package var bodyNanoseconds: Int64 = 0
    /// Requests are served one after the other, as by a single process that is busy with each for its latency.
    package var isSerial = false
    /// No request is answered before so many have come: by then each of so many users has its connection.
    package var opensAfter = 0
    package var stall: Stall?
    /// Stands still for the second half of each period, counted from the opening; 0: never.
    package var freezePeriodNanoseconds: Int64 = 0
    /// Answers carry what the server knows of its own time: `X-Service-Time` in nanoseconds, from reading the request to writing the answer.
    package var tellsServiceTime = true
    /// Answers say `Connection: close` and do it.
    package var closesConnections = false

    package init() {}
}

/// What a `KnownServer` saw, in nanoseconds of `CLOCK_MONOTONIC`.
package struct KnownServerReport: Sendable, Codable, Equatable {
    /// Requests that were read whole.
    package var requests = 0
    package var answers = 0
    package var connections = 0
    /// When it began to answer; 0: never.
    package var opened: Int64 = 0
    /// From when to when it stood still.
    package var stalls: [[Int64]] = []

    package init() {}
}
