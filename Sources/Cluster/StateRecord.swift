import LoadModel
import Wire

/// What the log of a run holds beside figures: one record each. How it is read: `StateReader`.
enum StateRecord {
    case begin(run: UInt64, planBytes: [UInt8])
    case start(RunStart)
    case ramp(Ramp)
    /// Starts of the open model that are due before this moment of the run are given to workers, or soon will be.
    case horizon(Int64)
    case once(OnceRecord)
    case rows(RowBlock, Peer)
    /// How workers stand, at a time of day in nanoseconds since 1970.
    case life([WorkerStanding], wall: Int64)
    /// How far a worker's session has come, where its deltas are no longer in the log.
    case session(name: String, Resumption.SessionProgress)
    case users(Int, second: Int)
    /// What was measured before a second of the run goes to the interval log, as so many have before.
    case flush(number: Int, before: Int)
    case finish

    /// What a record holds.
    enum Kind: UInt8 {
        case begin = 1, start, ramp, delta, life, finish, once, rows, horizon, session, users, flush
        /// A part of the result so far, and of an interval that is not in the interval log yet.
        case result, interval
    }

    /// The kind that it is written with.
    var kind: Kind {
        switch self {
        case .begin: .begin
        case .start: .start
        case .ramp: .ramp
        case .horizon: .horizon
        case .once: .once
        case .rows: .rows
        case .life: .life
        case .session: .session
        case .users: .users
        case .flush: .flush
        case .finish: .finish
        }
    }

    /// As it stands in the log.
    var payload: [UInt8] {
        var payload = MessagePackWriter()
        switch self {
        case .begin(let run, let planBytes):
            payload.map(3)
            payload.pair("format", StateReader.format)
            payload.pair("run", run)
            payload.pair("plan", binary: planBytes)
        case .start(let start):
            payload.map(3)
            payload.pair("monotonic", start.monotonic)
            payload.pair("wall", start.wall)
            payload.pair("boot", start.boot)
        case .ramp(let ramp):
            payload.map(4)
            payload.pair("from", ramp.from)
            payload.pair("to", ramp.to)
            payload.pair("rate", ramp.ratePerSecond)
            payload.pair("start", ramp.startNanoseconds)
        case .horizon(let horizon): payload.integer(horizon)
        case .once(let once): Self.write(once, to: &payload)
        case .rows(let block, let peer):
            payload.array(7)
            payload.string(peer.name)
            payload.integer(peer.session)
            payload.integer(block.source)
            payload.integer(block.number)
            payload.integer(block.rows.lowerBound)
            payload.integer(block.rows.count)
            payload.bool(block.isExhausted)
        case .life(let standings, let wall):
            payload.array(1 + standings.count)
            payload.integer(wall)
            for standing in standings { Self.write(standing, to: &payload) }
        case .session(let name, let progress):
            payload.array(4)
            payload.string(name)
            payload.integer(progress.session)
            payload.string(progress.account)
            payload.integer(progress.lastDelta)
        case .users(let users, let second):
            payload.array(2)
            payload.integer(users)
            payload.integer(second)
        case .flush(let number, let before):
            payload.array(2)
            payload.integer(number)
            payload.integer(before)
        case .finish: break
        }
        return payload.bytes
    }

    private static func write(_ once: OnceRecord, to payload: inout MessagePackWriter) {
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
    }

    private static func write(_ standing: WorkerStanding, to payload: inout MessagePackWriter) {
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
}

/// When the first user of a run was due.
struct RunStart: Equatable {
    /// On the monotonic clock of that start of the machine.
    var monotonic: Int64
    /// In nanoseconds since 1970.
    var wall: Int64
    /// Which start of the machine it was: `MachineBoot`.
    var boot: String
}
