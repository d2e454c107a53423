import Statistics

/// What Locust's tables say of one request, or of all together: a few numbers, without the histograms that they were read from.
package struct RequestDigest: Sendable {
    /// Nil for the total.
    package let key: RequestKey?
    package let requests: Int64
    package let failures: Int64
    /// Bytes a request; nil without requests.
    package let averageBytes: Double?
    /// Of the response time; nil without requests, as the others are.
    package let averageNanoseconds: Double?
    package let minNanoseconds: Int64?
    package let maxNanoseconds: Int64?
    /// Nil also where it cannot be told.
    package let medianNanoseconds: Int64?
    /// `Percentile.printed`; nil for those that cannot be told.
    package let percentiles: [Int64?]

    /// `response`: the request's response times; `limit`: see `RunResult.measurableBelow`.
    package init(_ request: RequestStatistics, response: TimeStatistics, measurableBelow limit: Double?) {
        key = request.key
        requests = request.requests
        failures = request.failures
        averageBytes = request.averageBytes
        averageNanoseconds = response.averageNanoseconds
        minNanoseconds = response.minNanoseconds
        maxNanoseconds = response.maxNanoseconds
        percentiles = response.nanoseconds(atPercentiles: Percentile.printed, measurableBelow: limit)
        // `TimeStatistics.median`, without going through the histogram once more.
        medianNanoseconds = percentiles[0].map { min(max($0, response.minNanoseconds ?? $0), response.maxNanoseconds ?? $0) }
    }

    /// `GET`; empty for the total.
    package var method: String { key?.typeText ?? "" }
    /// The name; `Aggregated`, as Locust has it, for the total.
    package var name: String { key?.name ?? "Aggregated" }
}

/// What Locust's tables say of a run at one moment: small, so that the result itself need not be kept, which its owner would have to copy then.
package struct RunDigest: Sendable {
    /// By name, then method.
    package let requests: [RequestDigest]
    /// All requests together.
    package let total: RequestDigest
    /// The most frequent first.
    package let failures: [FailureStatistics]
    /// The most frequent first.
    package let exceptions: [ExceptionStatistics]
    /// What happened in the last seconds, so many as there were, 10 at most.
    package let recent: HistoryPoint

    /// `seconds`: whole seconds of the run that are behind it.
    /// - Complexity: O(requests × buckets)
    package init(_ result: RunResult = RunResult(), seconds: Int = 0) {
        let limit = result.measurableBelow
        func digest(_ request: RequestStatistics) -> RequestDigest {
            RequestDigest(request, response: request.responseTime, measurableBelow: limit)
        }
        requests = result.requests.map(digest)
        total = digest(result.total())
        failures = result.failures
        exceptions = result.exceptions
        recent = result.recent(seconds: min(RecentRequests.seconds, max(1, seconds)), before: seconds)
    }
}
