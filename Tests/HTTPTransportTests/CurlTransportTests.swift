import Glibc
import LoadModel
import TestServers
import Testing

@testable import HTTPTransport

@Suite(.serialized, .timeLimit(.minutes(2)))
struct CurlTransportTests {
    @Test func sendsEachMethodWithItsBody() throws {
        let server = try ScriptedServer { request in
            ScriptedServer.answer("\(request.line)|\(String(decoding: request.body, as: UTF8.self))")
        }
        defer { server.stop() }
        let bench = try TransportBench()
        let cases: [(HTTPMethod, String?, String)] = [
            (.get, nil, "GET /a?b=c HTTP/1.1|"), (.post, "x=1", "POST /a?b=c HTTP/1.1|x=1"), (.put, "y", "PUT /a?b=c HTTP/1.1|y"),
            (.get, nil, "GET /a?b=c HTTP/1.1|"), (.delete, nil, "DELETE /a?b=c HTTP/1.1|"), (.patch, "z", "PATCH /a?b=c HTTP/1.1|z"),
            (.post, nil, "POST /a?b=c HTTP/1.1|"), (.options, nil, "OPTIONS /a?b=c HTTP/1.1|"), (.delete, "d", "DELETE /a?b=c HTTP/1.1|d"),
            (.post, "longer than before", "POST /a?b=c HTTP/1.1|longer than before"),
            (.trace, nil, "TRACE /a?b=c HTTP/1.1|"), (.get, "query", "GET /a?b=c HTTP/1.1|query"),
            (.options, "o", "OPTIONS /a?b=c HTTP/1.1|o"), (.get, nil, "GET /a?b=c HTTP/1.1|"),
        ]
        for (method, body, expected) in cases {
            try bench.submit(method, "/a?b=c", base: server.url, body: body)
            let result = try #require(bench.finish().first)
            #expect(result.failure == nil)
            #expect(result.status == 200)
            #expect(result.body == expected)
            #expect(result.receivedBytes == expected.utf8.count)
        }
        #expect(server.connections == 1)
        // A HEAD is answered without a body.
        let silent = try ScriptedServer { _ in [.send("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")] }
        defer { silent.stop() }
        try bench.submit(.head, "/", base: silent.url)
        let head = try #require(bench.finish().first)
        #expect(head.failure == nil && head.body.isEmpty && head.headers.contains("Content-Length: 5"))
        try bench.submit(.get, "/a", base: server.url)
        #expect(bench.finish().first?.body == "GET /a HTTP/1.1|")
    }

    @Test func setsHeadersAndContentTypes() throws {
        let server = try ScriptedServer { ScriptedServer.answer($0.head) }
        defer { server.stop() }
        let bench = try TransportBench()
        func head(_ kind: RequestDraft.BodyKind, _ headers: [String] = []) throws -> String {
            try bench.submit(.post, "/", base: server.url, body: "{}", kind: kind, headers: headers)
            return bench.finish().first?.body ?? ""
        }
        #expect(try head(.form).contains("Content-Type: application/x-www-form-urlencoded"))
        #expect(try head(.json).contains("Content-Type: application/json"))
        #expect(try head(.raw).contains("Content-Type: application/octet-stream"))
        let own = try head(.json, ["content-type: application/vnd.api+json", "X-Empty:", "Authorization: Bearer x"])
        #expect(own.contains("content-type: application/vnd.api+json") && !own.contains("application/json\r\n"))
        #expect(own.contains("X-Empty:") && own.contains("Authorization: Bearer x"))
        #expect(!(try head(.form)).contains("Authorization"))
    }

    @Test func reportsPhasesOnlyWhereTheyHappened() throws {
        let server = try ScriptedServer { _ in
            [.pause(milliseconds: 50), .send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nab"), .pause(milliseconds: 80), .send("cd")]
        }
        defer { server.stop() }
        let bench = try TransportBench()
        try bench.submit(.get, "/", base: server.url)
        let cold = try #require(bench.finish().first)
        #expect(cold.phases.connectMicroseconds >= 0 && cold.phases.lookupMicroseconds >= 0)
        #expect(cold.phases.tlsMicroseconds == PhaseTimes.absent)
        try bench.submit(.get, "/", base: server.url)
        let warm = try #require(bench.finish().first)
        #expect(warm.phases.connectMicroseconds == PhaseTimes.absent && warm.phases.lookupMicroseconds == PhaseTimes.absent)
        for result in [cold, warm] {
            #expect((49_000..<80_000).contains(result.phases.waitMicroseconds))
            #expect((78_000..<120_000).contains(result.phases.receiveMicroseconds))
            #expect(result.serviceTimeNanoseconds >= 130_000_000 && result.serviceTimeNanoseconds < 200_000_000)
        }
    }

    @Test func phasesAddUpToTheServiceTime() throws {
        let server = try ScriptedServer { request in
            (request.line.contains("/slow") ? [.pause(milliseconds: 50)] : []) + ScriptedServer.answer("x")
        }
        defer { server.stop() }
        let bench = try TransportBench()
        func sum(_ phases: PhaseTimes) -> Int64 {
            let all = [phases.lookupMicroseconds, phases.connectMicroseconds, phases.tlsMicroseconds, phases.waitMicroseconds]
            return (all + [phases.receiveMicroseconds]).reduce(0) { $0 + max(0, $1) }
        }
        for mode in [ConnectionMode.user, .new] {
            for (method, body) in [(HTTPMethod.get, nil), (.post, "x=1"), (.get, nil)] {
                try bench.submit(method, "/slow", base: server.url, mode: mode, body: body)
                let result = try #require(bench.finish().first)
                #expect((50_000..<80_000).contains(result.phases.waitMicroseconds))
                #expect(sum(result.phases) * 1000 <= result.serviceTimeNanoseconds + 5000)
                #expect(sum(result.phases) * 1000 >= result.serviceTimeNanoseconds * 95 / 100)
            }
            // Short ones have shown the sending, which was in no phase; the middle one of many is looked at, since the machine may be busy.
            var shares: [Double] = []
            for _ in 0..<200 {
                try bench.submit(.get, "/", base: server.url, mode: mode)
                let result = try #require(bench.finish().first)
                shares.append(Double(sum(result.phases)) * 1000 / Double(result.serviceTimeNanoseconds))
            }
            let share = shares.sorted()[100]
            #expect(share > 0.7 && share < 1.01, "\(mode): \(share)")
        }
    }

    @Test func methodsWithoutTheirBodySayNothingOfItsType() throws {
        let server = try ScriptedServer {
            ScriptedServer.answer("\($0.header("content-type") ?? "-") \($0.header("content-length") ?? "-")")
        }
        defer { server.stop() }
        let bench = try TransportBench()
        for headers in [[], ["X-A: 1"], []] {
            for method in [HTTPMethod.post, .put, .patch] {
                try bench.submit(method, "/", base: server.url, headers: headers)
                #expect(bench.finish().first?.body == "- 0")
                try bench.submit(method, "/", base: server.url, body: "x=1", headers: headers)
                #expect(bench.finish().first?.body == "application/x-www-form-urlencoded 3")
            }
            try bench.submit(.get, "/", base: server.url, headers: headers)
            #expect(bench.finish().first?.body == "- -")
            try bench.submit(.post, "/", base: server.url, headers: headers + ["Content-Type: text/odd"])
            #expect(bench.finish().first?.body == "text/odd 0")
        }
    }

    @Test func addressesAreGivenAgainWhenARequestNeverBegan() throws {
        let server = try ScriptedServer { _ in ScriptedServer.answer("x") }
        defer { server.stop() }
        let bench = try TransportBench()
        let url = "http://localhost:\(server.port)"
        try bench.submit(.get, "/", base: url)
        #expect(bench.finish().first?.failure == nil)
        // A user of another multi handle: libcurl is not called before the request is broken off.
        let slot = CurlMulti.usersEach
        try bench.submit(.get, "/", base: url, slot: slot)
        #expect(bench.transport.multi(of: slot).addressVersions.count == 1)
        bench.transport.cancel(slot: slot)
        #expect(bench.transport.multi(of: slot).addressVersions.isEmpty)
        try bench.submit(.get, "/", base: url, slot: slot)
        #expect(bench.finish().first?.failure == nil && bench.transport.multi(of: slot).addressVersions.count == 1)
        #expect(bench.transport.inFlight == 0 && bench.transport.committedConnections == 2)
    }

    @Test(arguments: [70_000, 1_500_000])
    func largeUploadsAreTimedAndNotHeldUp(size: Int) throws {
        let server = try ScriptedServer { request in [.pause(milliseconds: 50)] + ScriptedServer.answer("\(request.body.count)") }
        defer { server.stop() }
        let bench = try TransportBench()
        try bench.submit(.post, "/", base: server.url, body: String(repeating: "x", count: size))
        let result = try #require(bench.finish().first)
        #expect(result.body == "\(size)")
        // libcurl 7.88's own stamp would say less than a millisecond, and Expect: 100-continue would add a second.
        #expect(result.phases.waitMicroseconds >= 50_000 && result.phases.waitMicroseconds < 500_000)
        #expect(result.serviceTimeNanoseconds < 900_000_000)
        #expect(server.requests.first?.header("expect") == nil)
    }

    @Test func eachUserKeepsItsConnectionAndCookies() throws {
        let server = try ScriptedServer { request in
            ScriptedServer.answer(
                "\(request.connection) \(request.header("cookie") ?? "-")",
                headers: request.line.contains("/login")
                    ? ["Set-Cookie: session=\(request.header("x-user") ?? ""); Path=/"] : [])
        }
        defer { server.stop() }
        let bench = try TransportBench()
        for slot in 0..<5 {
            try bench.submit(.get, "/login", base: server.url, slot: slot, headers: ["X-User: u\(slot)"])
            #expect(bench.finish().first?.status == 200)
        }
        #expect(server.connections == 5)
        for round in 0..<3 {
            // All at once, then one after the other: handles change hands, connections and cookies do not.
            if round == 0 {
                for slot in 0..<5 { try bench.submit(.get, "/", base: server.url, slot: slot) }
                for result in bench.finish(5) { #expect(result.body == "\(result.slot) session=u\(result.slot)") }
            } else {
                for slot in [4, 0, 2, 1, 3] {
                    try bench.submit(.get, "/", base: server.url, slot: slot)
                    #expect(bench.finish().first?.body == "\(slot) session=u\(slot)")
                }
            }
        }
        #expect(server.connections == 5)
        bench.transport.forget(slot: 2)
        #expect(bench.transport.openConnections == 4)
        try bench.submit(.get, "/", base: server.url, slot: 2)
        #expect(bench.finish().first?.body == "5 -")
    }

    @Test func cookiesOutliveClosedConnections() throws {
        let server = try ScriptedServer { request in
            ScriptedServer.answer(request.header("cookie") ?? "-", headers: ["Set-Cookie: a=1", "Connection: close"]) + [.close]
        }
        defer { server.stop() }
        let bench = try TransportBench()
        for _ in 0..<2 {
            for slot in 0..<4 {
                try bench.submit(.get, "/", base: server.url, slot: slot)
                _ = bench.finish()
            }
        }
        #expect(bench.transport.openConnections == 0)
        #expect(server.requests.map { $0.header("cookie") ?? "-" } == ["-", "-", "-", "-", "a=1", "a=1", "a=1", "a=1"])
        #expect(bench.transport.connectionsOpened == 8)
    }

    @Test func modesDecideWhoSharesConnections() throws {
        let server = try ScriptedServer { ScriptedServer.answer("\($0.connection)") }
        defer { server.stop() }
        let shared = try TransportBench()
        for slot in 0..<10 {
            try shared.submit(.get, "/", base: server.url, slot: slot, mode: .shared)
            _ = shared.finish()
        }
        #expect(server.connections == 1)
        // Users 0 and 64 are in different pools.
        try shared.submit(.get, "/", base: server.url, slot: 64, mode: .shared)
        #expect(shared.finish().first?.body == "1")
        let fresh = try TransportBench()
        for _ in 0..<3 {
            try fresh.submit(.get, "/", base: server.url, slot: 0, mode: .new)
            _ = fresh.finish()
        }
        #expect(server.connections == 5)
        #expect(fresh.transport.openConnections == 0)
    }

    @Test func noticesIdleConnectionsThatTheServerCloses() throws {
        let server = try ScriptedServer { _ in ScriptedServer.answer("x") + [.pause(milliseconds: 20), .close] }
        defer { server.stop() }
        let bench = try TransportBench()
        for slot in 0..<8 { try bench.submit(.get, "/", base: server.url, slot: slot) }
        #expect(bench.finish(8).count == 8)
        // The server closes 20 ms after its answer, or later on a busy machine.
        for _ in 0..<50 where bench.transport.openConnections > 0 { bench.idle(milliseconds: 100) }
        #expect(bench.transport.openConnections == 0)
        try bench.submit(.get, "/", base: server.url)
        #expect(bench.finish().first?.status == 200)
    }

    @Test func accountsForConnectionsThatWereNeverMade() throws {
        // Nobody accepts, and one may wait: all others stay halfway.
        let (listener, port) = try Loopback.listen(backlog: 0)
        defer { close(listener) }
        let url = "http://127.0.0.1:\(port)"
        var options = TransportOptions()
        options.connectTimeoutMilliseconds = 300
        let bench = try TransportBench(options)
        for mode in [ConnectionMode.user, .new] {
            for slot in 0..<6 { try bench.submit(.get, "/", base: url, slot: slot, mode: mode) }
            bench.idle(milliseconds: 50)
            #expect(bench.transport.openConnections == 6)
            for slot in 0..<3 { bench.transport.forget(slot: slot) }
            #expect(bench.transport.openConnections == 3)
            // The rest times out.
            bench.idle(milliseconds: 500)
            for slot in 3..<6 { bench.transport.forget(slot: slot) }
            #expect(bench.transport.openConnections == 0 && bench.transport.committedConnections == 0)
        }
    }

    @Test func namesFailuresInStableWords() throws {
        let bench = try TransportBench()
        func failure(_ target: String, base: String = "") throws -> String? {
            try bench.submit(.get, target, base: base)
            let result = try #require(bench.finish().first)
            #expect(result.status == 0)
            return result.failure
        }
        let closed = try ScriptedServer { _ in [] }
        closed.stop()
        #expect(try failure("/", base: "http://127.0.0.1:1") == "Could not connect: Connection refused")
        #expect(try failure("http://no-such-host.invalid/")?.hasPrefix("Could not resolve host") == true)
        let silent = try ScriptedServer { _ in [.close] }
        defer { silent.stop() }
        #expect(try failure("/", base: silent.url) == "Connection closed without an answer")
        let partial = try ScriptedServer { _ in [.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"), .close] }
        defer { partial.stop() }
        #expect(try failure("/", base: partial.url) == "Connection closed in the middle of the answer")
        let reset = try ScriptedServer { _ in [.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc"), .pause(milliseconds: 20), .reset]
        }
        defer { reset.stop() }
        #expect(try failure("/", base: reset.url) == "Could not receive: Connection reset by peer")
        #expect(try failure("ftp://127.0.0.1/x") != nil)
    }

    @Test func looksAHostUpOnceForAllUsers() throws {
        let server = try ScriptedServer { ScriptedServer.answer($0.header("host") ?? "") }
        defer { server.stop() }
        let bench = try TransportBench()
        for slot in 0..<50 { try bench.submit(.get, "/", base: "http://localhost:\(server.port)", slot: slot) }
        let results = bench.finish(50)
        #expect(results.count == 50)
        #expect(results.allSatisfy { $0.body == "localhost:\(server.port)" && $0.failure == nil })
        #expect(results.allSatisfy { $0.phases.lookupMicroseconds > 0 })
    }

    @Test func cancelsAndCutsLongBodies() throws {
        let server = try ScriptedServer { request in
            request.line.contains("/slow") ? [.pause(milliseconds: 2000)] : ScriptedServer.answer(String(repeating: "b", count: 5000))
        }
        defer { server.stop() }
        var options = TransportOptions()
        options.keptBodyLimit = 1000
        let bench = try TransportBench(options)
        try bench.submit(.get, "/slow", base: server.url)
        bench.idle(milliseconds: 50)
        #expect(bench.transport.inFlight == 1)
        bench.transport.cancel(slot: 0)
        #expect(bench.transport.inFlight == 0 && bench.transport.openConnections == 0)
        try bench.submit(.get, "/", base: server.url)
        let result = try #require(bench.finish().first)
        #expect(result.body.utf8.count == 1000 && result.isBodyTruncated && result.receivedBytes == 5000)
    }

    @Test func closesTheIdlestConnectionOnRequest() throws {
        let server = try ScriptedServer { ScriptedServer.answer("\($0.connection)") }
        defer { server.stop() }
        let bench = try TransportBench()
        for slot in 0..<3 {
            try bench.submit(.get, "/", base: server.url, slot: slot)
            _ = bench.finish()
        }
        #expect(bench.transport.needsConnection(slot: 0, mode: .user) == false)
        #expect(bench.transport.closeIdleConnections())
        #expect(bench.transport.needsConnection(slot: 0, mode: .user))
        #expect(bench.transport.openConnections == 2 && bench.transport.committedConnections == 2)
        try bench.submit(.get, "/", base: server.url, slot: 1)
        #expect(bench.finish().first?.body == "1")
    }
}
