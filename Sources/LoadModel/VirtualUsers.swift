/// What the engine has a user do: a step is started, resumed with the outcome of each of its commands, and ends.
package enum UserStep: Sendable, Equatable {
    /// The class's `on_start`, before the first task.
    case start
    /// The task with this index in its class.
    case task(Int)
    /// The class's `on_stop`, after the last task.
    case stop
    /// The script's `setup`, once in a run; its value goes to `UserExchange.value`.
    case setup
    /// The script's `teardown`, once in a run.
    case teardown
}

/// What a virtual user wants next.
package enum UserCommand: Sendable, Equatable {
    /// Send what is in `UserExchange.request` and resume me with the outcome.
    case request
    /// Send all that is in `UserExchange.batch` at once and resume me when the last outcome is there.
    case batch
    /// Wake me after so long (the script's `sleep`).
    case sleep(nanoseconds: Int64)
    /// Wake me when rows of this data source have been granted, or there are no more.
    case rows(source: Int)
    /// The step has ended.
    case end
    /// The step was ended by an error of the script: see `UserExchange.exception`.
    case exception
    /// The step has ended, and with it the group that its task stands in.
    case leaveGroup
    /// The step has ended, and so does the user, for good.
    case stopUser
    /// The step has ended, and so shall the whole run: see `UserExchange.stopReason`.
    case stopRun
    /// The Lua state has broken a limit of the whole run (its memory): see `UserExchange.stopReason`. The run cannot go on.
    case breach
}

/// The desk between one engine thread and its virtual users: what the user writes, the engine reads, and the other way round.
///
/// One per engine thread, reused for every call; owned by that thread.
package final class UserExchange {
    /// The request that a user asks for; emptied by the engine before each call, filled when the command is `.request`.
    package var request = RequestDraft()
    /// What the script says of the request that the user is resumed with.
    package var verdict = RequestVerdict()
    /// The requests that a user asks for at once, when the command is `.batch`: the first `batchCount`, from 1. The objects are reused. While
    /// the user is resumed with their outcomes, the verdicts are set; engine and user find both by position.
    package var batch: [BatchRequest] = []
    package var batchCount = 0
    /// Set when the command is `.exception`.
    package var exception: ScriptException?
    /// Set when the command is `.stopRun` or `.breach`: why, in words; may be empty with `.stopRun`.
    package var stopReason = ""
    /// Figures of the script's own since the call before; the engine takes and empties them after each call.
    package var measurements: [Measurement] = []
    /// Rows that will be needed soon: data source and how many; the engine takes and empties them after each call.
    package var rowsWanted: [(source: Int, count: Int)] = []
    /// Granted rows that were handed to users: data source and how many; the engine takes and empties them after each call.
    package var rowsDrawn: [(source: Int, count: Int)] = []
    /// What `setup` returned, as JSON; empty: nothing.
    package var value: [UInt8] = []

    package init() {}
}

/// What a script says of an answer, beyond its status. The engine empties it after it has counted the request.
package struct RequestVerdict: ~Copyable {
    /// Why the request is a failure after all, in words fit for a table (`check failed: …`); empty: no objection.
    package var failureReason = ByteBuffer()
    /// True: the status is none of a failure, whatever it is.
    package var acceptsStatus = false

    package init() {}

    /// Makes the verdict empty.
    package mutating func reset() {
        failureReason.removeAll()
        acceptsStatus = false
    }
}

/// What makes a request a failure.
package enum FailureCause: Sendable {
    /// There was no whole answer: `RequestOutcome.transportFailure`.
    case transport
    /// The answer's status.
    case status
    /// The script's objection: `RequestVerdict.failureReason`.
    case script
}

extension RequestVerdict {
    /// What makes the request with this outcome a failure; nil: it is none. The first of several causes counts.
    package func failure(of outcome: borrowing RequestOutcome) -> FailureCause? {
        if outcome.transportFailure != nil { return .transport }
        if outcome.status >= 400 && !acceptsStatus { return .status }
        return failureReason.isEmpty ? nil : .script
    }
}

/// One request of a batch.
package final class BatchRequest {
    package var draft = RequestDraft()
    package var verdict = RequestVerdict()

    package init() {}
}

/// The virtual users of one engine thread. A user is what the engine resumes: with the outcome of its last command, and it answers
/// with its next. Between two steps a user is only its own state.
///
/// Users are known by small slot numbers that the engine chooses and reuses. Every call is made on the engine thread that made the
/// object; no call blocks. Errors of a script never leave by throwing: they are the command `.exception`.
package protocol VirtualUsers: AnyObject {
    /// Makes the user `number` (counted over the whole run, from 0) of a class in a free slot.
    func create(slot: Int, userClass: Int, number: Int)

    /// Starts a step of a user that is between steps, and answers with its first command.
    func begin(_ step: UserStep, slot: Int, exchange: UserExchange) -> UserCommand

    /// Resumes a user whose command was `.request`.
    func resume(slot: Int, outcome: borrowing RequestOutcome, exchange: UserExchange) -> UserCommand

    /// Resumes a user whose command was `.batch`, with the outcomes in the order of the batch.
    func resume(slot: Int, outcomes: [RequestOutcome], exchange: UserExchange) -> UserCommand

    /// Resumes a user whose command was `.sleep` or `.rows`.
    func wake(slot: Int, exchange: UserExchange) -> UserCommand

    /// The pause of a user, which is between steps, where its class's wait is `.scripted`, in nanoseconds; nil: the script raised an error, which
    /// is in `UserExchange.exception`.
    func pause(slot: Int, exchange: UserExchange) -> Int64?

    /// Gives rows to hand out. Users whose command was `.rows` are woken afterwards.
    func grant(_ grant: RowGrant)

    /// The value that `setup` returned, as JSON; called before the first user is made.
    func share(_ value: [UInt8])

    /// Breaks off the running step of a user (the run stops). The user is between steps afterwards.
    func abandon(slot: Int)

    /// Ends a user, breaking off its step if one is running. The slot is free afterwards.
    func destroy(slot: Int)

    /// Does a small part of any work that can be put off (garbage collection); called when nothing is due.
    /// Answers false when there is nothing to do for now.
    func tidy() -> Bool
}
