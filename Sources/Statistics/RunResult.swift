import LoadModel

/// The merged whole of a run: what every table and file is drawn from.
///
/// A value without a clock. Merging the same snapshots in any order gives the same result; only which names survive above a
/// limit depends on who came first. Memory depends on the number of names and on the spread of times, not on the length of the run.
package struct RunResult: Sendable, Equatable {
    let limits: StatisticsLimits
    /// How percentiles of all times are read.
    package let reading: TimeReading
    /// In the order in which they came.
    var entries: [RequestStatistics] = []
    var positions: [RequestKey: Int] = [:]
    var failuresByKey: [FailureKey: FailureStatistics] = [:]
    var exceptionsByPlace: [String: ExceptionStatistics] = [:]
    var customByKey: [CustomKey: CustomStatistics] = [:]
    var iterationsByKey: [IterationKey: IterationStatistics] = [:]
    var accounts: [String: WorkerAccount] = [:]

    /// The course of the run.
    package internal(set) var history = RunHistory()
    /// Users as last noted.
    package internal(set) var users = 0
    package internal(set) var connectionsOpened: Int64 = 0
    /// Examples of what was counted under `(other)`; nil where no limit was reached.
    package internal(set) var examples = OverflowExamples()
    /// How late engine loops did what was due, by 2 significant digits.
    package internal(set) var lag = TimeStatistics(.twoDigits)
    /// For how long users were inside an iteration, added up over the users.
    package internal(set) var busyNanoseconds: Int128 = 0
    /// Starts of the open model that users began with; those of the warm-up are in `warmUp`.
    package internal(set) var startsBegun: Int64 = 0
    /// Starts of the open model that were given up; those of the warm-up are in `warmUp`.
    package internal(set) var startsDropped: Int64 = 0
    /// What was left out.
    package internal(set) var warmUp = WarmUpAccount()

    /// Without requests.
    package init(limits: StatisticsLimits = StatisticsLimits(), reading: TimeReading = .house) {
        self.limits = limits
        self.reading = reading
    }

    /// Adds what a worker measured in an interval that belongs to a second of the run (0: the first). The caller sees to it that each
    /// snapshot is merged once, and that one from elsewhere `isWellFormed`.
    /// - Complexity: O(requests and cells of the snapshot)
    package mutating func merge(_ snapshot: IntervalSnapshot, fromWorker worker: String, second: Int) {
        connectionsOpened += snapshot.connectionsOpened
        examples.merge(snapshot.examples)
        var account = accounts[worker] ?? WorkerAccount(name: worker)
        account.delivered += snapshot.issued
        var point = HistoryPoint(second: second, span: 1, reading: reading)
        var targets: [Int] = []
        targets.reserveCapacity(snapshot.requests.count)
        for interval in snapshot.requests {
            let position = position(of: interval.key)
            targets.append(position)
            entries[position].merge(interval, second: second)
            account.merged += interval.requests
            account.interrupted += interval.interrupted
            point.requests += interval.requests
            point.failures += interval.failures
            point.receivedBytes.addSaturating(interval.receivedBytes)
            point.responseTime.merge(interval.responseTime)
        }
        accounts[worker] = account
        mergeCells(snapshot.cells, targets: targets, into: &point)
        point.startsBegun = snapshot.startsBegun
        point.startsDropped = snapshot.startsDropped
        if !snapshot.requests.isEmpty || point.startsBegun + point.startsDropped > 0 { history.add(point) }
        for failure in snapshot.failures { merge(failure, second: second) }
        for exception in snapshot.exceptions { merge(exception, worker: worker, second: second) }
        for measurement in snapshot.custom { merge(measurement) }
        for iteration in snapshot.iterations { merge(iteration) }
        lag.merge(snapshot.lag.times)
        snapshot.lag.cells.withUnsafeBufferPointer { lag.add($0) }
        busyNanoseconds += Int128(snapshot.busyNanoseconds)
        startsBegun += snapshot.startsBegun
        startsDropped += snapshot.startsDropped
    }

    /// Takes what a worker measured in an interval of the warm-up: requests and starts are accounted for, connections counted, and the course of the run has
    /// them; but no figure of the result does.
    package mutating func mergeWarmUp(_ snapshot: IntervalSnapshot, fromWorker worker: String, second: Int) {
        var counted = RunResult(limits: limits, reading: reading)
        counted.merge(snapshot, fromWorker: worker, second: second)
        for point in counted.history.points { history.add(point) }
        connectionsOpened += snapshot.connectionsOpened
        var account = accounts[worker] ?? WorkerAccount(name: worker)
        account.delivered += snapshot.issued
        for interval in snapshot.requests {
            account.warmUp += interval.requests
            account.interrupted += interval.interrupted
        }
        accounts[worker] = account
        warmUp.merge(snapshot)
    }

    /// Whether a worker has, with this snapshot, no more requests behind it than it says that it has sent.
    package func isPlausible(_ snapshot: IntervalSnapshot, fromWorker worker: String) -> Bool {
        let account = accounts[worker] ?? WorkerAccount(name: worker)
        var ended = account.merged + account.warmUp + account.interrupted
        for interval in snapshot.requests {
            let (sum, isTooLarge) = ended.addingReportingOverflow(interval.requests + interval.interrupted)
            if isTooLarge { return false }
            ended = sum
        }
        let (delivered, isTooLarge) = account.delivered.addingReportingOverflow(snapshot.issued)
        return !isTooLarge && ended <= max(account.announced, delivered)
    }

    /// Notes a worker's count of issued requests since the start, from a heartbeat; a smaller one than known changes nothing.
    package mutating func noteIssued(_ total: Int64, byWorker worker: String) {
        var account = accounts[worker] ?? WorkerAccount(name: worker)
        account.announced = max(account.announced, total)
        accounts[worker] = account
    }

    /// Notes how many requests a worker that was not heard of at the end may have sent since its last word.
    package mutating func noteUnheard(_ requests: Int64, byWorker worker: String) {
        var account = accounts[worker] ?? WorkerAccount(name: worker)
        account.unheard = requests
        accounts[worker] = account
    }

    /// Notes the number of users in a second of the run.
    package mutating func noteUsers(_ users: Int, second: Int) {
        self.users = users
        var point = HistoryPoint(second: second, span: 1, reading: reading)
        point.users = users
        history.add(point)
    }

    /// Requests by name, then method.
    package var requests: [RequestStatistics] { positions.sorted { $0.key < $1.key }.map { entries[$0.value] } }

    /// All requests together.
    /// - Complexity: O(requests × buckets): a few microseconds a request
    package func total() -> RequestStatistics {
        var total = RequestStatistics(key: nil, reading: reading)
        for entry in entries { total.merge(entry) }
        return total
    }

    /// Failures, the most frequent first; equal ones by request and reason.
    package var failures: [FailureStatistics] {
        failuresByKey.values.sorted { $0.count == $1.count ? $0.key < $1.key : $0.count > $1.count }
    }

    /// Exceptions, the most frequent first; equal ones by place.
    package var exceptions: [ExceptionStatistics] {
        exceptionsByPlace.values.sorted {
            $0.total.count == $1.total.count ? $0.total.example.place < $1.total.example.place : $0.total.count > $1.total.count
        }
    }

    /// What scripts measured themselves: timings, then counters, by name. No part of requests and totals.
    package var custom: [CustomStatistics] { customByKey.values.sorted { $0.key < $1.key } }

    /// Iterations by class and task. No part of requests and totals.
    package var iterations: [IterationStatistics] { iterationsByKey.sorted { $0.key < $1.key }.map(\.value) }

    /// All iterations together.
    /// - Complexity: O(tasks × buckets)
    package var iterationTotal: IterationStatistics {
        var total = IterationStatistics(key: nil)
        for entry in iterationsByKey.values { total.merge(entry) }
        return total
    }

    /// By how much the response times of all requests exceed their service times.
    /// - Complexity: O(requests × buckets)
    package var delay: DelayStatistics {
        var late = TimeHistogram(.twoDigits)
        var requests: Int64 = 0
        var sum: Int128 = 0
        for entry in entries {
            late.merge(entry.delays)
            requests += reading == .locust ? 0 : entry.requests
            sum += entry.delaySumNanoseconds
        }
        return DelayStatistics(late: late, requests: requests, sumNanoseconds: sum)
    }

    /// The greatest percentile (0…100) that can be told, since starts were dropped; nil: all can. Warm-up left out.
    package var measurableBelow: Double? { Percentile.measurableBelow(begun: startsBegun, dropped: startsDropped) }

    /// Where each worker's requests went, by name.
    package var workers: [WorkerAccount] { accounts.values.sorted { $0.name < $1.name } }

    /// What happened in the `seconds` whole seconds before `second`, as one point; for the live line.
    package func recent(seconds: Int, before second: Int) -> HistoryPoint {
        history.sum(from: max(0, second - seconds), before: second)
    }

    /// Where the request of a key is, or what stands for it above the limit.
    mutating func position(of key: RequestKey) -> Int {
        if let position = positions[key] { return position }
        if entries.count >= limits.requests, key.name != StatisticsLimits.otherName {
            examples.request = OverflowExamples.least(examples.request, "\(key.typeText) \(key.name)")
            var other = key
            other.name = StatisticsLimits.otherName
            return position(of: other)
        }
        positions[key] = entries.count
        entries.append(RequestStatistics(key: key, reading: reading))
        return entries.count - 1
    }

    private mutating func mergeCells(_ cells: [HistogramCell], targets: [Int], into point: inout HistoryPoint) {
        var responseTimes = CoarseCounts()
        cells.withUnsafeBufferPointer { cells in
            var start = 0
            while start < cells.count {
                let end = Self.endOfSeries(cells, from: start)
                let run = UnsafeBufferPointer(rebasing: cells[start..<end])
                let series = run[0].series
                entries[targets[run[0].request]].add(run, series: series)
                if series == .response || series == .onTime { responseTimes.add(run) }
                start = end
            }
            point.histogram.add(responseTimes.counts())
        }
    }

    /// Behind the cells of the request and series at `start`: in growing steps, then by halves.
    private static func endOfSeries(_ cells: UnsafeBufferPointer<HistogramCell>, from start: Int) -> Int {
        let group = cells[start].key >> HistogramCell.bucketBits
        var inside = start
        var step = 1
        while inside + step < cells.count, cells[inside + step].key >> HistogramCell.bucketBits == group {
            inside += step
            step *= 2
        }
        while step > 0 {
            if inside + step < cells.count, cells[inside + step].key >> HistogramCell.bucketBits == group { inside += step }
            step /= 2
        }
        return inside + 1
    }

    private mutating func merge(_ failure: FailureInterval, second: Int) {
        var key = failure.key
        if failuresByKey[key] == nil, failuresByKey.count >= limits.failures, key.reason != StatisticsLimits.otherName {
            examples.failure = OverflowExamples.least(examples.failure, key.reason)
            key.reason = StatisticsLimits.otherName
        }
        if positions[key.request] == nil { key.request.name = StatisticsLimits.otherName }
        var entry = failuresByKey[key] ?? FailureStatistics(key: key, seen: second...second)
        entry.count += failure.count
        entry.seen = RequestStatistics.union(entry.seen, second...second)
        failuresByKey[key] = entry
    }

    private mutating func merge(_ measurement: CustomInterval) {
        var key = measurement.key
        if customByKey[key] == nil, customByKey.count >= limits.custom, key.name != StatisticsLimits.otherName {
            examples.custom = OverflowExamples.least(examples.custom, key.name)
            key.name = StatisticsLimits.otherName
        }
        customByKey[key, default: CustomStatistics(key: key)].merge(measurement)
    }

    private mutating func merge(_ iteration: IterationInterval) {
        var key = iteration.key
        if iterationsByKey[key] == nil, iterationsByKey.count >= limits.iterations { key = .other }
        iterationsByKey[key, default: IterationStatistics(key: key)].merge(iteration)
    }

    private mutating func merge(_ exception: ExceptionInterval, worker: String, second: Int) {
        var exception = exception
        let place = exception.example.place
        if exceptionsByPlace[place] == nil, exceptionsByPlace.count >= limits.exceptions, place != StatisticsLimits.otherName {
            examples.exception = OverflowExamples.least(examples.exception, place)
            exception.example.place = StatisticsLimits.otherName
        }
        if var entry = exceptionsByPlace[exception.example.place] {
            entry.total.merge(exception)
            entry.seen = RequestStatistics.union(entry.seen, second...second)
            if !entry.workers.contains(worker) { entry.workers = (entry.workers + [worker]).sorted() }
            exceptionsByPlace[exception.example.place] = entry
        } else {
            let entry = ExceptionStatistics(total: exception, seen: second...second, workers: [worker])
            exceptionsByPlace[exception.example.place] = entry
        }
    }
}
