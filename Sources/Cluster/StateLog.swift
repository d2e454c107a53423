import EventLoop
import Glibc
import LoadModel
import Statistics
import Wire

/// A run's log on disk, from which the run of a master that was killed is taken up again (`--state`): what the run is, and every delta before it is
/// acknowledged. It is written anew in short from time to time (`StateCompaction`), so that it stays bounded; beside it grows the interval log.
///
/// Owned by one thread.
package final class StateLog {
    /// A run whose master has been away for longer is not taken up, unless the caller says otherwise: its workers have gone.
    package static let longestAbsence: Int64 = 60_000_000_000
    /// The log is written anew when so many bytes came since it was last, and twice as many as it had then.
    package static let leastGrowth: Int64 = 4 << 20

    /// What lies in the folder.
    package enum Opened {
        /// A run of an equal plan, to be gone on with.
        case takenUp(StateLog, StateHeader, Resumption)
        /// Nothing to go on with; the notice says what was there, if anything.
        case new(StateLog, Notice?)
    }

    private let folder: String
    private var file: RecordFile
    private var header: StateHeader
    private var book = StateBook()
    private var openIntervals = OpenIntervals()
    private var intervals: IntervalLog?
    private var compaction: StateCompaction?
    /// Behind what stands for the deltas before; what is behind that is what would go.
    private var restoredEnd: Int64 = 0
    /// What `leastGrowth` says, unless a test wants it otherwise.
    package var growth = leastGrowth
    /// Records that could not be written yet: without start and ramp the deltas behind them would be of no use.
    private var owed: [StateRecord] = []

    private init(folder: String, file: RecordFile, header: StateHeader) {
        self.folder = folder
        self.file = file
        self.header = header
    }

    /// Opens a folder's log, making both where there are none. Throws a `StateLogError` that says what is wrong with which of them.
    package static func open(folder: String, plan: RunPlan, longestAbsence: Int64 = StateLog.longestAbsence) throws -> Opened {
        if mkdir(folder, 0o700) != 0, errno != EEXIST { throw StateLogError("cannot make the folder \(folder)", errno) }
        let path = StateReader.path(folder: folder)
        var file = try opened(path)
        unlink(path + StateCompaction.asideSuffix)
        let now = WallClock.nanoseconds()
        var notice: Notice?
        if let content = try StateReader.read(file.descriptor, path: path, now: now) {
            if content.isFinished || !content.hasBegun {
                // The run has ended and its result was told, or nobody had made a request yet: nothing to keep.
            } else if let resumption = content.resumption(now: now, longestAbsence: longestAbsence), content.header.plan.isEqual(to: plan) {
                let log = StateLog(folder: folder, file: file, header: content.header)
                try log.goOn(from: content)
                return .takenUp(log, content.header, resumption)
            } else {
                let aside = StateReader.path(folder: folder, aside: content.header.run)
                if rename(path, aside) != 0 { throw StateLogError("cannot rename \(path)", errno) }
                let reason =
                    content.header.plan.isEqual(to: plan)
                    ? content.isInSetup
                        ? "its setup was under way and is not run a second time in it; a new run begins, with a setup of its own"
                        : "its master was last there \((now - content.lastLife) / 1_000_000_000) s ago (\(longestAbsence / 1_000_000_000) s are the limit)"
                    : "its plan is another one"
                notice = Notice("the unfinished run in \(folder) is not taken up, since \(reason); it is kept as \(aside)", isWarning: true)
                file = try opened(path)
            }
        }
        if !file.cut(at: 0) { throw StateLogError("cannot write to \(path)", errno) }
        return .new(StateLog(folder: folder, file: file, header: StateHeader(run: 0, plan: plan, planBytes: [])), notice)
    }

    /// True while it is written anew.
    var isCompacting: Bool { compaction != nil }

    /// The log at a path, locked.
    private static func opened(_ path: String) throws -> RecordFile {
        for _ in 0..<100 {
            let file = try RecordFile(path)
            if !file.lock() { throw StateLogError("\(path) is in use by another master: give each its own folder") }
            // It may have been written anew by a master that is there, and this be the one before.
            if file.isInPlace { return file }
        }
        throw StateLogError("\(path) is in use by another master: give each its own folder")
    }

    private func goOn(from content: StateReader.Content) throws {
        guard file.cut(at: content.end) else { throw StateLogError("cannot write to \(file.path)", errno) }
        book = content.book
        openIntervals = content.openIntervals
        restoredEnd = content.restoredEnd
        let log = try intervalLog()
        // What was noted as handed over, but may not have got there.
        if log.flushed < book.flushes { log.take(content.flushing, number: book.flushes, start: book.start?.wall ?? 0) }
        intervals = log
    }

    private func intervalLog() throws -> IntervalLog {
        try IntervalLog(path: IntervalLog.path(folder: folder, run: header.run), run: header.run, planBytes: header.planBytes)
    }

    /// Begins the log of a new run. Throws a `StateLogError` when that cannot be written.
    package func begin(run: UInt64, planBytes: [UInt8]) throws {
        header.run = run
        header.planBytes = planBytes
        if let failure = write(.begin(run: run, planBytes: planBytes)) { throw StateLogError(failure) }
        restoredEnd = file.end
        intervals = try intervalLog()
        EarlierRuns.prune(folder: folder)
    }

    /// The first user is due at this time of the monotonic clock; `wall`: what time of day it is now.
    package func noteStart(_ at: Int64, now: Int64, wall: Int64 = WallClock.nanoseconds()) {
        let start = RunStart(monotonic: at, wall: wall - (now - at), boot: MachineBoot.id)
        book.start = start
        owe(.start(start))
    }

    /// Users and rate from now on.
    package func note(_ ramp: Ramp) {
        book.ramp = ramp
        owe(.ramp(ramp))
    }

    /// Starts of the open model that are due before this moment of the run are given to workers, or soon will be. Answers nil, or in words why that could
    /// not be written.
    package func note(horizon: Int64) -> String? {
        book.horizon = horizon
        return write(.horizon(horizon))
    }

    /// What the script runs once has come so far.
    package func note(_ once: OnceRecord) {
        book.once = once
        owe(.once(once))
    }

    /// Rows that are a worker's from now on. Answers nil, or in words why that could not be written; then it is not in the log.
    package func note(_ block: RowBlock, of peer: Peer) -> String? {
        if let failure = write(.rows(block, peer)) { return failure }
        book.note(block, of: peer)
        return nil
    }

    /// A delta, as it came and as it was read. Answers nil, or in words why it could not be written; then it is not in the log.
    package func append(_ message: UnsafeRawBufferPointer, _ delta: WorkerDelta, peer: Peer, account: String, second: Int) -> String? {
        guard book.isNew(delta: delta.number, of: peer) else { return nil }
        var payload = MessagePackWriter()
        payload.array(4)
        payload.string(peer.name)
        payload.integer(peer.session)
        payload.string(account)
        payload.integer(second)
        let head = payload.bytes
        if let failure = writeOwed()
            ?? file.put(
                StateRecord.Kind.delta.rawValue, withUnsafeBytes(of: UInt16(head.count).littleEndian) { Array($0) } + head, message)
        {
            return failure
        }
        book.note(delta: delta.number, of: peer, account: account)
        take(delta, account: account, second: second)
        return nil
    }

    /// A delta that is taken although it could not be written, since the run is over: the interval log may still have it.
    package func take(_ delta: WorkerDelta, account: String, second: Int) {
        openIntervals.merge(delta.snapshot, fromWorker: account, second: second, isWarmUp: second < header.plan.warmUpSeconds)
    }

    /// The master is alive, and this is how workers stand: all of them once a second, and one before it is told to have other users.
    package func note(_ standings: [WorkerStanding], wall: Int64 = WallClock.nanoseconds()) {
        if write(.life(standings, wall: wall)) != nil { return }
        for standing in standings { book.note(standing, wall: wall) }
    }

    /// The run is over; its result is told elsewhere.
    package func finish() {
        abandonCompaction()
        // Without room for that word no log is better than one of a run that seems to go on.
        if write(.finish) != nil { _ = file.cut(at: 0) }
    }

    // MARK: - What is done bit by bit

    /// Once a second, behind `note` of all standings: notes the users of a second of the run, and goes on with what keeps the files bounded, with some
    /// milliseconds of work. `result`: all that the deltas in the log come to, and the users noted.
    package func turn(_ result: RunResult, users: Int, second: Int) {
        if write(.users(users, second: second)) == nil { openIntervals.noteUsers(users, second: second) }
        flush(before: second - OpenIntervals.delay)
        _ = intervals?.turn()
        compact(result)
    }

    /// The run has come to its end after `elapsed` nanoseconds: writes what the interval log does not have yet. `words`: why, if that was not asked for.
    /// Answers in words what could not be written.
    package func close(elapsed: Int64, because words: String?) -> String? {
        abandonCompaction()
        guard let intervals, book.start != nil else { return nil }
        while !intervals.isIdle { if let failure = intervals.turn() { return failure } }
        flush(before: nil)
        if !openIntervals.isEmpty { return "the interval log in \(folder) lacks the end of the run: there is no room for it" }
        return intervals.finish(elapsed: elapsed, because: words)
    }

    /// Hands intervals to the interval log that have been over for a while.
    private func flush(before second: Int?) {
        guard let intervals, intervals.isIdle, let start = book.start, !openIntervals.closed(before: second).isEmpty else { return }
        let number = book.flushes + 1
        // First here: a later master then knows what to write once more.
        guard write(.flush(number: number, before: second ?? Int(Int32.max))) == nil else { return }
        book.flushes = number
        intervals.take(openIntervals.take(before: second), number: number, start: start.wall)
    }

    private func compact(_ result: RunResult) {
        if var work = compaction {
            compaction = nil
            switch work.step(of: file) {
            case .goesOn: compaction = work
            case .failed:
                work.remove()
                // Not before there is as much again.
                restoredEnd = file.end
            case .done(let compacted, let restoredEnd):
                guard compacted.replace(file.path) == nil else {
                    work.remove()
                    return
                }
                file = compacted
                self.restoredEnd = restoredEnd
                // What the rewriting held beside the result goes back to the system: left to malloc, a master would stay that much larger.
                SpareMemory.giveBack()
            }
            return
        }
        let gone = file.end - restoredEnd
        guard gone > max(growth, growth < Self.leastGrowth ? 0 : 2 * restoredEnd), owed.isEmpty, intervals?.isIdle != false else { return }
        compaction = try? StateCompaction(
            of: file, begin: .begin(run: header.run, planBytes: header.planBytes), book: book, result: result, intervals: openIntervals)
        if compaction == nil { restoredEnd = file.end }
    }

    private func abandonCompaction() {
        compaction?.remove()
        compaction = nil
    }

    // MARK: - Writing

    /// Writes a record now or, if that cannot be, before the next one. Only the latest of a kind counts.
    private func owe(_ record: StateRecord) {
        owed.removeAll { $0.kind == record.kind }
        owed.append(record)
        _ = writeOwed()
    }

    private func writeOwed() -> String? {
        while let first = owed.first {
            if let failure = file.put(first.kind.rawValue, first.payload) { return failure }
            owed.removeFirst()
        }
        return nil
    }

    /// Answers nil, or in words why the record could not be written.
    private func write(_ record: StateRecord) -> String? { writeOwed() ?? file.put(record.kind.rawValue, record.payload) }
}

/// What a run is, as its log says.
package struct StateHeader: Sendable {
    package var run: UInt64
    package var plan: RunPlan
    package var planBytes: [UInt8]
}

/// A folder or file of `--state` cannot be used.
package struct StateLogError: Error, CustomStringConvertible {
    /// What is wrong, where, and what to do.
    package var description: String

    init(_ words: String, _ code: Int32? = nil) { description = code.map { "\(words): \(String(cString: strerror($0)))" } ?? words }
}

/// Which start of the machine this is: monotonic clocks of one start go together.
enum MachineBoot {
    static var id: String {
        let descriptor = Glibc.open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "unknown" }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 64)
        let count = read(descriptor, &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(0, count)).prefix { $0 > 32 }, as: UTF8.self)
    }
}
