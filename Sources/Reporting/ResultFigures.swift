import Statistics

/// What the files of a moment are drawn from: a result whose times, which take a while to read, are read once.
package struct ResultFigures {
    /// One request, or all together, with its two times.
    package struct Row {
        /// Counts and bytes.
        package let request: RequestStatistics
        /// From the intended start.
        package let response: TimeStatistics
        /// From handing over to the transport.
        package let service: TimeStatistics

        init(_ request: RequestStatistics) {
            self.request = request
            response = request.responseTime
            service = request.serviceTime
        }

        /// `GET`; empty for the total.
        package var method: String { request.key?.typeText ?? "" }
        /// The name; `Aggregated`, as Locust has it, for the total.
        package var name: String { request.key?.name ?? "Aggregated" }
    }

    /// By name, then method.
    package let requests: [Row]
    /// All requests together.
    package let total: Row
    /// See `RunResult.measurableBelow`.
    package let measurableBelow: Double?

    /// - Complexity: O(requests × buckets)
    package init(_ result: RunResult) {
        requests = result.requests.map(Row.init)
        total = Row(result.total())
        measurableBelow = result.measurableBelow
    }
}
