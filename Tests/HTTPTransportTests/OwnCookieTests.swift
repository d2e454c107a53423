import LoadModel
import TestServers
import Testing

@testable import HTTPTransport

/// `Cookie` fields that a script writes itself, beside the cookies that its user has.
@Suite(.serialized, .timeLimit(.minutes(2)))
struct OwnCookieTests {
    /// Answers with the `Cookie` fields that came in, one in each line. `/login` sets a cookie.
    private static func echo() throws -> ScriptedServer {
        try ScriptedServer { request in
            if request.line.contains("/away") {
                return ScriptedServer.answer("", status: "302 Found", headers: ["Location: \(request.header("x-to") ?? "")"])
            }
            let fields = request.head.split(separator: "\r\n").filter { $0.lowercased().hasPrefix("cookie:") }
            return ScriptedServer.answer(
                fields.joined(separator: "\n"), headers: request.line.contains("/login") ? ["Set-Cookie: jar=1; Path=/"] : [])
        }
    }

    @Test func oneFieldHasBoth() throws {
        let server = try Self.echo()
        defer { server.stop() }
        let bench = try TransportBench()
        func fields(_ headers: [String], _ path: String = "/", slot: Int = 0, method: HTTPMethod = .get) throws -> String? {
            try bench.submit(method, path, base: server.url, slot: slot, headers: headers)
            return bench.finish().first?.body
        }
        #expect(try fields(["Cookie: own=1"]) == "Cookie: own=1")
        #expect(try fields([], "/login") == "")
        for method in [HTTPMethod.get, .post] {
            #expect(try fields(["Cookie: own=1"], method: method) == "Cookie: jar=1; own=1")
            #expect(try fields([], method: method) == "Cookie: jar=1")
            #expect(
                try fields(["cookie:own=1; more=2", "X-A: 1", "Cookie: last=3"], method: method) == "Cookie: jar=1; own=1; more=2; last=3")
            #expect(try fields(["X-A: 1"], method: method) == "Cookie: jar=1")
            #expect(try fields(["Cookie:"], method: method) == "Cookie: jar=1")
            // The same name twice: both go, the user's own first.
            #expect(try fields(["Cookie: jar=2"], method: method) == "Cookie: jar=1; jar=2")
        }
        // Another user has the handle now.
        #expect(try fields(["Cookie: own=1"]) == "Cookie: jar=1; own=1")
        #expect(try fields([], slot: 1) == "")
        // What the script writes does not become the user's.
        #expect(try fields([]) == "Cookie: jar=1")
        // More sets of headers than are kept.
        for number in 0..<300 { #expect(try fields(["Cookie: n=\(number)"]) == "Cookie: jar=1; n=\(number)") }
        #expect(try fields([]) == "Cookie: jar=1")
    }

    @Test func batchesToo() throws {
        let server = try Self.echo()
        defer { server.stop() }
        let bench = try TransportBench()
        try bench.submit(.get, "/login", base: server.url)
        _ = bench.finish()
        for _ in 0..<2 {
            for item in 0..<6 {
                try bench.submit(.get, "/", base: server.url, headers: item % 2 == 0 ? ["Cookie: own=\(item)"] : [], item: item)
            }
            let results = bench.finish(6)
            #expect(results.count == 6)
            for result in results { #expect(result.body == "Cookie: jar=1\(result.item % 2 == 0 ? "; own=\(result.item)" : "")") }
        }
        try bench.submit(.get, "/", base: server.url)
        #expect(bench.finish().first?.body == "Cookie: jar=1")
    }

    @Test func itStaysWithItsOrigin() throws {
        let target = try Self.echo()
        defer { target.stop() }
        let server = try Self.echo()
        defer { server.stop() }
        let bench = try TransportBench()
        for round in 0..<3 {
            for (place, seen) in [("\(target.url)/", ""), ("/here", "Cookie: own=1")] {
                try bench.submit(.get, "/away", base: server.url, headers: ["Cookie: own=1", "X-To: \(place)"])
                let result = try #require(bench.finish().first)
                #expect(result.earlierHops.count == 1 && result.body == seen, "round \(round)")
                #expect(server.requests.last { $0.line.contains("/away") }?.header("cookie") == "own=1")
            }
            // A POST becomes a GET, and keeps it.
            try bench.submit(.post, "/away", base: server.url, body: "a", headers: ["Cookie: own=1", "X-To: /here"])
            #expect(bench.finish().first?.body == "Cookie: own=1")
            try bench.submit(.get, "/", base: server.url)
            #expect(bench.finish().first?.body == "")
        }
    }
}
