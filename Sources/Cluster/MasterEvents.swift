import Wire

/// What happens to a master.
package enum MasterEvent: Sendable {
    /// A worker's word.
    case message(Peer, WorkerMessage)
    /// Somebody wants the run to end in order.
    case interrupted
    /// Somebody wants another number of users, or another rate; nil: as it is.
    case rescale(users: Int?, ratePerSecond: Double?)
    /// Time has passed.
    case tick
}

/// What a master does about it.
package enum MasterAction: Sendable, Equatable {
    case send(MasterMessage, to: Peer)
    /// There are new figures to show.
    case progress
    /// Something that people at the master want to know.
    case say(Notice)
    /// The run is over: see `MasterState.ending`.
    case finish
}

/// One process that is a worker: two processes of one name differ in their sessions.
package struct Peer: Hashable, Sendable {
    /// The worker's id.
    package var name: String
    /// `WorkerHello.session`.
    package var session: UInt64

    package init(name: String, session: UInt64) {
        self.name = name
        self.session = session
    }
}

/// A line for people.
package struct Notice: Sendable, Equatable {
    package var isWarning: Bool
    package var text: String

    package init(_ text: String, isWarning: Bool = false) {
        self.text = text
        self.isWarning = isWarning
    }
}

/// Why a run ended.
package enum RunEnding: Sendable, Equatable {
    case runTimeOver
    /// Before its time, but in order and for a good reason, in words.
    case ended(String)
    /// It has done all that it was to do, in words.
    case completed(String)
    case interrupted
    /// It never began.
    case notStarted(String)
    /// It could not go on.
    case failed(String)

    /// Why it ended, in words; nil: as it was to.
    package var words: String? {
        switch self {
        case .runTimeOver, .completed: nil
        case .interrupted: "interrupted"
        case .ended(let reason), .failed(let reason), .notStarted(let reason): reason
        }
    }
}
