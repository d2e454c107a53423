import CLua
import CLuaBridge
import LoadModel

/// The virtual users of one engine thread, written in Lua. Owned by the thread that made it.
///
/// Between steps a user is its `self` table and a few bytes here; a step runs in a coroutine of a pool. A request or sleep suspends the
/// coroutine, whose arguments are then read from its stack.
package final class LuaUsers: VirtualUsers {
    /// What a slot's user is doing.
    private enum Activity: UInt8 { case absent, idle, requesting, batching, sleeping, waitingForRows }

    private struct Slot {
        var coroutine = CoroutinePool.none
        var userClass: Int32 = 0
        var number: Int64 = 0
        var stepLine: Int32 = 0
        var step = UserStep.start
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
    private let drawsRows: Bool
    /// Whether any class says something of all its requests: copying that costs.
    private let hasDefaults: Bool
    private var slots: [Slot] = []
    private var pool: CoroutinePool
    private var reader: RequestReader
    private var answers: ScriptAnswers
    private var pacing = CollectorPacing()
    /// Why the state must not be entered any more; empty: it may.
    private var breach = ""

    /// The largest value, as JSON, that `setup` may return.
    private static let largestValue = 1 << 20

    /// Runs the script's top level in a state of its own.
    ///
    /// `log` gets each line that the script prints, on the engine thread. `seed` makes `uuid()` repeatable. When Lua would hold more than
    /// `memoryLimitBytes`, the command is `.breach`, then and ever after. Throws a `ScriptError` just as `Script.scenario` does.
    package init(
        script: Script, seed: UInt64? = nil, memoryLimitBytes: Int = Script.defaultMemoryBytes, log: @escaping (String) -> Void = { _ in }
    ) throws(ScriptError) {
        state = try LuaState(
            script: script, materials: ScriptMaterials(script.resources), memoryLimitBytes: memoryLimitBytes, seed: seed, log: log)
        lua = state.lua
        drawsRows = !state.host.stocks.isEmpty
        hasDefaults = state.functions.contains { $0.defaults != nil }
        pool = CoroutinePool(lua: lua)
        reader = RequestReader(lua: lua)
        answers = ScriptAnswers(lua: lua)
        cicada_tune_collector(lua, CollectorPacing.pausePercent, CollectorPacing.stepMultiplier, CollectorPacing.stepSizeLog2)
    }

    package func create(slot: Int, userClass: Int, number: Int) {
        if slot >= slots.count { slots.append(contentsOf: repeatElement(Slot(), count: slot + 1 - slots.count)) }
        precondition(slots[slot].activity == .absent, "the slot is taken")
        precondition(state.functions.indices.contains(userClass), "no such user class")
        slots[slot] = Slot(
            userClass: Int32(userClass), number: Int64(number), activity: .idle,
            hasSelf: breach.isEmpty && cicada_make_user(lua, Int32(slot)))
    }

    package func begin(_ step: UserStep, slot: Int, exchange: UserExchange) -> UserCommand {
        precondition(slots[slot].activity == .idle, "the user is not between steps")
        guard let function = function(of: step, Int(slots[slot].userClass)) else { return .end }
        guard breach.isEmpty else { return broken(exchange) }
        slots[slot].step = step
        slots[slot].stepLine = Int32(function.line)
        if !slots[slot].hasSelf { slots[slot].hasSelf = cicada_make_user(lua, Int32(slot)) }
        guard slots[slot].hasSelf, let coroutine = pool.take() else { return breakDown(slot, exchange) }
        slots[slot].coroutine = coroutine
        if drawsRows { for source in state.host.stocks.indices { state.host.stocks[source].beginStep(slot: slot) } }
        setUser(slot)
        return settle(cicada_begin(lua, pool[coroutine], function.reference, Int32(slot)), slot: slot, exchange: exchange)
    }

    /// The function of a step; nil: the script has none.
    private func function(of step: UserStep, _ userClass: Int) -> ClassFunctions.Function? {
        switch step {
        case .start: state.functions[userClass].onStart
        case .task(let index): state.functions[userClass].tasks[index]
        case .stop: state.functions[userClass].onStop
        case .setup: state.setup
        case .teardown: state.teardown
        }
    }

    /// Tells the bridge whose step runs.
    private func setUser(_ slot: Int) {
        lua.pointee.slot = Int32(slot)
        lua.pointee.user_class = slots[slot].userClass
        lua.pointee.user_number = slots[slot].number
    }

    package func resume(slot: Int, outcome: borrowing RequestOutcome, exchange: UserExchange) -> UserCommand {
        precondition(slots[slot].activity == .requesting, "the user has not asked for a request")
        guard breach.isEmpty else { return broken(exchange) }
        setUser(slot)
        answers.set(outcome, of: slot, isJudged: slots[slot].isJudged)
        slots[slot].isJudged = false
        return settle(cicada_resume(lua, pool[slots[slot].coroutine]), slot: slot, exchange: exchange)
    }

    package func wake(slot: Int, exchange: UserExchange) -> UserCommand {
        precondition(slots[slot].activity == .sleeping || slots[slot].activity == .waitingForRows, "the user does not sleep")
        guard breach.isEmpty else { return broken(exchange) }
        setUser(slot)
        return settle(cicada_resume(lua, pool[slots[slot].coroutine]), slot: slot, exchange: exchange)
    }

    package func resume(slot: Int, outcomes: [RequestOutcome], exchange: UserExchange) -> UserCommand {
        precondition(slots[slot].activity == .batching, "the user has not asked for such a batch")
        guard breach.isEmpty else { return broken(exchange) }
        setUser(slot)
        slots[slot].isJudged = false
        if !answers.set(outcomes, of: slot) {
            return settle(refuse(slot, "batch", Refusal(message: "not enough memory")), slot: slot, exchange: exchange)
        }
        return settle(cicada_resume(lua, pool[slots[slot].coroutine]), slot: slot, exchange: exchange)
    }

    package func pause(slot: Int, exchange: UserExchange) -> Int64? {
        precondition(slots[slot].activity == .idle, "the user is not between steps")
        guard let function = state.functions[Int(slots[slot].userClass)].wait else { return 0 }
        var seconds = 0.0
        if breach.isEmpty, slots[slot].hasSelf {
            setUser(slot)
            let isReturned = cicada_pause(lua, function.reference, Int32(slot), &seconds)
            if lua.pointee.has_notes { takeNotes(slot, exchange) }
            if isReturned { return Int64((seconds * 1e9).rounded()) }
            slots[slot].stepLine = Int32(function.line)
            exchange.exception = exception(slot)
            if lua.pointee.unwinding == CICADA_UNWINDING_MEMORY { _ = breakDown(slot, exchange) }
        }
        if !breach.isEmpty { exchange.exception = ScriptException(place: place(ofLine: function.line), message: breach) }
        return nil
    }

    /// Tells what steps do from now on, on the thread that runs them.
    package func observe(_ observer: StepObserver) {
        state.host.observer = observer
        lua.pointee.tells_judgements = true
    }

    package func grant(_ grant: RowGrant) { state.host.stocks[grant.source].grant(grant) }

    package func share(_ value: [UInt8]) {
        guard breach.isEmpty else { return }
        value.withUnsafeBytes { bytes in
            _ = cicada_share(lua, bytes.baseAddress?.assumingMemoryBound(to: CChar.self), bytes.count)
        }
    }

    package func abandon(slot: Int) {
        precondition(slots[slot].activity != .absent, "the slot is free")
        guard slots[slot].activity != .idle else { return }
        if breach.isEmpty { cicada_reset(lua, pool[slots[slot].coroutine]) }
        endStep(slot)
    }

    package func destroy(slot: Int) {
        abandon(slot: slot)
        if breach.isEmpty { cicada_drop_user(lua, Int32(slot)) }
        for source in state.host.stocks.indices { state.host.stocks[source].forget(slot: slot) }
        slots[slot] = Slot()
    }

    package func tidy() -> Bool {
        guard breach.isEmpty, pacing.wantsStep(usedBytes: usedBytes) else { return false }
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
                if slots[slot].step == .setup, let problem = takeValue(slot, exchange) {
                    exchange.exception = problem
                    endStep(slot)
                    return .exception
                }
                endStep(slot)
                return .end
            case CICADA_RETURN_YIELDED where lua.pointee.command == CICADA_COMMAND_REQUEST:
                let method = HTTPMethod(rawValue: UInt8(truncatingIfNeeded: lua.pointee.method)) ?? .get
                do throws(Refusal) {
                    let defaults = hasDefaults ? state.functions[Int(slots[slot].userClass)].defaults : nil
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
            case CICADA_RETURN_YIELDED where lua.pointee.command == CICADA_COMMAND_ROWS:
                slots[slot].activity = .waitingForRows
                return .rows(source: Int(lua.pointee.source))
            default: return fail(slot, exchange)
            }
        }
    }

    /// The command with which a step ends that did not come to its end.
    private func fail(_ slot: Int, _ exchange: UserExchange) -> UserCommand {
        let step = slots[slot].step
        let unwinding = lua.pointee.unwinding
        if unwinding == CICADA_UNWINDING_MEMORY { return breakDown(slot, exchange) }
        defer { endStep(slot) }
        switch unwinding {
        case CICADA_UNWINDING_STOP_USER where step != .setup && step != .teardown: return .stopUser
        case CICADA_UNWINDING_STOP_RUN:
            let length = lua.pointee.stop_reason_length
            exchange.stopReason = withUnsafeBytes(of: &lua.pointee.stop_reason) { String(decoding: $0.prefix(length), as: UTF8.self) }
            return .stopRun
        case CICADA_UNWINDING_LEAVE:
            if case .task(let index) = step, state.functions[Int(slots[slot].userClass)].isGrouped[index] { return .leaveGroup }
            let line = lua.pointee.error_line > 0 ? lua.pointee.error_line : slots[slot].stepLine
            exchange.exception = ScriptException(
                place: place(ofLine: Int(line)),
                message: "leave() ends the group of a task, but here is none: use it in a task within a group")
        case CICADA_UNWINDING_STOP_USER:
            exchange.exception = ScriptException(
                place: place(ofLine: Int(slots[slot].stepLine)), message: "there is no user to stop in setup and teardown")
        default: exchange.exception = exception(slot)
        }
        return .exception
    }

    /// The state has broken its limit of memory: nothing in it is touched any more.
    private func breakDown(_ slot: Int, _ exchange: UserExchange) -> UserCommand {
        let size = lua.pointee.limit_bytes >= 1 << 20 ? "\(lua.pointee.limit_bytes >> 20) MiB" : "\(lua.pointee.limit_bytes) bytes"
        let line = lua.pointee.is_refused && lua.pointee.refused_line > 0 ? lua.pointee.refused_line : slots[slot].stepLine
        breach =
            "the script needs more memory than the \(size) that it may have, at \(place(ofLine: Int(line))): "
            + "keep less in self and in global variables"
        endStep(slot)
        return broken(exchange)
    }

    private func broken(_ exchange: UserExchange) -> UserCommand {
        exchange.stopReason = breach
        return .breach
    }

    /// Takes what `setup` returned; what is wrong with it, if anything is.
    private func takeValue(_ slot: Int, _ exchange: UserExchange) -> ScriptException? {
        let stack = pool[slots[slot].coroutine]
        exchange.value = []
        guard lua_type(stack, -1) > LUA_TNIL else { return nil }
        var value = ByteBuffer()
        var problem = ""
        do throws(Refusal) { try JSONBody(lua: lua).append(lua_gettop(stack), of: stack, to: &value) } catch { problem = error.message }
        if value.count > Self.largestValue {
            problem = "it has \(value.count) bytes as JSON; at most \(Self.largestValue) go to all workers"
        }
        if problem.isEmpty {
            exchange.value = Array(value.bytes)
            return nil
        }
        return ScriptException(place: place(ofLine: Int(slots[slot].stepLine)), message: "the value of setup cannot be shared: \(problem)")
    }

    /// Takes the script's own figures, and what is to be known of rows.
    private func takeFigures(_ exchange: UserExchange) {
        let host = state.host
        if !host.measurements.isEmpty {
            exchange.measurements += host.measurements
            host.measurements.removeAll(keepingCapacity: true)
        }
        for source in host.stocks.indices {
            if host.stocks[source].wanted > 0 { exchange.rowsWanted.append((source, host.stocks[source].wanted)) }
            if host.stocks[source].drawn > 0 { exchange.rowsDrawn.append((source, host.stocks[source].drawn)) }
            host.stocks[source].wanted = 0
            host.stocks[source].drawn = 0
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
        takeFigures(exchange)
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
        if breach.isEmpty { pool.giveBack(slots[slot].coroutine) }
        slots[slot].coroutine = CoroutinePool.none
        slots[slot].activity = .idle
    }

    private func place(ofLine line: Int) -> String { "\(state.scenario.scriptName):\(line)" }

    private func exception(_ slot: Int) -> ScriptException {
        let (message, innermost, stack) = state.lastError()
        let line = message.line ?? (innermost > 0 ? innermost : Int(slots[slot].stepLine))
        return ScriptException(place: message.place(in: state.script, line: line), message: message.text, stack: stack)
    }
}
