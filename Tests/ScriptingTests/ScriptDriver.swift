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
    }

    /// An answer to a request.
    struct Answer {
        var status: Int32 = 200
        var body = ""
        var headers = "HTTP/1.1 200 OK\r\n\r\n"
        var transportFailure: String?
        var isBodyTruncated = false
    }

    /// What a step did, in order.
    enum Event: Equatable {
        case request(String)
        case failure(String)
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
                exchange.verdict.reset()
            }
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
            case .rows(let source):
                events.append(.rows(source: source))
                users.grant(grant(source))
                command = users.wake(slot: slot, exchange: exchange)
            case .leaveGroup: return events + [.leaveGroup]
            case .stopUser: return events + [.stopUser]
            case .stopRun: return events + [.stopRun(exchange.stopReason)]
            case .breach: return events + [.breach(exchange.stopReason)]
            case .batch: preconditionFailure("not built yet")
            case .exception:
                let exception = exchange.exception
                exchange.exception = nil
                return events + [.exception(place: exception?.place ?? "", message: exception?.message ?? "")]
            }
        }
    }

    /// Reads and empties the request on the desk.
    func takeRequest() -> Request {
        let lines = exchange.request.headers.text.split(separator: "\0").map(String.init)
        let request = Request(
            method: exchange.request.method, target: exchange.request.target.text, name: exchange.request.name.text,
            body: exchange.request.body.text, bodyKind: exchange.request.bodyKind, headers: lines)
        exchange.request.reset()
        return request
    }

    /// Resumes a user with an answer.
    func resume(_ slot: Int, with answer: Answer) -> UserCommand {
        var outcome = RequestOutcome()
        outcome.status = answer.status
        outcome.transportFailure = answer.transportFailure
        outcome.isBodyTruncated = answer.isBodyTruncated
        return Array(answer.body.utf8).withUnsafeBytes { body in
            Array(answer.headers.utf8).withUnsafeBytes { headers in
                outcome.body = body
                outcome.headers = headers
                return users.resume(slot: slot, outcome: outcome, exchange: exchange)
            }
        }
    }
}
