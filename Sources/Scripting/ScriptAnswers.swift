import CLuaBridge
import LoadModel

/// Hands the outcomes of requests to a Lua state, and what the script says of them back to the engine.
struct ScriptAnswers {
    private let lua: UnsafeMutablePointer<cicada_lua>
    /// By slot: what the requests under way expect of their answers; only where one expects something.
    private var expectations: [Int: [Expectation?]] = [:]

    /// For a state.
    init(lua: UnsafeMutablePointer<cicada_lua>) { self.lua = lua }

    /// Keeps what a slot's requests expect of their answers.
    mutating func keep(_ expected: [Expectation?], for slot: Int) { expectations[slot] = expected }

    /// Forgets what a slot's requests expect.
    mutating func forget(_ slot: Int) { expectations[slot] = nil }

    /// Lays the outcome of a slot's request ready. `isJudged`: something was kept for the slot.
    mutating func set(_ outcome: borrowing RequestOutcome, of slot: Int, isJudged: Bool) {
        lua.pointee.answer = CICADA_ANSWER_OUTCOME
        Self.write(outcome, to: &lua.pointee.outcome)
        guard isJudged, let expected = expectations.removeValue(forKey: slot)?.first else { return }
        withUnsafeMutablePointer(to: &lua.pointee.verdict) { judge(lua.pointee.outcome, expected, $0) }
    }

    /// Lays the outcomes of a slot's batch ready. False: there is no memory for them.
    mutating func set(_ outcomes: [RequestOutcome], of slot: Int) -> Bool {
        let expected = expectations.removeValue(forKey: slot)
        guard cicada_prepare_batch(lua, Int32(outcomes.count)), let room = lua.pointee.batch_outcomes,
            let verdicts = lua.pointee.batch_verdicts
        else { return false }
        lua.pointee.answer = CICADA_ANSWER_BATCH
        for (index, outcome) in outcomes.enumerated() {
            Self.write(outcome, to: &room[index])
            if let expected { judge(room[index], expected[index], verdicts + index) }
        }
        return true
    }

    /// Moves what the script has said of its answers to the engine's desk.
    func takeVerdicts(_ exchange: UserExchange) {
        withUnsafeMutablePointer(to: &lua.pointee.verdict) { Self.move($0, to: &exchange.verdict) }
        guard let verdicts = lua.pointee.batch_verdicts, lua.pointee.batch_count > 0 else { return }
        for index in 0..<Int(lua.pointee.batch_count) { Self.move(verdicts + index, to: &exchange.batch[index].verdict) }
        lua.pointee.batch_count = 0
    }

    private static func move(_ verdict: UnsafeMutablePointer<cicada_verdict>, to target: inout RequestVerdict) {
        let length = verdict.pointee.reason_length
        if length > 0 {
            withUnsafeBytes(of: &verdict.pointee.reason) { target.failureReason.append(UnsafeRawBufferPointer(rebasing: $0[..<length])) }
        }
        if verdict.pointee.accepts_status { target.acceptsStatus = true }
        verdict.pointee.reason_length = 0
        verdict.pointee.accepts_status = false
        verdict.pointee.is_about_status = false
    }

    private func judge(_ outcome: cicada_outcome, _ expected: Expectation?, _ verdict: UnsafeMutablePointer<cicada_verdict>) {
        guard let expected, !outcome.figures.is_transport_failure else { return }
        if expected.holds(outcome.figures.status) {
            verdict.pointee.accepts_status = true
            lua.pointee.has_notes = true
            return
        }
        var reason = "HTTP \(outcome.figures.status), expected \(expected.words)"
        reason.withUTF8 { text in
            text.withMemoryRebound(to: CChar.self) { cicada_object(lua, verdict, $0.baseAddress, $0.count) }
        }
        verdict.pointee.is_about_status = true
    }

    private static func write(_ outcome: borrowing RequestOutcome, to target: inout cicada_outcome) {
        target.figures.status = outcome.status
        target.figures.redirects = Int32(truncatingIfNeeded: outcome.earlierHops.count)
        target.figures.is_transport_failure = outcome.transportFailure != nil || outcome.status == 0
        target.figures.is_truncated = outcome.isBodyTruncated
        target.figures.service_nanoseconds = outcome.serviceTimeNanoseconds
        target.figures.phase_microseconds = (
            outcome.phases.lookupMicroseconds, outcome.phases.connectMicroseconds, outcome.phases.tlsMicroseconds,
            outcome.phases.waitMicroseconds, outcome.phases.receiveMicroseconds
        )
        target.body = outcome.body.baseAddress
        target.body_length = outcome.body.count
        target.headers = outcome.headers.baseAddress
        target.headers_length = outcome.headers.count
        target.url = outcome.finalURL.baseAddress
        target.url_length = outcome.finalURL.count
        target.words_length = 0
        if target.figures.is_transport_failure { write(outcome.transportFailure ?? "no answer", to: &target) }
    }

    private static func write(_ words: String, to target: inout cicada_outcome) {
        var words = words
        target.words_length = words.withUTF8 { text in
            withUnsafeMutableBytes(of: &target.words) { room in
                let count = min(text.count, room.count)
                room.copyBytes(from: text.prefix(count))
                return count
            }
        }
    }
}
