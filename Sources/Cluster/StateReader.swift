import EventLoop
import Glibc
import LoadModel
import Statistics
import Wire

/// Reads a log that `StateLog` wrote, and adds up again what is in it.
struct StateReader {
    /// The format of a log.
    static let format = 4

    /// What a log holds.
    struct Content {
        var header: StateHeader
        var isFinished = false
        /// When the master last wrote, in nanoseconds since 1970.
        var lastLife: Int64
        /// Where the next record goes: behind the last whole one.
        var end: Int64
        /// Behind what stands for deltas that are no longer there.
        fileprivate(set) var restoredEnd: Int64 = 0
        fileprivate(set) var book = StateBook()
        fileprivate(set) var result = RunResult()
        /// What is not noted as handed to the interval log.
        fileprivate(set) var openIntervals = OpenIntervals()
        /// What was handed to it last.
        fileprivate(set) var flushing: [Interval] = []

        /// False: the master was still waiting for its workers.
        var hasBegun: Bool { book.start != nil || !book.sessions.isEmpty || book.once.setupWorker != nil }

        /// True: the script's setup had been begun, but no user was due yet.
        var isInSetup: Bool { book.start == nil && book.once.setupWorker != nil }

        /// What a new master begins with; nil: the run had not begun, or its master has been away for too long.
        func resumption(now: Int64, longestAbsence: Int64 = StateLog.longestAbsence) -> Resumption? {
            guard let start = book.start, now - lastLife <= longestAbsence else { return nil }
            let startedAt =
                start.boot == MachineBoot.id ? start.monotonic : MonotonicClock.nanoseconds() - (now - start.wall)
            var resumption = Resumption(
                startedAt: startedAt, result: result, lastDeltas: book.sessions,
                course: book.ramp.map { UserCourse($0) } ?? header.plan.load.course)
            resumption.horizon = book.horizon
            resumption.once = book.once
            resumption.rows = book.rows
            for (account, (standing, wall)) in book.standings {
                // The master wrote once a second while it was there, and a worker goes on for its lease at most.
                let most = lastLife - wall + 1_000_000_000 + MasterSettings.lease
                resumption.standings[account] = standing
                resumption.standings[account]?.unheard = standing.mostUnheard(after: most)
            }
            return resumption
        }
    }

    /// The log in a folder, or the one of a run that was put aside there.
    static func path(folder: String, aside run: UInt64? = nil) -> String {
        "\(folder)/run\(run.map { "-" + String($0, radix: 16) } ?? "").cicada"
    }

    /// The content of a file; nil where nothing was begun. Throws a `StateLogError` when it is no log of this version.
    static func read(_ descriptor: Int32, path: String, now: Int64) throws -> Content? {
        var status = stat()
        if fstat(descriptor, &status) != 0 { throw StateLogError("cannot read \(path)", errno) }
        guard let mapping = try FileMapping(descriptor, path: path) else { return nil }
        // A file may claim to be of any time.
        let lastWrite = min(now, max(0, Int64(min(status.st_mtim.tv_sec, 9_000_000_000))) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec))
        return try parse(mapping.bytes, path: path, lastWrite: lastWrite)
    }

    private static func parse(_ bytes: UnsafeRawBufferPointer, path: String, lastWrite: Int64) throws -> Content? {
        // What begins in another way is nobody's log, however long a record it claims.
        if bytes.count >= RecordFile.headBytes, StateRecord.Kind(rawValue: bytes[4]) != .begin { throw foreign(path, at: 0) }
        var content: Content?
        var scan = RecordScan(bytes)
        var offset = 0
        while let (number, payload) = scan.next() {
            guard let kind = StateRecord.Kind(rawValue: number), (content == nil) == (kind == .begin) else {
                throw foreign(path, at: offset)
            }
            do {
                if kind == .begin {
                    content = Content(header: try header(payload), lastLife: lastWrite, end: 0)
                    content?.restoredEnd = Int64(scan.offset)
                } else {
                    try apply(kind, payload, to: &content)
                }
            } catch {
                throw StateLogError("\(path) is damaged at byte \(offset) (\(error)); move it away")
            }
            offset = scan.offset
            content?.end = Int64(offset)
            if kind == .result || kind == .interval { content?.restoredEnd = Int64(offset) }
        }
        return content
    }

    private static func foreign(_ path: String, at offset: Int) -> StateLogError {
        StateLogError("\(path) is no state of this version of Cicada, or is damaged at byte \(offset); move it away")
    }

    private static func header(_ payload: UnsafeRawBufferPointer) throws -> StateHeader {
        let (run, plan) = try MessagePackReader.read(payload) { root throws(WireError) in
            let map = try root.map()
            _ = try map.required("format").integer(in: Int64(format)...Int64(format))
            return (try map.required("run").unsigned(), [UInt8](try map.required("plan").binary(atMost: PlanIntake.largest)))
        }
        return StateHeader(run: run, plan: try RunPlan(decoding: plan), planBytes: plan)
    }

    private static func apply(_ kind: StateRecord.Kind, _ payload: UnsafeRawBufferPointer, to content: inout Content?) throws {
        guard var changed = content else { return }
        // Given up, so that the result is changed in place.
        content = nil
        defer { content = changed }
        switch kind {
        case .begin: break
        case .finish: changed.isFinished = true
        case .start:
            changed.book.start = try MessagePackReader.read(payload) { root throws(WireError) in
                let map = try root.map()
                return RunStart(
                    monotonic: try map.required("monotonic").integer(in: 0...Int64.max / 4),
                    wall: try map.required("wall").integer(in: 0...Int64.max / 4), boot: try map.required("boot").string(atMost: 64))
            }
        case .ramp:
            changed.book.ramp = try MessagePackReader.read(payload) { root throws(WireError) in
                let map = try root.map()
                let users: ClosedRange<Int64> = 0...10_000_000
                return Ramp(
                    from: Int(try map.required("from").integer(in: users)), to: Int(try map.required("to").integer(in: users)),
                    ratePerSecond: try map.required("rate").double(in: Double.leastNonzeroMagnitude...1e9),
                    startNanoseconds: try map.required("start").integer(in: 0...1_000_000_000_000_000_000))
            }
        case .horizon:
            let most: ClosedRange<Int64> = 0...Int64.max
            changed.book.horizon = try MessagePackReader.read(payload) { root throws(WireError) in try root.integer(in: most) }
        case .life:
            let (wall, standings) = try MessagePackReader.read(payload) { root throws(WireError) in
                let array = try root.array(atMost: 1_000_001)
                guard array.count > 0 else { throw root.error(.invalid, "is empty") }
                var standings: [WorkerStanding] = []
                for position in 1..<array.count { standings.append(try WorkerStanding(decoding: array[position])) }
                return (try array[0].integer(in: 0...Int64.max / 4), standings)
            }
            for standing in standings {
                changed.result.noteIssued(standing.issued, byWorker: standing.account)
                changed.book.note(standing, wall: wall)
            }
        case .once:
            changed.book.once = try MessagePackReader.read(payload) { root throws(WireError) in
                let array = try root.array(of: 3)
                var once = OnceRecord()
                once.setupWorker = try Peer(decoding: array[0])
                once.teardownWorker = try Peer(decoding: array[1])
                if !array[2].isNull { once.value = [UInt8](try array[2].binary(atMost: WireBounds.sharedValue)) }
                return once
            }
        case .rows:
            let (peer, block) = try MessagePackReader.read(payload) { root throws(WireError) in try rows(root) }
            changed.book.note(block, of: peer)
        case .session:
            let (name, progress) = try MessagePackReader.read(payload) { root throws(WireError) in
                let array = try root.array(of: 4)
                return (
                    try array[0].string(atMost: 255),
                    Resumption.SessionProgress(
                        session: try array[1].unsigned(), account: try array[2].string(atMost: 512),
                        lastDelta: Int(try array[3].integer(in: WireBounds.large)))
                )
            }
            changed.book.restore(progress, of: name)
        case .users:
            let (users, second) = try pair(payload)
            changed.result.noteUsers(users, second: second)
            changed.openIntervals.noteUsers(users, second: second)
        case .flush:
            let (number, before) = try pair(payload)
            changed.book.flushes = number
            changed.flushing = changed.openIntervals.take(before: before)
        case .result: try changed.result.merge(archive: payload)
        case .interval:
            guard let part = IntervalPart(payload) else { throw WireError(.invalid, "is no part of an interval") }
            try changed.openIntervals.restore(second: part.second, archive: part.archive)
        case .delta: try apply(delta: payload, to: &changed)
        }
    }

    private static func pair(_ payload: UnsafeRawBufferPointer) throws -> (Int, Int) {
        let most: ClosedRange<Int64> = 0...Int64(Int32.max)
        return try MessagePackReader.read(payload) { root throws(WireError) in
            let array = try root.array(of: 2)
            return (Int(try array[0].integer(in: most)), Int(try array[1].integer(in: most)))
        }
    }

    private static func rows(_ root: MessagePackValue) throws(WireError) -> (peer: Peer, block: RowBlock) {
        let array = try root.array(of: 7)
        let first = Int(try array[4].integer(in: WireBounds.large))
        let count = Int(try array[5].integer(in: WireBounds.large))
        return (
            Peer(name: try array[0].string(atMost: 255), session: try array[1].unsigned()),
            RowBlock(
                source: Int(try array[2].integer(in: 0...Int64(WireBounds.dataSources - 1))),
                number: Int(try array[3].integer(in: WireBounds.small)), rows: first..<(first + count), isExhausted: try array[6].bool())
        )
    }

    private static func apply(delta payload: UnsafeRawBufferPointer, to content: inout Content) throws {
        // [length of the head u16][head][message]
        let headSize = payload.count < 2 ? 0 : Int(UInt16(littleEndian: payload.loadUnaligned(as: UInt16.self)))
        guard 2 + headSize <= payload.count else { throw WireError(.invalid, "is cut off") }
        let head = UnsafeRawBufferPointer(rebasing: payload[2..<(2 + headSize)])
        let (name, session, account, second) = try MessagePackReader.read(head) { root throws(WireError) in
            let array = try root.array(of: 4)
            return (
                try array[0].string(atMost: 255), try array[1].unsigned(), try array[2].string(atMost: 512),
                Int(try array[3].integer(in: 0...Int64(Int32.max)))
            )
        }
        guard case .delta(let delta) = try WorkerMessage.decode(UnsafeRawBufferPointer(rebasing: payload[(2 + headSize)...])).message else {
            throw WireError(.invalid, "is no delta")
        }
        let peer = Peer(name: name, session: session)
        guard content.book.isNew(delta: delta.number, of: peer) else { return }
        content.book.note(delta: delta.number, of: peer, account: account)
        let isWarmUp = second < content.header.plan.warmUpSeconds
        if isWarmUp {
            content.result.mergeWarmUp(delta.snapshot, fromWorker: account, second: second)
        } else {
            content.result.merge(delta.snapshot, fromWorker: account, second: second)
        }
        content.openIntervals.merge(delta.snapshot, fromWorker: account, second: second, isWarmUp: isWarmUp)
    }
}

extension WorkerStanding {
    /// As `StateLog` writes it.
    fileprivate init(decoding value: MessagePackValue) throws(WireError) {
        let array = try value.array(of: 11)
        let unheard = try array[7].integer(in: -1...2 * WorkerStanding.mostRequests)
        self.init(
            peer: Peer(name: try array[0].string(atMost: 255), session: try array[1].unsigned()),
            account: try array[2].string(atMost: 512), issued: try array[3].integer(in: WireBounds.large),
            users: Int(try array[4].integer(in: 0...Int64(Int32.max))), rate: try array[5].double(in: 0...WorkerStanding.greatestRate),
            userRate: try array[6].double(in: 0...WorkerStanding.greatestUserRate), unheard: unheard < 0 ? nil : unheard,
            mayReturn: try array[8].bool(), endedUsers: try Self.counts(array[9], atMost: WireBounds.userClasses),
            drawnRows: try Self.counts(array[10], atMost: WireBounds.dataSources))
    }

    private static func counts(_ value: MessagePackValue, atMost limit: Int) throws(WireError) -> [Int] {
        try value.array(atMost: limit).map { count throws(WireError) in Int(try count.integer(in: WireBounds.large)) }
    }
}

extension Peer {
    /// As `StateLog` writes it; nil for nil.
    fileprivate init?(decoding value: MessagePackValue) throws(WireError) {
        if value.isNull { return nil }
        let array = try value.array(of: 2)
        self.init(name: try array[0].string(atMost: 255), session: try array[1].unsigned())
    }
}
