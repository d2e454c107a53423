import LoadModel
import NIOCore
import Reporting
import TestServers
import Testing

@testable import MasterHTTP

/// What is answered to Kubernetes' probes and to who fetches a result.
@Suite(.serialized) struct ProcessPagesTests {
    private static let start = NIODeadline.uptimeNanoseconds(1_000_000_000_000)

    private static func answer(_ path: WebPath, seen: TimeAmount?, ending: RunBoard.Ending? = nil) -> WebAnswer? {
        ProcessPages(seenAt: seen.map { start - $0 }, ending: { ending }, now: start).answer(path)
    }

    @Test func aMasterThatComesByLives() {
        // One that still reads its script or state has not come by.
        #expect(Self.answer(.health, seen: nil)?.status == .ok)
        #expect(Self.answer(.health, seen: .seconds(10))?.status == .ok)
        #expect(Self.answer(.health, seen: .seconds(11))?.status == .serviceUnavailable)
    }

    @Test func aMasterIsReadyFromItsFirstTurnOn() {
        #expect(Self.answer(.readiness, seen: nil)?.status == .serviceUnavailable)
        #expect(Self.answer(.readiness, seen: .seconds(0))?.status == .ok)
        // Whether it lives is another question.
        #expect(Self.answer(.readiness, seen: .seconds(100))?.status == .ok)
    }

    @Test func theResultIsThereWhenTheRunHasEnded() {
        for path in [WebPath.result, .resultJUnit] {
            let early = Self.answer(path, seen: .seconds(0))
            #expect(early?.status == .serviceUnavailable && early?.headers.first?.name == "Retry-After")
            #expect(Self.answer(path, seen: .seconds(0), ending: .nothing("not started"))?.status == .notFound)
        }
        let ending = RunBoard.Ending.result(json: "{}", junit: "<a/>")
        let (json, junit) = (Self.answer(.result, seen: nil, ending: ending), Self.answer(.resultJUnit, seen: nil, ending: ending))
        #expect(json?.status == .ok && json?.contentType == "application/json" && junit?.contentType == "application/xml")
        #expect(Self.answer(.tasks, seen: nil, ending: ending) == nil)
    }

    /// Over a socket: from before the first turn to the end.
    @Test func aServerTellsHowFarTheMasterHasCome() async throws {
        let answers = try await onOwnThread {
            let info = RunInfo(
                version: "1.2.3", script: "a.lua", host: "http://127.0.0.1:9", users: 1, spawnRate: 1, runTimeSeconds: 60,
                startNanosecondsSince1970: 0, elapsedNanoseconds: 0)
            let board = RunBoard(LocustView(info: info, classes: []))
            let server = try WebServer(host: "127.0.0.1", port: 0, board: board)
            defer { server.stop() }
            func get(_ path: String, method: String = "GET") throws -> RawResponse {
                var connection = try RawConnection(port: server.port)
                try connection.send("\(method) \(path) HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
                return try connection.receive(withBody: method == "GET")
            }
            var answers = [try get("/readyz"), try get("/healthz"), try get("/result")]
            board.comeBy()
            answers.append(try get("/readyz"))
            board.comeBy(now: .now() - .seconds(11))
            answers.append(try get("/healthz"))
            board.conclude(.result(json: "{\"a\":1}\n", junit: "<testsuites/>\n"))
            answers += [try get("/result"), try get("/result/junit"), try get("/result", method: "HEAD"), try get("/result/xml")]
            return answers + [try get("/readyz", method: "POST")]
        }
        #expect(answers.map(\.status) == [503, 200, 503, 200, 503, 200, 200, 200, 404, 405], "\(answers.map(\.status))")
        #expect(answers[2].header("Retry-After") == "5" && answers[4].body.contains("11 s"), "\(answers[4].body)")
        #expect(answers[5].body == "{\"a\":1}\n" && answers[6].body == "<testsuites/>\n" && answers[7].header("Content-Length") == "8")
    }
}
