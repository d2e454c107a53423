import CLua
import CLuaBridge
import LoadModel

/// The virtual users of one engine thread, written in Lua. Owned by the thread that made it.
///
/// Between steps a user is its `self` table and a few bytes here; a step runs in a coroutine of a pool. A request or sleep suspends the
/// coroutine, whose arguments are then read from its stack.
package final class LuaUsers: VirtualUsers {
    /// What a slot's user is doing.
    private enum Activity: UInt8 { case absent, idle, requesting, batching, sleeping }

    private struct Slot {
        var coroutine = CoroutinePool.none
        var userClass: Int32 = 0
        var stepLine: Int32 = 0
        var activity = Activity.absent
        /// False when there was no memory for `self`.
        var hasSelf = false
        /// True: the requests under way expect a status.
        var isJudged = false
        /// True: the next request is to forget the user's cookies.
        var clearsCookies = false
    }

    /// What the script declares; equal to `Script.scenario`.
    package var scenario: Scenario { state.scenario }
    /// Memory that the Lua state holds, in bytes.
    package var usedBytes: Int { lua.pointee.used_bytes }

    private let state: LuaState
    private let lua: UnsafeMutablePointer<cicada_lua>
    private var slots: [Slot] = []
    private var pool: CoroutinePool
    private var reader: RequestReader
    private var answers: ScriptAnswers
    private var pacing = CollectorPacing()

    /// Runs the script's top level in a state of its own.
    ///
    /// `log` gets each line that the script prints, on the engine thread. `seed` makes `uuid()` repeatable. When Lua would hold more than
    /// `memoryLimitBytes`, the step that asks for more ends with the exception "not enough memory". Throws a `ScriptError` just as
    /// `Script.scenario` does.
    package init(
        script: Script, seed: UInt64? = nil, memoryLimitBytes: Int = .max, log: @escaping (String) -> Void = { _ in }
    ) throws(ScriptError) {
        state = try LuaState(script: script, memoryLimitBytes: memoryLimitBytes, seed: seed, log: log)
        lua = state.lua
        pool = CoroutinePool(lua: lua)
        reader = RequestReader(lua: lua)
        answers = ScriptAnswers(lua: lua)
        cicada_tune_collector(lua, CollectorPacing.pausePercent, CollectorPacing.stepMultiplier, CollectorPacing.stepSizeLog2)
    }

    package func create(slot: Int, userClass: Int, number: Int) {
        if slot >= slots.count { slots.append(contentsOf: repeatElement(Slot(), count: slot + 1 - slots.count)) }
        precondition(slots[slot].activity == .absent, "the slot is taken")
        precondition(state.functions.indices.contains(userClass), "no such user class")
        slots[slot] = Slot(userClass: Int32(userClass), activity: .idle, hasSelf: cicada_make_user(lua, Int32(slot)))
    }

    package func begin(_ step: UserStep, slot: Int, exchange: UserExchange) -> UserCommand {
        precondition(slots[slot].activity == .idle, "the user is not between steps")
        let functions = state.functions[Int(slots[slot].userClass)]
        let function: ClassFunctions.Function
        switch step {
        case .start:
            guard let onStart = functions.onStart else { return .end }
            function = onStart
        case .task(let index): function = functions.tasks[index]
        case .stop, .setup, .teardown: preconditionFailure("not built yet")
        }
        slots[slot].stepLine = Int32(function.line)
        if !slots[slot].hasSelf { slots[slot].hasSelf = cicada_make_user(lua, Int32(slot)) }
        guard slots[slot].hasSelf, let coroutine = pool.take() else {
            exchange.exception = ScriptException(place: place(ofLine: function.line), message: "Lua got no memory for a user")
            return .exception
        }
        slots[slot].coroutine = coroutine
        return settle(cicada_begin(lua, pool[coroutine], function.reference, Int32(slot)), slot: slot, exchange: exchange)
    }

    package func resume(slot: Int, outcome: borrowing RequestOutcome, exchange: UserExchange) -> UserCommand {
        precondition(slots[slot].activity == .requesting, "the user has not asked for a request")
        answers.set(outcome, of: slot, isJudged: slots[slot].isJudged)
        slots[slot].isJudged = false
        return settle(cicada_resume(lua, pool[slots[slot].coroutine]), slot: slot, exchange: exchange)
    }

    package func wake(slot: Int, exchange: UserExchange) -> UserCommand {
        precondition(slots[slot].activity == .sleeping, "the user does not sleep")
        return settle(cicada_resume(lua, pool[slots[slot].coroutine]), slot: slot, exchange: exchange)
    }

    package func resume(slot: Int, outcomes: [RequestOutcome], exchange: UserExchange) -> UserCommand {
        precondition(slots[slot].activity == .batching && outcomes.count == exchange.batchCount, "the user has not asked for such a batch")
        slots[slot].isJudged = false
        if !answers.set(outcomes, of: slot) {
            return settle(refuse(slot, "batch", Refusal(message: "not enough memory")), slot: slot, exchange: exchange)
        }
        return settle(cicada_resume(lua, pool[slots[slot].coroutine]), slot: slot, exchange: exchange)
    }

    package func pause(slot: Int, exchange: UserExchange) -> Int64? { preconditionFailure("not built yet") }

    package func grant(_ grant: RowGrant) { preconditionFailure("not built yet") }

    package func share(_ value: [UInt8]) { preconditionFailure("not built yet") }

    package func abandon(slot: Int) {
        precondition(slots[slot].activity != .absent, "the slot is free")
        guard slots[slot].activity != .idle else { return }
        cicada_reset(lua, pool[slots[slot].coroutine])
        endStep(slot)
    }

    package func destroy(slot: Int) {
        abandon(slot: slot)
        cicada_drop_user(lua, Int32(slot))
        slots[slot] = Slot()
    }

    package func tidy() -> Bool {
        guard pacing.wantsStep(usedBytes: usedBytes) else { return false }
        let endedCollection = cicada_step_collector(lua)
        pacing.didStep(endedCollection: endedCollection, usedBytes: usedBytes)
        return !endedCollection
    }

    /// Turns the way a coroutine came back into a command; resumes it at once where its request is refused.
    private func settle(_ returned: cicada_return, slot: Int, exchange: UserExchange) -> UserCommand {
        var returned = returned
        while true {
            if lua.pointee.has_notes { takeNotes(slot, exchange) }
            switch returned {
            case CICADA_RETURN_ENDED:
                endStep(slot)
                return .end
            case CICADA_RETURN_YIELDED where lua.pointee.command == CICADA_COMMAND_REQUEST:
                let method = HTTPMethod(rawValue: UInt8(truncatingIfNeeded: lua.pointee.method)) ?? .get
                do throws(Refusal) {
                    let defaults = state.functions[Int(slots[slot].userClass)].defaults
                    try reader.read(pool[slots[slot].coroutine], method: method, defaults: defaults, into: &exchange.request)
                    if let expectation = reader.expectation { keep([expectation], slot) }
                    if slots[slot].clearsCookies { clearCookies(slot, &exchange.request) }
                    slots[slot].activity = .requesting
                    return .request
                } catch {
                    exchange.request.reset()
                    returned = refuse(slot, method.text.lowercased(), error)
                }
            case CICADA_RETURN_YIELDED where lua.pointee.command == CICADA_COMMAND_BATCH:
                do throws(Refusal) {
                    let defaults = state.functions[Int(slots[slot].userClass)].defaults
                    let batch = BatchReader(lua: lua)
                    let expected = try batch.read(pool[slots[slot].coroutine], by: &reader, defaults: defaults, into: exchange)
                    if let expected { keep(expected, slot) }
                    if slots[slot].clearsCookies { clearCookies(slot, &exchange.batch[0].draft) }
                    slots[slot].activity = .batching
                    return .batch
                } catch {
                    returned = refuse(slot, "batch", error)
                }
            case CICADA_RETURN_YIELDED where lua.pointee.command == CICADA_COMMAND_SLEEP:
                slots[slot].activity = .sleeping
                return .sleep(nanoseconds: lua.pointee.sleep_nanoseconds)
            default:
                exchange.exception = exception(slot, isFailed: returned == CICADA_RETURN_FAILED)
                cicada_reset(lua, pool[slots[slot].coroutine])
                endStep(slot)
                return .exception
            }
        }
    }

    /// Resumes a user with why its request cannot be made.
    private func refuse(_ slot: Int, _ function: String, _ refusal: Refusal) -> cicada_return {
        var message = "http:\(function): \(refusal.message)"
        message.withUTF8 { text in
            text.withMemoryRebound(to: CChar.self) { cicada_refuse(lua, $0.baseAddress, $0.count) }
        }
        return cicada_resume(lua, pool[slots[slot].coroutine])
    }

    private func keep(_ expected: [Expectation?], _ slot: Int) {
        answers.keep(expected, for: slot)
        slots[slot].isJudged = true
    }

    private func clearCookies(_ slot: Int, _ draft: inout RequestDraft) {
        draft.clearsCookies = true
        slots[slot].clearsCookies = false
    }

    /// Takes what the script has left for the engine or for its next request.
    private func takeNotes(_ slot: Int, _ exchange: UserExchange) {
        lua.pointee.has_notes = false
        answers.takeVerdicts(exchange)
        if lua.pointee.clears_cookies {
            lua.pointee.clears_cookies = false
            slots[slot].clearsCookies = true
        }
    }

    private func endStep(_ slot: Int) {
        if slots[slot].isJudged {
            slots[slot].isJudged = false
            answers.forget(slot)
        }
        pool.giveBack(slots[slot].coroutine)
        slots[slot].coroutine = CoroutinePool.none
        slots[slot].activity = .idle
    }

    private func place(ofLine line: Int) -> String { "\(state.scenario.scriptName):\(line)" }

    private func exception(_ slot: Int, isFailed: Bool) -> ScriptException {
        let stepLine = Int(slots[slot].stepLine)
        guard isFailed else {
            return ScriptException(place: place(ofLine: stepLine), message: "the step was suspended by something unknown")
        }
        let coroutine = pool[slots[slot].coroutine]
        let innermost = Int(cicada_failure_line(coroutine))
        let fallback = place(ofLine: innermost > 0 ? innermost : stepLine)
        guard cicada_describe_failure(lua, coroutine) else {
            return ScriptException(place: fallback, message: "an error that could not be described")
        }
        let stack = lua.pointee.main
        defer { lua_settop(stack, -3) }
        let message = LuaMessage(LuaState.text(at: -2, of: stack), shownName: state.shownName)
        let calls = LuaState.text(at: -1, of: stack).split(separator: "\n").dropFirst().map { String($0.drop { $0 == "\t" }) }
        return ScriptException(place: message.line.map(place) ?? fallback, message: message.text, stack: calls.joined(separator: "\n"))
    }
}
