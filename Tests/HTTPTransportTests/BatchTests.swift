import Glibc
import LoadModel
import Synchronization
import TestServers
import Testing

@testable import HTTPTransport

@Suite(.serialized, .timeLimit(.minutes(2)))
struct BatchTests {
    /// How many requests a server has at once, and the most so far.
    private final class Crowd: Sendable {
        private let counts = Mutex((now: 0, most: 0))

        var most: Int { counts.withLock { $0.most } }
        func enter() {
            counts.withLock {
                $0.now += 1
                $0.most = max($0.most, $0.now)
            }
        }
        func leave() { counts.withLock { $0.now -= 1 } }
    }

    @Test(arguments: ConnectionMode.allCases)
    func tenAreUnderWayAtOnce(mode: ConnectionMode) throws {
        let crowd = Crowd()
        let server = try ScriptedServer { request in
            crowd.enter()
            usleep(150_000)
            crowd.leave()
            return ScriptedServer.answer("\(request.line.split(separator: " ")[1])")
        }
        defer { server.stop() }
        let bench = try TransportBench()
        bench.holdsFinished = true
        for round in 1...2 {
            for item in 0..<10 {
                #expect(bench.transport.needsConnection(slot: 3, mode: mode) == (round == 1 || mode == .new))
                try bench.submit(.get, "/\(item)", base: server.url, slot: 3, mode: mode, item: item)
                #expect(bench.transport.inFlight == item + 1)
                if round == 1 || mode == .new { #expect(bench.transport.committedConnections == item + 1) }
            }
            let results = bench.finish(10)
            #expect(Set(results.map(\.item)) == Set(0..<10) && results.allSatisfy { $0.slot == 3 && $0.body == "/\($0.item)" })
            #expect(results.allSatisfy { $0.serviceTimeNanoseconds < 450_000_000 })
            bench.releaseHeld()
            #expect(crowd.most == 10 && bench.transport.inFlight == 0)
            #expect(bench.transport.committedConnections == (mode == .new ? 0 : 10))
        }
        #expect(server.connections == (mode == .new ? 20 : 10))
        bench.transport.forget(slot: 3)
        while bench.transport.closeIdleConnections() {}
        #expect(bench.transport.openConnections == 0)
    }

    @Test func batchesAndOrdinaryRequestsTakeTurns() throws {
        let server = try ScriptedServer {
            ScriptedServer.answer("\($0.connection) \($0.header("cookie") ?? "-")", headers: ["Set-Cookie: a=1"])
        }
        defer { server.stop() }
        let bench = try TransportBench()
        for round in 0..<5 {
            for slot in 0..<3 { try bench.submit(.get, "/", base: server.url, slot: slot) }
            #expect(bench.finish(3).count == 3)
            for item in 0..<4 { for slot in 0..<3 { try bench.submit(.get, "/", base: server.url, slot: slot, item: item) } }
            let results = bench.finish(12)
            #expect(results.count == 12 && results.allSatisfy { $0.body.hasSuffix("a=1") && $0.failure == nil })
            #expect(bench.transport.openConnections <= 12 && bench.transport.committedConnections == bench.transport.openConnections)
            if round == 3 { while bench.transport.closeIdleConnections() {} }
        }
        for slot in 0..<3 { bench.transport.forget(slot: slot) }
        #expect(bench.transport.openConnections == 0 && bench.transport.committedConnections == 0)
    }

    @Test func cookiesGoInAndComeBack() throws {
        let server = try ScriptedServer { request in
            let path = String(request.line.split(separator: " ")[1])
            let set: [String]
            switch path {
            case "/login": set = ["session=0", "old=1"]
            case "/renew": set = ["session=7"]
            case "/drop": set = ["old=; Max-Age=0"]
            case "/add": set = ["added=1"]
            default: set = []
            }
            return [.pause(milliseconds: path == "/idle" ? 100 : 1)]
                + ScriptedServer.answer(request.header("cookie") ?? "-", headers: set.map { "Set-Cookie: \($0)" })
        }
        defer { server.stop() }
        let bench = try TransportBench()
        try bench.submit(.get, "/login", base: server.url)
        _ = bench.finish()
        // The one that changes nothing ends last, and undoes nothing.
        for (item, path) in ["/idle", "/renew", "/drop", "/add"].enumerated() { try bench.submit(.get, path, base: server.url, item: item) }
        for result in bench.finish(4) { #expect(Set(result.body.split(separator: "; ")) == ["session=0", "old=1"]) }
        try bench.submit(.get, "/", base: server.url)
        let after = try #require(bench.finish().first)
        #expect(Set(after.body.split(separator: "; ")) == ["session=7", "added=1"])
        // Another user's handle keeps nothing of it.
        for slot in 1..<6 { try bench.submit(.get, "/", base: server.url, slot: slot) }
        #expect(bench.finish(5).allSatisfy { $0.body == "-" })
        try bench.submit(.get, "/", base: server.url, item: 0)
        try bench.submit(.get, "/", base: server.url, item: 1, clearsCookies: true)
        #expect(Set(bench.finish(2).map { $0.item == 1 ? $0.body : "with" }) == ["-", "with"])
        try bench.submit(.get, "/", base: server.url)
        #expect(bench.finish().first?.body == "-")
    }

    @Test func clearedCookiesAreGone() throws {
        let server = try ScriptedServer {
            ScriptedServer.answer($0.header("cookie") ?? "-", headers: $0.line.contains("/set") ? ["Set-Cookie: a=1"] : [])
        }
        defer { server.stop() }
        let bench = try TransportBench()
        for slot in 0..<2 {
            try bench.submit(.get, "/set", base: server.url, slot: slot)
            _ = bench.finish()
        }
        try bench.submit(.get, "/", base: server.url, slot: 0, clearsCookies: true)
        #expect(bench.finish().first?.body == "-")
        try bench.submit(.get, "/", base: server.url, slot: 0)
        #expect(bench.finish().first?.body == "-")
        try bench.submit(.get, "/set", base: server.url, slot: 1, clearsCookies: true)
        #expect(bench.finish().first?.body == "-")
        try bench.submit(.get, "/", base: server.url, slot: 1)
        #expect(bench.finish().first?.body == "a=1")
    }

    @Test func failuresAndRedirectsStayWithTheirItem() throws {
        let server = try ScriptedServer { request in
            switch request.line.split(separator: " ")[1] {
            case "/moved": ScriptedServer.answer("", status: "302 Found", headers: ["Location: /ok"])
            case "/slow": [.pause(milliseconds: 500)]
            case "/cut": [.close]
            default: ScriptedServer.answer("fine")
            }
        }
        defer { server.stop() }
        let bench = try TransportBench()
        try bench.submit(.get, "/moved", base: server.url, item: 0)
        try bench.submit(.get, "/slow", base: server.url, item: 1, timeoutMilliseconds: 150)
        try bench.submit(.get, "/cut", base: server.url, item: 2)
        try bench.submit(.get, "/", base: "http://127.0.0.1:1", item: 3)
        try bench.submit(.get, "http://no-such-host.invalid/", item: 4)
        try bench.submit(.get, "http://localhost:\(server.port)/ok", item: 99)
        let results = bench.finish(6).sorted { $0.item < $1.item }
        #expect(results.map(\.item) == [0, 1, 2, 3, 4, 99])
        #expect(results[0].body == "fine" && results[0].earlierHops.count == 1 && results[0].finalURL.hasSuffix("/ok"))
        #expect(results[1].failure == "Timed out: no whole answer within 150 ms")
        #expect(results[2].failure == "Connection closed without an answer")
        #expect(results[3].failure == "Could not connect: Connection refused")
        #expect(results[4].failure?.hasPrefix("Could not resolve host") == true)
        #expect(results[5].body == "fine" && results[5].failure == nil)
    }

    @Test(arguments: ConnectionMode.allCases)
    func usersThatGoInTheMiddleLeaveNothingBehind(mode: ConnectionMode) throws {
        let server = try ScriptedServer { request in
            request.line.contains("/slow") ? [.pause(milliseconds: 100)] + ScriptedServer.answer("late") : ScriptedServer.answer("quick")
        }
        defer { server.stop() }
        let bench = try TransportBench()
        bench.holdsFinished = true
        var ended = 0
        for round in 0..<50 {
            for item in 0..<8 { try bench.submit(.get, item % 2 == 0 ? "/quick" : "/slow", base: server.url, mode: mode, item: item) }
            if round % 5 == 0 {
                ended += bench.finish(8).count
            } else {
                ended += bench.finish(round % 4, seconds: 0.05).count
                // One more may have ended that nobody has taken.
                bench.transport.runTimers(now: 0)
                if round % 2 == 0 { bench.transport.cancel(slot: 0) } else { bench.transport.forget(slot: 0) }
            }
            #expect(bench.transport.inFlight == 0 && bench.finish(seconds: 0.001).isEmpty)
            bench.releaseHeld()
            if round % 10 == 9 { bench.transport.forget(slot: 0) }
        }
        #expect(ended >= 80)
        bench.transport.forget(slot: 0)
        while bench.transport.closeIdleConnections() {}
        #expect(bench.transport.openConnections == 0 && bench.transport.committedConnections == 0)
        #expect(bench.transport.handles.count == 8)
        bench.idle(milliseconds: 20)
        for item in 0..<100 { try bench.submit(.get, "/quick", base: server.url, mode: mode, item: item) }
        #expect(bench.finish(100).filter { $0.body == "quick" }.count == 100)
        bench.releaseHeld()
    }

    @Test func manyConnectionsThatTheServerClosesAreGone() throws {
        let server = try ScriptedServer { _ in ScriptedServer.answer("x") + [.pause(milliseconds: 60), .close] }
        defer { server.stop() }
        let bench = try TransportBench()
        for item in 0..<10 { try bench.submit(.get, "/", base: server.url, item: item) }
        #expect(bench.finish(10).count == 10)
        bench.idle(milliseconds: 300)
        #expect(bench.transport.openConnections == 0)
        for item in 0..<3 { try bench.submit(.get, "/", base: server.url, item: item) }
        #expect(bench.finish(3).allSatisfy { $0.status == 200 })
    }
}
