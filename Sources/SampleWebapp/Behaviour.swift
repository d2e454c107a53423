/// How the server treats requests, beyond the contract of its pages.
package struct Behaviour: Sendable {
    /// How long a request waits for its answer.
    package var latency = LatencyDistribution.none
    /// How many of the requests that would succeed are answered with 500.
    package var failureRate = FailureRate.none
    /// Whether each answer closes its connection.
    package var closeConnections = false
    /// At most so many requests are served at a time per process; nil for no limit.
    package var concurrency: Int?

    /// A server that answers at once, always, on connections that stay open.
    package init() {}
}
