import LoadModel

/// A result as bytes, for the log of a run: in parts of a bounded size, each of which can be merged alone. All parts merged in their order give the result
/// again, equal in everything but what may have been sent unheard, which is known to others.
package struct ResultArchive: Sendable {
    /// A part ends behind the first item with which it is so long.
    private static let partBytes = 32 << 10

    /// What stands in a part, before each item.
    enum Item: UInt64 {
        case totals, request, failure, exception, custom, iteration, account, point
    }

    private let result: RunResult
    private var stage: Item? = .totals
    private var position = 0
    private var failures: [FailureStatistics] = []
    private var exceptions: [ExceptionStatistics] = []
    private var points: [(tier: Int, point: HistoryPoint)] = []

    /// Keeps a copy of the result, which shares memory with it until that is changed.
    package init(_ result: RunResult) { self.result = result }

    /// The next part; nil: there is none left.
    /// - Complexity: a part's bytes; O(failures, exceptions, points) where a kind of them begins
    package mutating func next() -> [UInt8]? {
        var writer = ArchiveWriter()
        while stage != nil, writer.bytes.count < Self.partBytes { writeItem(to: &writer) }
        return writer.bytes.isEmpty ? nil : writer.bytes
    }

    /// All parts in one.
    package static func bytes(of result: RunResult) -> [UInt8] {
        var archive = ResultArchive(result)
        var bytes: [UInt8] = []
        while let part = archive.next() { bytes += part }
        return bytes
    }

    private mutating func writeItem(to writer: inout ArchiveWriter) {
        guard let stage else { return }
        switch stage {
        case .totals:
            writer.unsigned(stage.rawValue)
            result.writeTotals(to: &writer)
            return goOn(to: .request)
        case .request:
            guard position < result.entries.count else { return goOn(to: .failure) }
            writer.unsigned(stage.rawValue)
            result.entries[position].write(to: &writer)
        case .failure:
            if position == 0 { failures = Self.othersLast(result.failures) { $0.key.reason } }
            guard position < failures.count else { return goOn(to: .exception) }
            writer.unsigned(stage.rawValue)
            failures[position].write(to: &writer)
        case .exception:
            if position == 0 { exceptions = Self.othersLast(result.exceptions) { $0.total.example.place } }
            guard position < exceptions.count else { return goOn(to: .custom) }
            writer.unsigned(stage.rawValue)
            exceptions[position].write(to: &writer)
        case .custom:
            for measurement in Self.othersLast(result.custom, { $0.key.name }) {
                writer.unsigned(stage.rawValue)
                measurement.write(to: &writer)
            }
            return goOn(to: .iteration)
        case .iteration:
            for iteration in Self.othersLast(result.iterations, { $0.key?.task ?? "" }) {
                writer.unsigned(stage.rawValue)
                iteration.write(to: &writer)
            }
            return goOn(to: .account)
        case .account:
            for account in result.workers {
                writer.unsigned(stage.rawValue)
                account.write(to: &writer)
            }
            return goOn(to: .point)
        case .point:
            if position == 0 { points = result.history.tieredPoints }
            guard position < points.count else { return goOn(to: nil) }
            writer.unsigned(stage.rawValue)
            writer.unsigned(UInt64(points[position].tier))
            points[position].point.write(to: &writer)
        }
        position += 1
    }

    private mutating func goOn(to next: Item?) {
        stage = next
        position = 0
    }

    /// What stands for all above a limit comes last, so that whoever merges the items finds the limit reached when it was reached.
    private static func othersLast<Entry>(_ entries: [Entry], _ name: (Entry) -> String) -> [Entry] {
        entries.filter { name($0) != StatisticsLimits.otherName } + entries.filter { name($0) == StatisticsLimits.otherName }
    }
}

extension RunResult {
    /// Adds a part of an archive. When it throws, some of it may have been added.
    package mutating func merge(archive bytes: UnsafeRawBufferPointer) throws(ArchiveError) {
        var reader = ArchiveReader(bytes)
        while !reader.isAtEnd {
            switch ResultArchive.Item(rawValue: try reader.unsigned()) {
            case .totals: try mergeTotals(&reader)
            case .request:
                let entry = try RequestStatistics(from: &reader)
                guard let key = entry.key else { continue }
                let position = position(of: key)
                entries[position].merge(entry)
            case .failure: merge(try FailureStatistics(from: &reader))
            case .exception: merge(try ExceptionStatistics(from: &reader))
            case .custom: merge(try CustomStatistics(from: &reader))
            case .iteration: merge(try IterationStatistics(from: &reader))
            case .account: merge(try WorkerAccount(from: &reader))
            case .point:
                let tier = try reader.size(below: 3)
                history.restore(try HistoryPoint(from: &reader), tier: tier)
            case nil: throw reader.error("has an item that there is not")
            }
        }
    }

    /// The same result with all of its course in one point: for a part of the run that is told as a whole.
    package func flattened(second: Int, span: Int) -> RunResult {
        var flat = self
        flat.history = RunHistory(of: history.sum(from: second, before: second + span))
        return flat
    }

    /// Writes what there is once.
    func writeTotals(to writer: inout ArchiveWriter) {
        writer.unsigned(UInt64(connectionsOpened))
        writer.unsigned(UInt64(users))
        writer.times(lag)
        writer.wide(busyNanoseconds)
        for count in [
            startsBegun, startsDropped, warmUp.requests, warmUp.iterations, warmUp.startsBegun, warmUp.startsDropped,
            warmUp.leastServiceNanoseconds ?? 0,
        ] {
            writer.unsigned(UInt64(count))
        }
        for example in [examples.request, examples.failure, examples.exception, examples.custom] { writer.text(orNone: example) }
        writer.unsigned(UInt64(history.newestMinute))
        writer.unsigned(UInt64(history.coarse.span))
    }

    private mutating func mergeTotals(_ reader: inout ArchiveReader) throws(ArchiveError) {
        connectionsOpened += try reader.count()
        users = try reader.size(below: 1 << 40)
        lag.merge(try reader.times(.twoDigits))
        let busy = try reader.wide()
        guard busy >= 0, busy < 1 << 110 else { throw reader.error("has a sum of times that is too large") }
        busyNanoseconds += busy
        startsBegun += try reader.count()
        startsDropped += try reader.count()
        warmUp.requests += try reader.count()
        warmUp.iterations += try reader.count()
        warmUp.startsBegun += try reader.count()
        warmUp.startsDropped += try reader.count()
        warmUp.noteService(try reader.count())
        var others = OverflowExamples()
        others.request = try reader.textOrNone()
        others.failure = try reader.textOrNone()
        others.exception = try reader.textOrNone()
        others.custom = try reader.textOrNone()
        examples.merge(others)
        let newestMinute = try reader.size(below: 1 << 40)
        history.restore(newestMinute: newestMinute, coarseSpan: try reader.size(below: 1 << 40))
    }

    private mutating func merge(_ failure: FailureStatistics) {
        var key = failure.key
        if failuresByKey[key] == nil, failuresByKey.count >= limits.failures, key.reason != StatisticsLimits.otherName {
            key.reason = StatisticsLimits.otherName
        }
        var entry = failuresByKey[key] ?? FailureStatistics(key: key, seen: failure.seen)
        entry.count += failure.count
        entry.seen = RequestStatistics.union(entry.seen, failure.seen)
        failuresByKey[key] = entry
    }

    private mutating func merge(_ exception: ExceptionStatistics) {
        var exception = exception
        let place = exception.total.example.place
        if exceptionsByPlace[place] == nil, exceptionsByPlace.count >= limits.exceptions, place != StatisticsLimits.otherName {
            exception.total.example.place = StatisticsLimits.otherName
        }
        guard var entry = exceptionsByPlace[exception.total.example.place] else {
            exceptionsByPlace[exception.total.example.place] = exception
            return
        }
        entry.total.merge(exception.total)
        entry.seen = RequestStatistics.union(entry.seen, exception.seen)
        entry.workers = Set(entry.workers).union(exception.workers).sorted()
        exceptionsByPlace[exception.total.example.place] = entry
    }

    private mutating func merge(_ measurement: CustomStatistics) {
        var key = measurement.key
        if customByKey[key] == nil, customByKey.count >= limits.custom, key.name != StatisticsLimits.otherName {
            key.name = StatisticsLimits.otherName
        }
        customByKey[key, default: CustomStatistics(key: key)].merge(measurement)
    }

    private mutating func merge(_ iteration: IterationStatistics) {
        guard var key = iteration.key else { return }
        if iterationsByKey[key] == nil, iterationsByKey.count >= limits.iterations, key != .other { key = .other }
        iterationsByKey[key, default: IterationStatistics(key: key)].merge(iteration)
    }

    private mutating func merge(_ account: WorkerAccount) {
        var known = accounts[account.name] ?? WorkerAccount(name: account.name)
        known.merged += account.merged
        known.warmUp += account.warmUp
        known.interrupted += account.interrupted
        known.delivered += account.delivered
        known.announced = max(known.announced, account.announced)
        accounts[account.name] = known
    }
}

extension FailureStatistics {
    /// Writes everything.
    func write(to writer: inout ArchiveWriter) {
        key.request.write(to: &writer)
        writer.text(key.reason)
        writer.unsigned(UInt64(count))
        writer.seen(seen)
    }

    /// Reads what `write` wrote.
    init(from reader: inout ArchiveReader) throws(ArchiveError) {
        let request = try RequestKey(from: &reader)
        key = FailureKey(request: request, reason: try reader.text())
        count = try reader.count()
        guard let seen = try reader.seen() else { throw reader.error("has a failure that was never seen") }
        self.seen = seen
    }
}

extension ExceptionStatistics {
    /// Writes everything.
    func write(to writer: inout ArchiveWriter) {
        for text in [total.example.place, total.example.message, total.example.stack, total.userClass] { writer.text(text) }
        writer.unsigned(UInt64(total.count))
        writer.seen(seen)
        writer.unsigned(UInt64(workers.count))
        for worker in workers { writer.text(worker) }
    }

    /// Reads what `write` wrote.
    init(from reader: inout ArchiveReader) throws(ArchiveError) {
        let place = try reader.text()
        let message = try reader.text()
        let example = ScriptException(place: place, message: message, stack: try reader.text())
        let userClass = try reader.text()
        total = ExceptionInterval(example: example, userClass: userClass, count: try reader.count())
        guard let seen = try reader.seen() else { throw reader.error("has an exception that was never seen") }
        self.seen = seen
        workers = []
        for _ in 0..<(try reader.size(below: 1 << 20)) { workers.append(try reader.text()) }
    }
}

extension WorkerAccount {
    /// Writes everything but what may have been sent unheard.
    func write(to writer: inout ArchiveWriter) {
        writer.text(name)
        for count in [merged, warmUp, interrupted, announced, delivered] { writer.unsigned(UInt64(max(0, count))) }
    }

    /// Reads what `write` wrote.
    init(from reader: inout ArchiveReader) throws(ArchiveError) {
        self.init(name: try reader.text())
        merged = try reader.count()
        warmUp = try reader.count()
        interrupted = try reader.count()
        announced = try reader.count()
        delivered = try reader.count()
    }
}
