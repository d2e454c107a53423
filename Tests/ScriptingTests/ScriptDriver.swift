import LoadModel
import Scripting

/// Plays the engine for the users of a script: answers each request with what it is told, and never waits.
final class ScriptDriver {
    /// A request as the script asked for it.
    struct Request: Equatable {
        var method: HTTPMethod
        var target: String
        var name: String
        var body: String
        var bodyKind: RequestDraft.BodyKind
        var headers: [String]
        var timeoutMilliseconds: Int32 = 0
        var mostRedirects: Int16 = -1
        var clearsCookies = false
    }

    /// An answer to a request.
    struct Answer {
        var status: Int32 = 200
        var body = ""
        var headers = "HTTP/1.1 200 OK\r\n\r\n"
        var transportFailure: String?
        var isBodyTruncated = false
        var serviceTimeNanoseconds: Int64 = 0
        var phases = PhaseTimes()
        var hops = 0
        var finalURL = ""
    }

    /// What a step did, in order.
    enum Event: Equatable {
        case request(String)
        case failure(String)
        case accepted
        case batch([String])
        case sleep(nanoseconds: Int64)
        case rows(source: Int)
        case end
        case leaveGroup
        case stopUser
        case stopRun(String)
        case breach(String)
        case exception(place: String, message: String)
    }

    let users: LuaUsers
    let exchange = UserExchange()
    private(set) var requests: [Request] = []
    var answer: (Request) -> Answer = { _ in Answer() }
    /// What a user that waits for rows is given.
    var grant: (Int) -> RowGrant = { RowGrant(source: $0, rows: 0..<0, isExhausted: true) }

    /// Loads a script named `test.lua`.
    convenience init(_ source: String, files: [String: String] = [:]) throws {
        var script = try Script(name: "test.lua", source: Array(source.utf8))
        script.resources.files = files.mapValues { Array($0.utf8) }
        try self.init(script)
    }

    /// Loads a script.
    init(_ script: Script, memoryLimitBytes: Int = Script.defaultMemoryBytes) throws {
        let sink = PrintedLines()
        users = try LuaUsers(script: script, seed: 1, memoryLimitBytes: memoryLimitBytes) { sink.lines.append($0) }
        self.sink = sink
    }

    private final class PrintedLines { var lines: [String] = [] }
    private let sink: PrintedLines

    /// Lines printed so far.
    var lines: [String] { sink.lines }

    /// A driver for a script with one class `U` whose only task has this body, and one user of it in slot 0.
    static func task(_ body: String) throws -> ScriptDriver {
        let driver = try ScriptDriver("user \"U\" { task { \"t\", function(self)\n\(body)\nend } }")
        driver.users.create(slot: 0, userClass: 0, number: 0)
        return driver
    }

    /// Starts a step and plays it to its end.
    @discardableResult
    func run(_ step: UserStep = .task(0), slot: Int = 0) -> [Event] {
        exchange.request.reset()
        return play(users.begin(step, slot: slot, exchange: exchange), slot: slot)
    }

    /// Carries on from a command to the end of the step.
    func play(_ first: UserCommand, slot: Int) -> [Event] {
        var events: [Event] = []
        var command = first
        while true {
            if !exchange.verdict.failureReason.isEmpty {
                events.append(.failure(exchange.verdict.failureReason.text))
            }
            if exchange.verdict.acceptsStatus { events.append(.accepted) }
            exchange.verdict.reset()
            switch command {
            case .request:
                let request = takeRequest()
                requests.append(request)
                events.append(.request("\(request.method.text) \(request.target)"))
                command = resume(slot, with: answer(request))
            case .sleep(let nanoseconds):
                events.append(.sleep(nanoseconds: nanoseconds))
                exchange.request.reset()
                command = users.wake(slot: slot, exchange: exchange)
            case .end:
                return events + [.end]
            case .batch:
                let batch = exchange.batch.prefix(exchange.batchCount).map { Self.take(&$0.draft) }
                requests += batch
                events.append(.batch(batch.map { "\($0.method.text) \($0.target)" }))
                command = resume(slot, withAll: batch.map(answer))
                for (index, request) in exchange.batch.prefix(batch.count).enumerated() {
                    if !request.verdict.failureReason.isEmpty { events.append(.failure("\(index): \(request.verdict.failureReason.text)")) }
                    if request.verdict.acceptsStatus { events.append(.accepted) }
                    request.verdict.reset()
                }
            case .rows(let source):
                events.append(.rows(source: source))
                users.grant(grant(source))
                command = users.wake(slot: slot, exchange: exchange)
            case .leaveGroup: return events + [.leaveGroup]
            case .stopUser: return events + [.stopUser]
            case .stopRun: return events + [.stopRun(exchange.stopReason)]
            case .breach: return events + [.breach(exchange.stopReason)]
            case .exception:
                let exception = exchange.exception
                exchange.exception = nil
                return events + [.exception(place: exception?.place ?? "", message: exception?.message ?? "")]
            }
        }
    }

    /// Reads and empties the request on the desk.
    func takeRequest() -> Request { Self.take(&exchange.request) }

    private static func take(_ draft: inout RequestDraft) -> Request {
        let lines = draft.headers.text.split(separator: "\0").map(String.init)
        let request = Request(
            method: draft.method, target: draft.target.text, name: draft.name.text, body: draft.body.text, bodyKind: draft.bodyKind,
            headers: lines, timeoutMilliseconds: draft.timeoutMilliseconds, mostRedirects: draft.mostRedirects,
            clearsCookies: draft.clearsCookies)
        draft.reset()
        return request
    }

    /// Resumes a user with an answer.
    func resume(_ slot: Int, with answer: Answer) -> UserCommand {
        withOutcomes([answer]) { users.resume(slot: slot, outcome: $0[0], exchange: exchange) }
    }

    /// Resumes a user with the answers of a batch.
    func resume(_ slot: Int, withAll answers: [Answer]) -> UserCommand {
        withOutcomes(answers) { users.resume(slot: slot, outcomes: $0, exchange: exchange) }
    }

    /// Makes outcomes whose bytes live as long as the call.
    private func withOutcomes(_ answers: [Answer], _ work: ([RequestOutcome]) -> UserCommand) -> UserCommand {
        var kept: [UnsafeMutableRawBufferPointer] = []
        defer { for bytes in kept { bytes.deallocate() } }
        func keep(_ text: String) -> UnsafeRawBufferPointer {
            let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: text.utf8.count, alignment: 1)
            bytes.copyBytes(from: text.utf8)
            kept.append(bytes)
            return UnsafeRawBufferPointer(bytes)
        }
        let outcomes = answers.map { answer in
            var outcome = RequestOutcome()
            outcome.status = answer.status
            outcome.transportFailure = answer.transportFailure
            outcome.isBodyTruncated = answer.isBodyTruncated
            outcome.serviceTimeNanoseconds = answer.serviceTimeNanoseconds
            outcome.phases = answer.phases
            outcome.earlierHops = Array(repeating: PhaseTimes(), count: answer.hops)
            outcome.finalURL = keep(answer.finalURL)
            outcome.body = keep(answer.body)
            outcome.headers = keep(answer.headers)
            return outcome
        }
        return work(outcomes)
    }
}
