/// What the engine has a user do: a step is started, resumed with the outcome of each of its commands, and ends.
package enum UserStep: Sendable, Equatable {
    /// The class's `on_start`, before the first task.
    case start
    /// The task with this index in its class.
    case task(Int)
}

/// What a virtual user wants next.
package enum UserCommand: Sendable, Equatable {
    /// Send what is in `UserExchange.request` and resume me with the outcome.
    case request
    /// Wake me after so long (the script's `sleep`).
    case sleep(nanoseconds: Int64)
    /// The step has ended.
    case end
    /// The step was ended by an error of the script: see `UserExchange.exception`.
    case exception
}

/// The desk between one engine thread and its virtual users: what the user writes, the engine reads, and the other way round.
///
/// One per engine thread, reused for every call; owned by that thread.
package final class UserExchange {
    /// The request that a user asks for; emptied by the engine before each call, filled when the command is `.request`.
    package var request = RequestDraft()
    /// Set by the user while it is resumed with an outcome: why that request is a failure after all (a check that did not hold).
    /// Empty when the user has no objection. The engine reads and empties it after each call.
    package var failureReason = ByteBuffer()
    /// Set when the command is `.exception`.
    package var exception: ScriptException?

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

    /// Resumes a user whose command was `.sleep`.
    func wake(slot: Int, exchange: UserExchange) -> UserCommand

    /// Breaks off the running step of a user (the run stops). The user is between steps afterwards.
    func abandon(slot: Int)

    /// Ends a user, breaking off its step if one is running. The slot is free afterwards.
    func destroy(slot: Int)

    /// Does a small part of any work that can be put off (garbage collection); called when nothing is due.
    /// Answers false when there is nothing to do for now.
    func tidy() -> Bool
}
