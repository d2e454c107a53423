import LoadModel

/// Counts what one engine thread measures, and hands it out once per interval.
///
/// Owned by one engine thread: not locked, not `Sendable`; only snapshots leave it. Memory follows what an interval touched:
/// all histograms share one hash table of (request, series, bucket) → count, emptied by each snapshot. Names are kept for the
/// recorder's life, within its limits.
package final class IntervalRecorder {
    private let limits: StatisticsLimits

    private var requestNumbers = InternTable()
    /// By request number.
    private var keys: [RequestKey] = []
    /// Unchecked: only this object's thread comes here, and nothing called from here comes back.
    @exclusivity(unchecked) private var tally: SampleTally
    /// Request numbers in ascending order of their keys; rebuilt by a snapshot after new names.
    private var numbersByKey: [Int] = []

    private var failureNumbers = InternTable()
    /// By failure number.
    private var failureKeys: [(request: Int, reason: String)] = []

    private var exceptions: [String: ExceptionInterval] = [:]
    /// Places seen since the start, as far as they are told apart.
    private var exceptionPlaces: Set<String> = []

    /// Nil until a script measures something itself.
    private var custom: CustomTally?

    /// Unchecked as `tally` is.
    @exclusivity(unchecked) private var iterations: IterationTally
    @exclusivity(unchecked) private var lag = LagTally()
    @exclusivity(unchecked) private var busyNanoseconds: Int64 = 0
    @exclusivity(unchecked) private var startsBegun: Int64 = 0
    @exclusivity(unchecked) private var startsDropped: Int64 = 0

    private var connectionsOpened: Int64 = 0
    private var issuedBefore: Int64 = 0
    private var examples = OverflowExamples()

    /// A recorder without samples. `userClasses`: whose iterations it is to count.
    ///
    /// `isOnLocustGrid`: what it measures is for a Locust master. Then the only series of requests is `.response`, and the buckets of its cells are
    /// numbers of Locust's keys (`LocustTime`), so that no rounding comes before Locust's own; sums, minima and maxima are exact as ever.
    package init(limits: StatisticsLimits = StatisticsLimits(), userClasses: [UserClass] = [], isOnLocustGrid: Bool = false) {
        self.limits = limits
        tally = SampleTally(isOnLocustGrid: isOnLocustGrid)
        iterations = IterationTally(userClasses: userClasses, limit: limits.iterations)
    }

    /// The number of a request's group; the same for the same method and name as long as the recorder lives.
    ///
    /// Bytes that are not UTF-8 are repaired; names over `StatisticsLimits.longestText` bytes are cut. An empty name is allowed.
    /// - Complexity: O(length of `name`)
    package func request(method: HTTPMethod, name: UnsafeRawBufferPointer) -> RequestID {
        let name = StatisticsLimits.cut(name)
        let tag = UInt32(method.rawValue)
        if let number = requestNumbers.find(tag: tag, name) { return RequestID(number) }
        return newRequest(method: method, name: name)
    }

    private func newRequest(method: HTTPMethod, name: UnsafeRawBufferPointer) -> RequestID {
        var text = String(decoding: name, as: UTF8.self)
        if !text.utf8.elementsEqual(name) { return text.withUTF8 { request(method: method, name: UnsafeRawBufferPointer($0)) } }
        guard keys.count >= limits.requests, text != StatisticsLimits.otherName else {
            keys.append(RequestKey(method: method, name: text))
            tally.addRequest()
            return RequestID(requestNumbers.add(tag: UInt32(method.rawValue), name))
        }
        examples.request = OverflowExamples.least(examples.request, "\(method.text) \(text)")
        var other = StatisticsLimits.otherName
        return other.withUTF8 { request(method: method, name: UnsafeRawBufferPointer($0)) }
    }

    /// The number of a failure: why requests of a group failed, in words fit for a table. Repaired and cut as names are.
    /// - Complexity: O(length of `reason`)
    package func failure(of request: RequestID, reason: UnsafeRawBufferPointer) -> FailureID {
        let reason = StatisticsLimits.cut(reason)
        let tag = UInt32(bitPattern: request.rawValue)
        if let number = failureNumbers.find(tag: tag, reason) { return FailureID(number) }
        return newFailure(of: request, reason: reason)
    }

    private func newFailure(of request: RequestID, reason: UnsafeRawBufferPointer) -> FailureID {
        let text = String(decoding: reason, as: UTF8.self)
        if !text.utf8.elementsEqual(reason) { return failure(of: request, reason: text) }
        guard failureKeys.count >= limits.failures, text != StatisticsLimits.otherName else {
            failureKeys.append((Int(request.rawValue), text))
            tally.addFailure()
            return FailureID(failureNumbers.add(tag: UInt32(bitPattern: request.rawValue), reason))
        }
        examples.failure = OverflowExamples.least(examples.failure, text)
        return failure(of: request, reason: StatisticsLimits.otherName)
    }

    /// The number of a failure, from a `String`.
    package func failure(of request: RequestID, reason: String) -> FailureID {
        var reason = reason
        return reason.withUTF8 { failure(of: request, reason: UnsafeRawBufferPointer($0)) }
    }

    /// Counts one finished request. A request without an answer counts with the time until its failure.
    package func record(_ sample: RequestSample) { tally.record(sample) }

    /// Counts the phases of a hop before the last one of a request that was redirected.
    package func record(earlierHop phases: PhaseTimes, of request: RequestID) { tally.record(phases, of: Int(request.rawValue)) }

    /// Counts a request handed to the transport.
    package func countIssued() { issued &+= 1 }

    /// Counts a request that was cut off at the stop: no failure, no time.
    package func countInterrupted(_ request: RequestID) { tally.recordInterrupted(Int(request.rawValue)) }

    /// Counts connections that the transport opened.
    package func countConnectionsOpened(_ count: Int64) { connectionsOpened += count }

    /// Counts an error that a script raised and did not catch.
    package func record(exception: ScriptException, userClass: String) {
        var exception = exception
        exception.place = StatisticsLimits.cut(exception.place)
        if !exceptionPlaces.contains(exception.place) {
            if exceptionPlaces.count < limits.exceptions {
                exceptionPlaces.insert(exception.place)
            } else {
                examples.exception = OverflowExamples.least(examples.exception, exception.place)
                exception.place = StatisticsLimits.otherName
            }
        }
        if exceptions[exception.place]?.add(1) == nil {
            exception.message = StatisticsLimits.cut(exception.message)
            exception.stack = StatisticsLimits.cut(exception.stack, to: StatisticsLimits.longestStack)
            exceptions[exception.place] = ExceptionInterval(
                example: exception, userClass: StatisticsLimits.cut(userClass), count: 1)
        }
    }

    /// Counts what a script measured itself.
    package func record(_ measurement: Measurement) {
        let tally = custom ?? CustomTally(limit: limits.custom)
        custom = tally
        tally.record(measurement)
    }

    /// The number of a task's iterations; both count from 0 in the classes that the recorder was made with.
    package func iteration(userClass: Int, task: Int) -> IterationID {
        IterationID(iterations.number(userClass: userClass, task: task))
    }

    /// Counts an iteration that has ended. The response time is from the moment when it was due, the duration from when it did begin; `failed`: by an
    /// exception. One that was cut off at the stop does not count.
    package func record(iteration: IterationID, responseNanoseconds: Int64, durationNanoseconds: Int64, failed: Bool) {
        iterations.record(
            iteration.rawValue, responseNanoseconds: responseNanoseconds, durationNanoseconds: durationNanoseconds, failed: failed)
    }

    /// Counts how late the loop did something that was due.
    package func record(lag nanoseconds: Int64) { lag.record(nanoseconds) }

    /// Counts for how long users were inside an iteration. Each nanosecond counts for one user in one interval only, so that the sum over the time is the
    /// average number of busy users.
    package func countBusy(nanoseconds: Int64) { busyNanoseconds &+= nanoseconds }

    /// Counts a start of the open model that a user began with.
    package func countStart() { startsBegun &+= 1 }

    /// Counts a start of the open model that was given up, for it was too late or the run was stopped.
    package func countDroppedStart() { startsDropped &+= 1 }

    /// Requests handed to the transport since the recorder was made; for heartbeats. Not reset by `takeSnapshot()`.
    @exclusivity(unchecked) package private(set) var issued: Int64 = 0

    /// What was counted since the last call; the recorder is empty afterwards, its numbers stay valid.
    /// - Complexity: O(names + distinct (request, series, bucket) touched)
    package func takeSnapshot() -> IntervalSnapshot {
        var snapshot = IntervalSnapshot()
        snapshot.issued = issued - issuedBefore
        issuedBefore = issued
        snapshot.connectionsOpened = connectionsOpened
        connectionsOpened = 0
        snapshot.examples = examples
        let positions = takeRequests(into: &snapshot)
        takeCells(into: &snapshot, positions: positions)
        var failures: [FailureKey: Int64] = [:]
        for (number, count) in tally.takeFailures() {
            let failure = failureKeys[number]
            failures[FailureKey(request: keys[failure.request], reason: failure.reason), default: 0] += count
        }
        snapshot.failures = failures.map { FailureInterval(key: $0.key, count: $0.value) }.sorted { $0.key < $1.key }
        snapshot.exceptions = exceptions.values.sorted { $0.example.place < $1.example.place }
        exceptions.removeAll()
        if let custom {
            snapshot.custom = custom.take()
            snapshot.examples.custom = custom.example
        }
        snapshot.iterations = iterations.take()
        snapshot.lag = lag.take()
        snapshot.busyNanoseconds = busyNanoseconds
        snapshot.startsBegun = startsBegun
        snapshot.startsDropped = startsDropped
        busyNanoseconds = 0
        startsBegun = 0
        startsDropped = 0
        return snapshot
    }

    /// Moves the tallies; answers with each request number's position in the snapshot.
    private func takeRequests(into snapshot: inout IntervalSnapshot) -> [UInt32] {
        if numbersByKey.count != keys.count { numbersByKey = keys.indices.sorted { keys[$0] < keys[$1] } }
        var positions = [UInt32](repeating: 0, count: keys.count)
        for number in numbersByKey {
            guard let figures = tally.takeFigures(number) else { continue }
            var request = RequestInterval(key: keys[number])
            request.requests = figures.requests
            request.failures = figures.failures
            request.interrupted = figures.interrupted
            request.receivedBytes = figures.receivedBytes
            request.responseTime = figures.responseTime
            request.serviceTime = figures.serviceTime
            // Numbers go by bytes, keys by characters: "é" may be written in two ways.
            if let last = snapshot.requests.last, last.key == request.key {
                snapshot.requests[snapshot.requests.count - 1].merge(request)
            } else {
                snapshot.requests.append(request)
            }
            positions[number] = UInt32(snapshot.requests.count - 1)
        }
        return positions
    }

    private func takeCells(into snapshot: inout IntervalSnapshot, positions: [UInt32]) {
        var packed: [UInt64] = []
        packed.reserveCapacity(tally.cellCount)
        tally.takeCells { slot in
            let position = positions[Int(slot >> 51)]
            packed.append(UInt64(position) << 51 | slot & (1 << 51 - 1))
        }
        packed.sortByUpperHalf()
        snapshot.cells = packed.map { HistogramCell(key: UInt32($0 >> 32), count: UInt32(truncatingIfNeeded: $0)) }
    }
}
