import Glibc
import LoadModel
import Statistics
import Wire

/// A run's log on disk, from which the run of a master that was killed is taken up again (`--state`): what the run is, and every delta before it is
/// acknowledged.
///
/// Written to the operating system, not forced to the disk: it outlives the master's process, not the machine's power. A record is
/// `[length u32][kind u8][payload]`, little-endian; one that was cut off by its writer's end is ignored. Owned by one thread.
package final class StateLog {
    /// A run whose master has been away for longer is not taken up, unless the caller says otherwise: its workers have gone.
    package static let longestAbsence: Int64 = 60_000_000_000

    /// What lies in the folder.
    package enum Opened {
        /// A run of an equal plan, to be gone on with.
        case takenUp(StateLog, StateHeader, Resumption)
        /// Nothing to go on with; the notice says what was there, if anything.
        case new(StateLog, Notice?)
    }

    /// What a record holds.
    enum Kind: UInt8 {
        case begin = 1, start, ramp, delta, life, finish, once, rows, horizon
    }

    private let file: OpenFile
    private var end: Int64
    /// Start and ramp, where they could not be written yet: without them the deltas behind them would be of no use.
    private var owed: [(kind: Kind, payload: [UInt8])] = []

    private init(file: consuming OpenFile, end: Int64) {
        self.file = file
        self.end = end
    }

    /// Opens a folder's log, making both where there are none. Throws a `StateLogError` that says what is wrong with which of them.
    package static func open(folder: String, plan: RunPlan, longestAbsence: Int64 = StateLog.longestAbsence) throws -> Opened {
        if mkdir(folder, 0o700) != 0, errno != EEXIST { throw StateLogError("cannot make the folder \(folder)", errno) }
        let path = "\(folder)/run.cicada"
        let file = try OpenFile(path)
        if !file.lock() {
            throw StateLogError("\(path) is in use by another master: give each its own folder")
        }
        let now = WallClock.nanoseconds()
        var notice: Notice?
        if let content = try StateReader.read(file.descriptor, path: path, now: now) {
            if content.isFinished || !content.hasBegun {
                // The run has ended and its result was told, or nobody had made a request yet: nothing to keep.
            } else if let resumption = content.resumption(now: now, longestAbsence: longestAbsence), content.header.plan.isEqual(to: plan) {
                let log = StateLog(file: file, end: content.end)
                if ftruncate(log.file.descriptor, off_t(content.end)) != 0 { throw StateLogError("cannot write to \(path)", errno) }
                return .takenUp(log, content.header, resumption)
            } else {
                let aside = "\(folder)/run-\(String(content.header.run, radix: 16)).cicada"
                if rename(path, aside) != 0 { throw StateLogError("cannot rename \(path)", errno) }
                let reason =
                    content.header.plan.isEqual(to: plan)
                    ? content.isInSetup
                        ? "its setup was under way and is not run a second time in it; a new run begins, with a setup of its own"
                        : "its master was last there \((now - content.lastLife) / 1_000_000_000) s ago (\(longestAbsence / 1_000_000_000) s are the limit)"
                    : "its plan is another one"
                notice = Notice("the unfinished run in \(folder) is not taken up, since \(reason); it is kept as \(aside)", isWarning: true)
                let fresh = try OpenFile(path)
                if !fresh.lock() { throw StateLogError("\(path) is in use by another master") }
                return .new(StateLog(file: fresh, end: 0), notice)
            }
        }
        if ftruncate(file.descriptor, 0) != 0 { throw StateLogError("cannot write to \(path)", errno) }
        return .new(StateLog(file: file, end: 0), notice)
    }

    /// Begins the log of a new run. Throws a `StateLogError` when that cannot be written.
    package func begin(run: UInt64, planBytes: [UInt8]) throws {
        var payload = MessagePackWriter()
        payload.map(3)
        payload.pair("format", StateReader.format)
        payload.pair("run", run)
        payload.pair("plan", binary: planBytes)
        if let failure = write(.begin, payload.bytes) { throw StateLogError(failure) }
    }

    /// The first user is due at this time of the monotonic clock.
    package func noteStart(_ at: Int64, now: Int64) {
        var payload = MessagePackWriter()
        payload.map(3)
        payload.pair("monotonic", at)
        payload.pair("wall", WallClock.nanoseconds() - (now - at))
        payload.pair("boot", MachineBoot.id)
        owe(.start, payload.bytes)
    }

    /// Users and rate from now on.
    package func note(_ ramp: Ramp) {
        var payload = MessagePackWriter()
        payload.map(4)
        payload.pair("from", ramp.from)
        payload.pair("to", ramp.to)
        payload.pair("rate", ramp.ratePerSecond)
        payload.pair("start", ramp.startNanoseconds)
        owe(.ramp, payload.bytes)
    }

    /// Starts of the open model that are due before this moment of the run are given to workers, or soon will be. Answers nil, or in words why that could
    /// not be written.
    package func note(horizon: Int64) -> String? {
        var payload = MessagePackWriter()
        payload.integer(horizon)
        return write(.horizon, payload.bytes)
    }

    /// What the script runs once has come so far.
    package func note(_ once: OnceRecord) {
        var payload = MessagePackWriter()
        payload.array(3)
        for peer in [once.setupWorker, once.teardownWorker] {
            if let peer {
                payload.array(2)
                payload.string(peer.name)
                payload.integer(peer.session)
            } else {
                payload.null()
            }
        }
        if let value = once.value { payload.binary(value) } else { payload.null() }
        owe(.once, payload.bytes)
    }

    /// Rows that are a worker's from now on. Answers nil, or in words why that could not be written; then it is not in the log.
    package func note(_ block: RowBlock, of peer: Peer) -> String? {
        var payload = MessagePackWriter()
        payload.array(7)
        payload.string(peer.name)
        payload.integer(peer.session)
        payload.integer(block.source)
        payload.integer(block.number)
        payload.integer(block.rows.lowerBound)
        payload.integer(block.rows.count)
        payload.bool(block.isExhausted)
        return write(.rows, payload.bytes)
    }

    /// A delta, as it came. Answers nil, or in words why it could not be written; then it is not in the log.
    package func append(_ message: UnsafeRawBufferPointer, peer: Peer, account: String, second: Int) -> String? {
        var payload = MessagePackWriter()
        payload.array(4)
        payload.string(peer.name)
        payload.integer(peer.session)
        payload.string(account)
        payload.integer(second)
        let head = payload.bytes
        return write(.delta, withUnsafeBytes(of: UInt16(head.count).littleEndian) { Array($0) } + head, message)
    }

    /// The master is alive, and this is how workers stand: all of them once a second, and one before it is told to have other users.
    package func note(_ standings: [WorkerStanding]) {
        var payload = MessagePackWriter()
        payload.array(1 + standings.count)
        payload.integer(WallClock.nanoseconds())
        for standing in standings {
            payload.array(11)
            payload.string(standing.peer.name)
            payload.integer(standing.peer.session)
            payload.string(standing.account)
            payload.integer(standing.issued)
            payload.integer(standing.users)
            payload.double(standing.rate)
            payload.double(standing.userRate)
            payload.integer(standing.unheard ?? -1)
            payload.bool(standing.mayReturn)
            payload.array(standing.endedUsers.count)
            for count in standing.endedUsers { payload.integer(count) }
            payload.array(standing.drawnRows.count)
            for count in standing.drawnRows { payload.integer(count) }
        }
        _ = write(.life, payload.bytes)
    }

    /// The run is over; its result is told elsewhere.
    package func finish() {
        // Without room for that word no log is better than one of a run that seems to go on.
        if write(.finish, []) != nil { _ = ftruncate(file.descriptor, 0) }
    }

    /// Writes a record now or, if that cannot be, before the next one. Only the latest of a kind counts.
    private func owe(_ kind: Kind, _ payload: [UInt8]) {
        owed.removeAll { $0.kind == kind }
        owed.append((kind, payload))
        _ = writeOwed()
    }

    private func writeOwed() -> String? {
        while let first = owed.first {
            if let failure = put(first.kind, first.payload) { return failure }
            owed.removeFirst()
        }
        return nil
    }

    /// Answers nil, or in words why the record could not be written.
    private func write(_ kind: Kind, _ payload: [UInt8], _ more: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0))
        -> String?
    {
        writeOwed() ?? put(kind, payload, more)
    }

    private func put(_ kind: Kind, _ payload: [UInt8], _ more: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0))
        -> String?
    {
        let length = UInt32(payload.count + more.count)
        var head = withUnsafeBytes(of: length.littleEndian) { Array($0) }
        head.append(kind.rawValue)
        head += payload
        let size = head.count + more.count
        let written = head.withUnsafeBytes { head in
            var parts = [
                iovec(iov_base: UnsafeMutableRawPointer(mutating: head.baseAddress), iov_len: head.count),
                iovec(iov_base: UnsafeMutableRawPointer(mutating: more.baseAddress), iov_len: more.count),
            ]
            return pwritev(file.descriptor, &parts, more.count > 0 ? 2 : 1, off_t(end))
        }
        if written == size {
            end += Int64(size)
            return nil
        }
        let reason = written < 0 ? String(cString: strerror(errno)) : String(cString: strerror(ENOSPC))
        // What is there of it goes again, so that the next record stands where this one would.
        _ = ftruncate(file.descriptor, off_t(end))
        return "the state cannot be written to \(file.path): \(reason)"
    }
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

/// A file that is open for reading and writing, made if it is not there; closed with the value.
struct OpenFile: ~Copyable {
    let path: String
    let descriptor: Int32

    init(_ path: String) throws {
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        if descriptor < 0 { throw StateLogError("cannot open \(path)", errno) }
        self.path = path
        self.descriptor = descriptor
    }

    /// Locks it against other masters. Answers false when one has it: a process that has just been killed gives its files up a moment later.
    func lock() -> Bool {
        for attempt in 0..<25 {
            if attempt > 0 { usleep(20_000) }
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
        }
        return false
    }

    deinit { close(descriptor) }
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
