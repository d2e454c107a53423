import TestServers
import Testing

@testable import SampleWebapp

/// How connections behave, over a real socket: reuse, order, closing, limits and waiting.
@Suite(.serialized, .timeLimit(.minutes(1))) struct ConnectionTests {
    @Test func servesManyRequestsOnOneConnection() async throws {
        let bodies = try await TestedServer.run { server in
            var connection = try RawConnection(port: server.port)
            return try (0..<200).map { index in
                try connection.send(form("POST", "/login", "deviceid=\(index)"))
                return try connection.receive().body
            }
        }
        #expect(bodies == (0..<200).map { "/login - device: \($0)\n" })
    }

    /// Pipelined requests beyond the limit at which reading pauses, with and without a wait before each answer.
    @Test(arguments: [0, 100_000] as [Int64])
    func answersPipelinedRequestsInOrder(latencyNanoseconds: Int64) async throws {
        var behaviour = Behaviour()
        behaviour.latency = LatencyDistribution(parts: [.init(nanoseconds: latencyNanoseconds, weight: 1)])
        let bodies = try await TestedServer.run(behaviour: behaviour) { server in
            var connection = try RawConnection(port: server.port)
            try connection.send((0..<500).map { form("POST", "/login", "deviceid=\($0)") }.joined())
            return try (0..<500).map { _ in try connection.receive().body }
        }
        #expect(bodies == (0..<500).map { "/login - device: \($0)\n" })
    }

    @Test func readsRequestsThatArriveInPieces() async throws {
        let body = try await TestedServer.run { server in
            var connection = try RawConnection(port: server.port)
            for character in form("POST", "/login", "deviceid=pieces") { try connection.send(String(character)) }
            return try connection.receive().body
        }
        #expect(body == "/login - device: pieces\n")
    }

    @Test(arguments: [
        ("GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", "close", true), ("GET / HTTP/1.0\r\n\r\n", "close", true),
        ("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", "keep-alive", false), ("nonsense\r\n\r\n", "close", true),
    ])
    func endsConnectionsAsAsked(request: String, header: String, ends: Bool) async throws {
        let (response, ended) = try await TestedServer.run { server in
            var connection = try RawConnection(port: server.port)
            try connection.send(request)
            let response = try connection.receive()
            return (response, try ends && connection.isEnded())
        }
        #expect(response.status == (request.hasPrefix("GET") ? 200 : 400))
        #expect(response.header("Connection") == header)
        #expect(ended == ends)
    }

    @Test func closesEachConnectionWhenToldTo() async throws {
        var behaviour = Behaviour()
        behaviour.closeConnections = true
        let (response, ended) = try await TestedServer.run(behaviour: behaviour) { server in
            var connection = try RawConnection(port: server.port)
            try connection.send(plain("GET", "/") + plain("GET", "/"))
            let response = try connection.receive()
            return (response, try connection.isEnded())
        }
        #expect(response.status == 200 && response.header("Connection") == "close")
        #expect(ended)
    }

    @Test func answersClientsThatStopSendingFirst() async throws {
        var behaviour = Behaviour()
        behaviour.latency = try LatencyDistribution(parsing: "1ms")
        let (first, last, ended) = try await TestedServer.run(behaviour: behaviour) { server in
            var connection = try RawConnection(port: server.port)
            try connection.send(plain("GET", "/") + plain("POST", "/login"))
            connection.finishSending()
            return (try connection.receive(), try connection.receive(), try connection.isEnded())
        }
        #expect(first.status == 200 && last.body == "/login - device: \n")
        #expect(ended)
    }

    @Test func asksForBodiesThatAreHeldBack() async throws {
        let (interim, final) = try await TestedServer.run { server in
            var connection = try RawConnection(port: server.port)
            try connection.send("POST /login HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 10\r\n\r\n")
            let interim = try connection.receive(withBody: false)
            try connection.send("deviceid=9")
            return (interim, try connection.receive())
        }
        #expect(interim.status == 100)
        #expect(final.body == "/login - device: 9\n")
    }

    @Test func discardsFormsThatAreTooLarge() async throws {
        let (refused, next) = try await TestedServer.run { server in
            var connection = try RawConnection(port: server.port)
            try connection.send(form("POST", "/login", String(repeating: "x", count: RequestReader.formLimit + 1)))
            let refused = try connection.receive()
            try connection.send(form("POST", "/login", "deviceid=1"))
            return (refused, try connection.receive())
        }
        #expect(refused.status == 413)
        #expect(next.body == "/login - device: 1\n")
    }

    @Test func waitsForTheLatencyBeforeAnswering() async throws {
        var behaviour = Behaviour()
        behaviour.latency = try LatencyDistribution(parsing: "5ms")
        let times = try await TestedServer.run(behaviour: behaviour) { server in
            var connection = try RawConnection(port: server.port)
            return try (0..<20).map { _ in
                let start = monotonicSeconds()
                try connection.send(plain("GET", "/"))
                _ = try connection.receive()
                return monotonicSeconds() - start
            }
        }
        #expect(times.allSatisfy { $0 >= 0.005 }, "\(times)")
        // The best of twenty is free of the machine's other work.
        #expect((times.min() ?? 1) < 0.010, "\(times)")
    }

    @Test func failsOnPurposeAndCountsIt() async throws {
        var behaviour = Behaviour()
        behaviour.failureRate = FailureRate(share: 1)
        let (failed, unknown, counts) = try await TestedServer.run(behaviour: behaviour) { server in
            let failed = try server.exchange(plain("GET", "/"))
            let unknown = try server.exchange(plain("GET", "/nope"))
            return (failed, unknown, try server.exchange(plain("GET", "/counts")))
        }
        #expect(failed.status == 500 && failed.body.utf8.count < 100)
        #expect(unknown.status == 404)
        #expect(counts.body.contains("\"GET /\": {\"500\": 1}") && counts.body.contains("\"(other)\": {\"404\": 1}"))
    }

    /// With one place, four requests take four latencies; the report does not wait for a place.
    @Test(arguments: [1, 2]) func servesOneAtATimeWhenTold(threads: Int) async throws {
        var behaviour = Behaviour()
        behaviour.concurrency = 1
        behaviour.latency = try LatencyDistribution(parsing: "50ms")
        let (serial, statuses, report) = try await TestedServer.run(behaviour: behaviour, threads: threads) { server in
            var first = try RawConnection(port: server.port)
            var second = try RawConnection(port: server.port)
            var third = try RawConnection(port: server.port)
            var fourth = try RawConnection(port: server.port)
            let start = monotonicSeconds()
            try first.send(plain("GET", "/"))
            try second.send(plain("GET", "/"))
            try third.send(plain("GET", "/"))
            try fourth.send(plain("GET", "/"))
            let report = try server.exchange(plain("GET", "/counts"))
            let statuses = [
                try first.receive().status, try second.receive().status, try third.receive().status, try fourth.receive().status,
            ]
            return (monotonicSeconds() - start, statuses, report)
        }
        #expect(serial >= 0.2)
        #expect(statuses == [200, 200, 200, 200])
        #expect(report.status == 200)
    }

    /// A client that leaves while it waits for its place must not keep the place from others.
    @Test func passesThePlaceOfClientsThatLeft() async throws {
        var behaviour = Behaviour()
        behaviour.concurrency = 1
        behaviour.latency = try LatencyDistribution(parsing: "20ms")
        let response = try await TestedServer.run(behaviour: behaviour) { server in
            for _ in 0..<3 {
                let connection = try RawConnection(port: server.port)
                try connection.send(plain("GET", "/"))
            }
            return try server.exchange(plain("GET", "/"))
        }
        #expect(response.status == 200)
    }

    /// Every answer that a client has is in the counts when the client asks, on any connection and thread.
    @Test func neverKnowsLessThanItsClients() async throws {
        let totals = try await TestedServer.run(threads: 2) { server in
            var sender = try RawConnection(port: server.port)
            var asker = try RawConnection(port: server.port)
            return try (1...300).map { sent in
                try sender.send(plain("GET", "/"))
                _ = try sender.receive()
                try asker.send(plain("GET", "/counts"))
                return try asker.receive().body.hasPrefix("{\"total\": \(sent),")
            }
        }
        #expect(totals.allSatisfy { $0 })
    }
}
