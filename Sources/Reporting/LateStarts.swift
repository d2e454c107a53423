import Statistics

/// How late requests were, and whether that is worth telling.
struct LateStarts {
    /// Whether response and service time differ so much that a reader must know.
    let areNoticeable: Bool
    /// By how much, in words without a full stop; empty where there are no requests.
    let figures: String

    /// Of all requests together.
    ///
    /// Noticeable is an average of over 1 ms or over a tenth of the service time (and 0.1 ms), or a difference of 1 ms and a tenth at p99.
    init(_ total: RequestStatistics) {
        let (response, service, delay) = (total.responseTime, total.serviceTime, total.schedulingDelay)
        guard let average = delay.averageNanoseconds, let serviceAverage = service.averageNanoseconds,
            let response99 = response.nanoseconds(atPercentile: 99), let service99 = service.nanoseconds(atPercentile: 99),
            let delay99 = delay.nanoseconds(atPercentile: 99)
        else {
            areNoticeable = false
            figures = ""
            return
        }
        let isLateOnAverage = average > 1e6 || average > max(1e5, serviceAverage / 10)
        let isLateInTheTail = Double(response99 - service99) > max(1e6, Double(service99) / 10)
        areNoticeable = isLateOnAverage || isLateInTheTail
        figures = "\(NumberText.time(nanoseconds: average)) on average and \(NumberText.time(nanoseconds: Double(delay99))) at p99"
    }
}
