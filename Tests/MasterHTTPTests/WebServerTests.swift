import Foundation
import Glibc
import LoadModel
import Reporting
import Statistics
import TestServers
import Testing

@testable import MasterHTTP

/// The server over real sockets: what it answers, and whom it does not wait for.
@Suite(.serialized) struct WebServerTests {
    private static func view(names: Int = 3) -> LocustView {
        let info = RunInfo(
            version: "1.2.3", script: "shop \"x\".lua", host: "http://127.0.0.1:9", users: 7, spawnRate: 1, runTimeSeconds: 60,
            startNanosecondsSince1970: 1_795_463_336_250_000_000, elapsedNanoseconds: 20_000_000_000)
        var view = LocustView(info: info, classes: [UserClass(name: "Shopper", tasks: [ScenarioTask(name: "browse")])])
        let recorder = IntervalRecorder()
        for number in 0..<names {
            var name = "/page/\(number)"
            let request = name.withUTF8 { recorder.request(method: .get, name: UnsafeRawBufferPointer($0)) }
            for count in 1...20 {
                let time = Int64(count * (number + 1)) * 1_000_000
                recorder.record(
                    RequestSample(request: request, serviceTimeNanoseconds: time, responseTimeNanoseconds: time, status: 200))
            }
        }
        var result = RunResult()
        result.merge(recorder.takeSnapshot(), fromWorker: "w", second: 19)
        view.result = result
        view.seconds = 20
        view.users = 7
        view.usersByClass = [7]
        view.state = .running
        return view
    }

    /// Runs blocking work against a server on a thread of its own.
    private func serving<Value: Sendable>(
        _ view: LocustView = view(), historyPath: String? = nil, _ work: @escaping @Sendable (WebServer, RunBoard) throws -> Value
    ) async throws -> Value {
        try await onOwnThread {
            let board = RunBoard(view)
            let server = try WebServer(host: "127.0.0.1", port: 0, board: board, historyPath: historyPath)
            defer { server.stop() }
            return try work(server, board)
        }
    }

    private static func ask(_ port: Int, _ request: String) throws -> RawResponse {
        var connection = try RawConnection(port: port)
        try connection.send(request)
        return try connection.receive()
    }

    private static func get(_ port: Int, _ path: String) throws -> RawResponse {
        try ask(port, "GET \(path) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    }

    /// A connection on which a request was answered, and which stays open.
    private final class OpenConnection {
        private var connection: RawConnection

        init(port: Int) throws {
            connection = try RawConnection(port: port)
            try connection.send("GET /worker-count HTTP/1.1\r\nHost: x\r\n\r\n")
            guard try connection.receive().status == 200 else { throw RawConnectionError(what: "not answered") }
        }
    }

    @Test func everyPathAnswers() async throws {
        let answers = try await serving { server, _ in
            try WebPath.allCases.map { ($0, try Self.get(server.port, $0.rawValue + "?x=1")) }
        }
        let ofProcess: Set<WebPath> = [.health, .readiness, .result, .resultJUnit]
        for (path, answer) in answers where !ofProcess.contains(path) {
            #expect(answer.status == (path == .history ? 404 : 200), "\(path): \(answer.status)")
            #expect(answer.header("Access-Control-Allow-Origin") == nil)
            let type =
                path.fileName != nil && path != .history
                ? "text/csv" : path == .overview || path == .history ? "text/plain" : "application/json"
            #expect(answer.header("Content-Type")?.hasPrefix(type) == true, "\(path): \(answer.header("Content-Type") ?? "")")
            if type == "application/json" { _ = try JSONSerialization.jsonObject(with: Data(answer.body.utf8)) }
            if path.fileName != nil, path != .history {
                let name = answer.header("Content-Disposition") ?? ""
                #expect(name == "attachment;filename=Cicada_2026-11-23T19-48-56Z_shop--x-.lua_\(path.fileName ?? "").csv", "\(name)")
            }
        }
        let overview = try #require(answers.first { $0.0 == .overview }?.1.body)
        for path in WebPath.allCases { #expect(overview.contains("GET \(path.rawValue) ")) }
    }

    @Test func whatIsNotServedIsRefused() async throws {
        let long = "X-Long: \(String(repeating: "a", count: 40_000))\r\n"
        let endless = String(repeating: "X-A: b\r\n", count: 5000)
        let body = String(repeating: "b", count: 100_000)
        let close = "Host: x\r\nConnection: close\r\n\r\n"
        let wanted: [(request: String, status: Int)] =
            ["PUT", "DELETE", "OPTIONS", "PATCH"].map { ("\($0) / HTTP/1.1\r\n\(close)", 405) } + [
                ("GET /nothing HTTP/1.1\r\n\(close)", 404), ("GET /stats/requests/ HTTP/1.1\r\n\(close)", 404),
                ("GET /%2e%2e/etc/passwd HTTP/1.1\r\n\(close)", 404),
                ("GET /\(String(repeating: "a", count: 3000)) HTTP/1.1\r\n\(close)", 414),
                ("GET / HTTP/1.1\r\nHost: x\r\n\(long)\r\n", 431),
                ("GET / HTTP/1.1\r\n\(endless)", 431), ("POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n\(body)", 413),
                ("\u{16}\u{3}\u{1}\r\n\r\n", 400), ("GET / HTTP/1.1\r\nContent-Length: x\r\n\r\n", 400),
                // Still well.
                ("GET /worker-count HTTP/1.1\r\n\(close)", 200),
            ]
        let (post, statuses) = try await serving { server, _ in
            (
                try Self.ask(server.port, "POST /swarm HTTP/1.1\r\nHost: x\r\nContent-Length: 12\r\n\r\nuser_count=5"),
                try wanted.map { try Self.ask(server.port, $0.request).status }
            )
        }
        #expect(post.status == 405 && post.header("Allow") == "GET, HEAD" && post.body.contains("cicada scale"), "\(post)")
        for (status, wanted) in zip(statuses, wanted) { #expect(status == wanted.status, "\(wanted.request.prefix(80))") }
    }

    @Test func connectionsAreKeptAndMayBePipelined() async throws {
        let (statuses, head, isEnded) = try await serving { server, _ in
            var connection = try RawConnection(port: server.port)
            var statuses: [Int] = []
            for _ in 0..<3 {
                try connection.send("GET /worker-count HTTP/1.1\r\nHost: x\r\n\r\n")
                statuses.append(try connection.receive().status)
            }
            // More than the longest head, in one piece.
            let request = "GET /tasks HTTP/1.1\r\nHost: x\r\nX-A: \(String(repeating: "a", count: 1000))\r\n\r\n"
            try connection.send(String(repeating: request, count: 40))
            for _ in 0..<40 { statuses.append(try connection.receive().status) }
            try connection.send("HEAD /stats/requests HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
            let head = try connection.receive(withBody: false)
            return (statuses, head, try connection.isEnded())
        }
        #expect(statuses == [Int](repeating: 200, count: 43))
        #expect(head.status == 200 && head.header("Content-Length") != "0" && isEnded)
    }

    /// What is shown follows the run; what was drawn before is not shown again.
    @Test func answersFollowTheRun() async throws {
        struct Logs: Decodable { var master: [String] }
        let (before, after, logs, many) = try await serving { server, board in
            let before = try Self.get(server.port, "/stats/requests").body
            board.change { $0.state = .stopped }
            board.say("a line")
            board.say("of a script", ofWorker: "w")
            let after = try Self.get(server.port, "/stats/requests").body
            let logs = try Self.get(server.port, "/logs").body
            for number in 0..<2000 { board.say("line \(number)") }
            return (before, after, logs, try Self.get(server.port, "/logs").body)
        }
        #expect(before.contains("\"state\": \"running\"") && after.contains("\"state\": \"stopped\""))
        #expect(logs.contains("\"a line\"") && logs.contains("\"of a script\""), "\(logs)")
        let lines = try JSONDecoder().decode(Logs.self, from: Data(many.utf8)).master
        #expect(lines.count == 500 && lines.last == "line 1999")
    }

    @Test func connectionsAreBoundedAndComeFreeAgain() async throws {
        let (isTurnedAway, isFreeAgain) = try await serving { server, _ in
            var open: [OpenConnection] = []
            for _ in 0..<WebServer.mostConnections { open.append(try OpenConnection(port: server.port)) }
            let isTurnedAway = (try? Self.get(server.port, "/worker-count")) == nil
            open.removeAll()
            return (isTurnedAway, becomesTrue { (try? Self.get(server.port, "/worker-count").status) == 200 })
        }
        #expect(isTurnedAway && isFreeAgain)
    }

    /// One that asks a hundred times and never reads gets no answer before the one that it does not take, and nobody waits for it.
    @Test func whoDoesNotReadHoldsUpNobody() async throws {
        let (seconds, statuses, isAnswered) = try await serving(Self.view(names: 400)) { server, _ in
            var deaf = try RawConnection(port: server.port)
            try deaf.send(String(repeating: "GET /stats/requests HTTP/1.1\r\nHost: x\r\n\r\n", count: 100))
            let start = monotonicSeconds()
            let statuses = try (0..<20).map { _ in try Self.get(server.port, "/worker-count").status }
            // When it does read, the answers come, one after the other.
            for _ in 0..<20 { _ = try deaf.receive() }
            return (monotonicSeconds() - start, statuses, true)
        }
        #expect(statuses == [Int](repeating: 200, count: 20) && isAnswered && seconds < 9, "\(seconds)")
    }

    /// Who begins a head and does not end it holds a place for ten seconds, not for ever.
    @Test func slowClientsAreCutOff() async throws {
        let (isEnded, seconds) = try await serving { server, _ in
            var slow = try RawConnection(port: server.port)
            try slow.send("GET / HTTP/1.1\r\n")
            let start = monotonicSeconds()
            while monotonicSeconds() - start < 20 {
                usleep(300_000)
                // What comes after the end is answered with a reset.
                do { try slow.send("X-A: b\r\n") } catch { break }
            }
            return (try slow.isEnded(), monotonicSeconds() - start)
        }
        #expect(isEnded && (9...14).contains(seconds), "\(seconds)")
    }

    @Test func fullHistoryIsSentWhole() async throws {
        let path = FileManager.default.temporaryDirectory.appending(path: "cicada-history-\(UUID())").path
        let text = CSVText.historyHeader + "\r\n" + String(repeating: "1795463336,1000,,Aggregated\r\n", count: 60_000)
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        let (body, gone) = try await serving(historyPath: path) { server, _ in
            let body = try Self.get(server.port, "/stats/requests_full_history/csv").body
            try FileManager.default.removeItem(atPath: path)
            return (body, try Self.get(server.port, "/stats/requests_full_history/csv").status)
        }
        #expect(body == text && gone == 404)
    }

    @Test func aPortThatIsTakenIsSaid() async throws {
        let (port, taken, stranger) = try await serving { server, board in
            func problem(_ host: String) -> String {
                do { try WebServer(host: host, port: server.port, board: board).stop() } catch { return "\(error)" }
                return "none"
            }
            return (server.port, problem("127.0.0.1"), problem("no.such.host.invalid"))
        }
        #expect(taken == "cannot listen on 127.0.0.1 port \(port): Address already in use.")
        #expect(stranger == "'no.such.host.invalid' is no address or name of this machine.")
    }

    /// 1,000 names: at most 500 are listed; the total is of all. And it is drawn quickly enough, although not optimized here.
    @Test func manyNamesAreCutAndQuick() async throws {
        struct Statistics: Decodable {
            struct Row: Decodable {
                var name: String
                var numRequests: Int
            }
            var stats: [Row]
        }
        let (body, seconds) = try await serving(Self.view(names: 1000)) { server, board in
            _ = try Self.get(server.port, "/stats/requests")
            board.change { $0.seconds += 1 }
            let start = monotonicSeconds()
            let body = try Self.get(server.port, "/stats/requests").body
            return (body, monotonicSeconds() - start)
        }
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        let rows = try decoder.decode(Statistics.self, from: Data(body.utf8)).stats
        #expect(rows.count == 501 && rows.last?.name == "Aggregated" && rows.last?.numRequests == 20_000)
        #expect(seconds < 2, "\(seconds)")
    }
}
