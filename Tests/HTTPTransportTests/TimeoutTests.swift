import Glibc
import HTTPTransport
import LoadModel
import TestServers
import Testing

@Suite(.serialized, .timeLimit(.minutes(2)))
struct TimeoutTests {
    @Test func theWholeAnswerHasToBeThereInTime() throws {
        let server = try ScriptedServer { request in
            switch request.line.split(separator: " ")[1] {
            case "/head": [.pause(milliseconds: 600)] + ScriptedServer.answer("late")
            case "/body": [.send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na"), .pause(milliseconds: 600), .send("b")]
            default: ScriptedServer.answer("quick")
            }
        }
        defer { server.stop() }
        let bench = try TransportBench()
        for path in ["/head", "/body"] {
            try bench.submit(.get, path, base: server.url, timeoutMilliseconds: 200)
            let late = try #require(bench.finish().first)
            #expect(late.failure == "Timed out: no whole answer within 200 ms" && late.status == 0)
            #expect((199_000_000..<400_000_000).contains(late.serviceTimeNanoseconds))
            // The next request has its own limit, or none.
            try bench.submit(.get, "/quick", base: server.url, timeoutMilliseconds: 200)
            #expect(bench.finish().first?.body == "quick")
            try bench.submit(.get, path, base: server.url)
            #expect(bench.finish().first?.status == 200)
        }
    }

    @Test func redirectsShareOneLimit() throws {
        let server = try ScriptedServer { request in
            [.pause(milliseconds: 150)] + ScriptedServer.answer("", status: "302 Found", headers: ["Location: /next"])
        }
        defer { server.stop() }
        let bench = try TransportBench()
        for _ in 0..<2 {
            try bench.submit(.get, "/", base: server.url, timeoutMilliseconds: 400)
            let late = try #require(bench.finish().first)
            #expect(late.failure == "Timed out: no whole answer within 400 ms" && late.earlierHops.count == 2)
            #expect((399_000_000..<600_000_000).contains(late.serviceTimeNanoseconds))
        }
        // Enough for all hops that may be.
        try bench.submit(.get, "/", base: server.url, timeoutMilliseconds: 1250, mostRedirects: 1)
        #expect(bench.finish().first?.failure == "More than 1 redirect")
    }

    @Test func limitsAreWrittenAsTheyAre() throws {
        let server = try ScriptedServer { _ in [.pause(milliseconds: 3000)] }
        defer { server.stop() }
        let bench = try TransportBench()
        for (slot, limit) in [Int32(150), 155, 1000, 1100].enumerated() {
            try bench.submit(.get, "/", base: server.url, slot: slot, timeoutMilliseconds: limit)
        }
        let words = bench.finish(4).map { $0.failure ?? "" }.map { String($0.dropFirst("Timed out: no whole answer within ".count)) }
        #expect(words == ["150 ms", "155 ms", "1 s", "1.1 s"])
    }

    @Test func lookupsArePartOfTheTime() throws {
        let server = try ScriptedServer { _ in ScriptedServer.answer("here") }
        defer { server.stop() }
        let url = "http://localhost:\(server.port)"
        var options = TransportOptions()
        options.connectTimeoutMilliseconds = 50
        let impatient = try TransportBench(options)
        let bench = try TransportBench()
        try bench.submit(.get, "/", base: url, slot: 0, timeoutMilliseconds: 50)
        try bench.submit(.get, "/", base: url, slot: 1, timeoutMilliseconds: 50)
        try bench.submit(.get, "/", base: url, slot: 2)
        try impatient.submit(.get, "/", base: url)
        bench.transport.cancel(slot: 1)
        // The answers of the lookups are not taken before the time is over.
        usleep(70_000)
        let results = bench.finish(2)
        #expect(results.map(\.slot) == [0, 2])
        #expect(results.first?.failure == "Timed out: no whole answer within 50 ms" && results.last?.body == "here")
        #expect(impatient.finish().first?.failure == "Timed out")
        for one in [bench, impatient] {
            try one.submit(.get, "/", base: url, timeoutMilliseconds: 2000)
            #expect(one.finish().first?.body == "here")
            one.transport.forget(slot: 0)
        }
        #expect(bench.transport.committedConnections == 1 && impatient.transport.committedConnections == 0)
    }

    @Test func connectingIsPartOfTheTime() throws {
        // Nobody accepts, and one may wait: all others stay halfway.
        let (listener, port) = try Loopback.listen(backlog: 0)
        defer { close(listener) }
        let bench = try TransportBench()
        for slot in 0..<6 { try bench.submit(.get, "/", base: "http://127.0.0.1:\(port)", slot: slot, timeoutMilliseconds: 200) }
        let results = bench.finish(6)
        #expect(results.count == 6 && results.allSatisfy { $0.failure == "Timed out: no whole answer within 200 ms" })
        for slot in 0..<6 { bench.transport.forget(slot: slot) }
        #expect(bench.transport.committedConnections == 0)
    }
}
