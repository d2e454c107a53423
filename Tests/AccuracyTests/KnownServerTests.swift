import Accuracy
import Foundation
import Glibc
import TestServers
import Testing

/// The server itself. Only lower bounds of times: the machine may be busy.
@Suite(.serialized, .timeLimit(.minutes(1))) struct KnownServerTests {
    /// Runs blocking work against a server on a thread of its own.
    private static func with<Value: Sendable>(
        _ flags: [String], _ work: @escaping @Sendable (ServerProcess) throws -> Value
    ) async throws -> (value: Value, report: KnownServerReport, arrivals: [Int64]) {
        try await onOwnThread {
            let server = try ServerProcess(flags, try Workbench(effort: .part))
            let value = try work(server)
            let (report, arrivals) = try server.finish()
            return (value, report, arrivals)
        }
    }

    private static let request = "GET / HTTP/1.1\r\nHost: x\r\n\r\n"

    @Test func itTellsItsOwnTimeAndKeepsArrivals() async throws {
        let (times, report, arrivals) = try await Self.with(["--latency", "20ms"]) { server in
            var connection = try RawConnection(port: server.port)
            return try (0..<3).map { _ in
                let start = monotonicSeconds()
                try connection.send(Self.request)
                let answer = try connection.receive()
                let own = try #require(answer.header("X-Service-Time").flatMap { Double($0) }) / 1e9
                #expect(answer.status == 200 && answer.body == "ok")
                return (own: own, seen: monotonicSeconds() - start)
            }
        }
        #expect(times.allSatisfy { $0.own >= 0.02 && $0.own <= $0.seen }, "\(times)")
        #expect(report.requests == 3 && report.answers == 3 && report.connections == 1 && arrivals.count == 3)
        #expect(zip(arrivals.dropFirst(), arrivals).allSatisfy { $0 - $1 >= 20_000_000 })
    }

    @Test func requestsInPiecesAndInOnePiece() async throws {
        let (_, report, _) = try await Self.with([]) { server in
            var connection = try RawConnection(port: server.port)
            for piece in ["GET / HT", "TP/1.1\r\nHost: x\r\n\r", "\n"] {
                try connection.send(piece)
                usleep(5000)
            }
            #expect(try connection.receive().status == 200)
            try connection.send(Self.request + Self.request + "GET")
            #expect(try connection.receive().status == 200)
            #expect(try connection.receive().status == 200)
        }
        #expect(report.requests == 3 && report.answers == 3)
    }

    @Test func itAnswersNobodyBeforeAllHaveCome() async throws {
        let (_, report, arrivals) = try await Self.with(["--opens-after", "3"]) { server in
            var one = try RawConnection(port: server.port)
            var two = try RawConnection(port: server.port)
            try one.send(Self.request)
            usleep(50_000)
            try two.send(Self.request)
            usleep(50_000)
            #expect(!server.program.output.contains("open\n"))
            var three = try RawConnection(port: server.port)
            try three.send(Self.request)
            for status in [try one.receive().status, try two.receive().status, try three.receive().status] { #expect(status == 200) }
            try server.waitUntilOpen()
        }
        #expect(report.opened >= (arrivals.last ?? .max) && arrivals.count == 3)
    }

    @Test func itStandsStillWhenItIsTo() async throws {
        let (_, report, _) = try await Self.with(["--stall-after", "100ms", "--stall-for", "300ms"]) { server in
            var connection = try RawConnection(port: server.port)
            let start = monotonicSeconds()
            while monotonicSeconds() - start < 0.5 {
                try connection.send(Self.request)
                _ = try connection.receive()
            }
        }
        let stall = try #require(report.stalls.first)
        #expect(report.stalls.count == 1 && stall[1] - stall[0] >= 300_000_000 && stall[0] - report.opened >= 100_000_000)
    }

    @Test func halfOfTheTimeIsFrozen() async throws {
        let (_, report, arrivals) = try await Self.with(["--freeze-period", "200ms"]) { server in
            var connection = try RawConnection(port: server.port)
            let start = monotonicSeconds()
            while monotonicSeconds() - start < 0.9 {
                try connection.send(Self.request)
                _ = try connection.receive()
            }
        }
        #expect((3...5).contains(report.stalls.count), "\(report.stalls.count)")
        // Nothing is read within.
        for stall in report.stalls { #expect(!arrivals.contains { $0 > stall[0] && $0 < stall[1] }) }
    }

    @Test func oneAfterTheOtherAndTheBodyInTwoParts() async throws {
        let (seconds, _, _) = try await Self.with(["--serial", "--latency", "30ms"]) { server in
            let start = monotonicSeconds()
            var connections: [RawConnectionBox] = []
            for _ in 0..<4 { connections.append(try RawConnectionBox(port: server.port)) }
            for connection in connections { try connection.send(Self.request) }
            for connection in connections { #expect(try connection.receive().status == 200) }
            return monotonicSeconds() - start
        }
        #expect(seconds >= 0.12)
        let (body, _, _) = try await Self.with(["--body-time", "50ms"]) { server in
            var connection = try RawConnection(port: server.port)
            try connection.send(Self.request)
            let answer = try connection.receive()
            // The head says what the server needed until then only.
            return (answer.body, answer.header("X-Service-Time").flatMap { Int64($0) } ?? .max)
        }
        #expect(body.0 == "ok" && body.1 < 50_000_000)
    }
}

/// Several connections in an array.
private final class RawConnectionBox {
    private var connection: RawConnection

    init(port: Int) throws { connection = try RawConnection(port: port) }
    func send(_ text: String) throws { try connection.send(text) }
    func receive() throws -> RawResponse { try connection.receive() }
}
