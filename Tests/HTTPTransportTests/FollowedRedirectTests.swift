import HTTPTransport
import LoadModel
import TestServers
import Testing

@Suite(.serialized, .timeLimit(.minutes(2)))
struct FollowedRedirectTests {
    /// Answers `/STATUS` with a redirect to `/end`, and anything else with what came in.
    private static func echo(location: String = "/end") throws -> ScriptedServer {
        try ScriptedServer { request in
            let path = request.line.split(separator: " ")[1].dropFirst()
            if Int(path) != nil { return ScriptedServer.answer("moved", status: "\(path) Moved", headers: ["Location: \(location)"]) }
            return ScriptedServer.answer("\(request.line)|\(String(decoding: request.body, as: UTF8.self))", headers: ["X-Here: 1"])
        }
    }

    @Test(arguments: [301, 302, 303, 307, 308, 300, 304, 305])
    func methodsAndBodiesGoOnAsTheStatusSays(status: Int) throws {
        let server = try Self.echo()
        defer { server.stop() }
        let bench = try TransportBench()
        for method in HTTPMethod.allCases where method != .head {
            let body = method == .get || method == .trace ? nil : "x=1"
            try bench.submit(method, "/\(status)", base: server.url, body: body)
            let result = try #require(bench.finish().first)
            #expect(result.failure == nil)
            guard [301, 302, 303, 307, 308].contains(status) else {
                #expect(result.status == Int32(status) && result.earlierHops.isEmpty && result.finalURL.isEmpty)
                continue
            }
            let becomesGet = (status == 303 && method != .get) || (status < 303 && method == .post)
            let next = becomesGet ? "GET /end HTTP/1.1|" : "\(method.text) /end HTTP/1.1|\(body ?? "")"
            #expect(result.status == 200 && result.body == next && result.finalURL == "\(server.url)/end")
            #expect(result.earlierHops.count == 1 && result.receivedBytes == next.utf8.count && result.headers.contains("X-Here"))
        }
        try bench.submit(.head, "/\(status)", base: server.url)
        let head = try #require(bench.finish().first)
        #expect(head.failure == nil)
        if [301, 302, 303, 307, 308].contains(status) { #expect(server.requests.last?.line == "HEAD /end HTTP/1.1") }
    }

    @Test func theNextRequestHasItsOwnMethodAndHeaders() throws {
        let server = try Self.echo()
        defer { server.stop() }
        let bench = try TransportBench()
        let headers = ["X-Mine: 1", "Authorization: Basic x", "Content-Type: text/odd"]
        for _ in 0..<2 {
            try bench.submit(.post, "/303", base: server.url, body: "abc", headers: headers)
            #expect(bench.finish().first?.body == "GET /end HTTP/1.1|")
            #expect(server.requests.last?.header("x-mine") == "1" && server.requests.last?.header("authorization") == "Basic x")
            #expect(server.requests.last?.header("content-type") == nil && server.requests.last?.header("content-length") == nil)
            try bench.submit(.post, "/end", base: server.url, body: "abc", headers: headers)
            #expect(bench.finish().first?.body == "POST /end HTTP/1.1|abc")
            #expect(server.requests.last?.header("content-type") == "text/odd")
            try bench.submit(.post, "/308", base: server.url, body: "{}", kind: .json)
            #expect(bench.finish().first?.body == "POST /end HTTP/1.1|{}")
            #expect(server.requests.last?.header("content-type") == "application/json" && server.requests.last?.header("x-mine") == nil)
        }
        #expect(server.connections == 1)
    }

    @Test func secretsDoNotGoToAnotherOrigin() throws {
        let target = try ScriptedServer { ScriptedServer.answer($0.head) }
        defer { target.stop() }
        let server = try Self.echo(location: "\(target.url)/there")
        defer { server.stop() }
        let bench = try TransportBench()
        try bench.submit(
            .get, "/302", base: server.url.replacing("http://", with: "http://me:secret@"),
            headers: ["Authorization: Bearer s3cret", "Cookie: a=s3cret", "Host: shop.example", "X-Kept: 1"])
        let result = try #require(bench.finish().first)
        #expect(result.status == 200 && result.finalURL == "\(target.url)/there")
        #expect(server.requests.last?.header("authorization") == "Bearer s3cret" && server.requests.last?.header("host") == "shop.example")
        #expect(
            !result.body.contains("ecret") && result.body.contains("X-Kept: 1") && result.body.contains("Host: 127.0.0.1:\(target.port)"))
        // The user's own request to the same place has its headers again.
        try bench.submit(.get, "/there", base: target.url, headers: ["Authorization: Bearer s3cret"])
        #expect(bench.finish().first?.body.contains("s3cret") == true)
        #expect(bench.transport.openConnections == 2 && bench.transport.committedConnections == 2)
    }

    @Test func cookiesSetOnTheWayAreKept() throws {
        let server = try ScriptedServer { request in
            switch request.line.split(separator: " ")[1] {
            case "/login": ScriptedServer.answer("", status: "302 Found", headers: ["Location: /step", "Set-Cookie: a=1"])
            case "/step": ScriptedServer.answer("", status: "302 Found", headers: ["Location: /home", "Set-Cookie: b=2"])
            default: ScriptedServer.answer(request.header("cookie") ?? "-")
            }
        }
        defer { server.stop() }
        let bench = try TransportBench()
        for slot in 0..<2 { try bench.submit(.post, "/login", base: server.url, slot: slot) }
        for result in bench.finish(2) {
            #expect(Set(result.body.split(separator: "; ")) == ["a=1", "b=2"] && result.earlierHops.count == 2)
        }
        try bench.submit(.get, "/", base: server.url, slot: 1)
        #expect(bench.finish().first.map { Set($0.body.split(separator: "; ")) } == ["a=1", "b=2"])
        #expect(server.connections == 2)
    }

    @Test func endsWhereItMayGoNoFurther() throws {
        let server = try ScriptedServer { request in
            let path = request.line.split(separator: " ")[1]
            let location: String? =
                switch path {
                case "/loop": "/loop"
                case "/ftp": "ftp://127.0.0.1/"
                case "/odd": "http://127.0.0.1:99999/"
                case "/closed": "http://127.0.0.1:1/"
                case "/empty": ""
                default: nil
                }
            return ScriptedServer.answer("here", status: "302 Found", headers: location.map { ["Location: \($0)"] } ?? [])
        }
        defer { server.stop() }
        let bench = try TransportBench()
        func result(_ path: String, most: Int16 = -1) throws -> TransportBench.Result {
            try bench.submit(.get, path, base: server.url, mostRedirects: most)
            return try #require(bench.finish().first)
        }
        #expect(try result("/loop").failure == "More than 10 redirects")
        #expect(server.requests.count == 11)
        let short = try result("/loop", most: 1)
        #expect(short.failure == "More than 1 redirect" && short.status == 0 && short.earlierHops.count == 1)
        let none = try result("/loop", most: 0)
        #expect(none.failure == nil && none.status == 302 && none.body == "here" && none.earlierHops.isEmpty && none.finalURL.isEmpty)
        #expect(server.requests.count == 14)
        for path in ["/missing", "/empty"] {
            let answer = try result(path)
            #expect(answer.failure == nil && answer.status == 302 && answer.body == "here" && answer.earlierHops.isEmpty)
        }
        #expect(try result("/ftp").failure == "Redirect to a URL that is neither http nor https")
        #expect(try result("/odd").failure == "Redirect to a malformed URL")
        #expect(try result("/closed").failure == "Could not connect: Connection refused")
        #expect(try result("/loop", most: 40).failure == "More than 40 redirects")
        #expect(bench.transport.inFlight == 0 && bench.transport.committedConnections == 1 && server.connections == 1)
    }

    @Test func eachHopHasItsOwnPhases() throws {
        let target = try ScriptedServer { _ in
            [.pause(milliseconds: 120), .send("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na"), .pause(milliseconds: 60), .send("b")]
        }
        defer { target.stop() }
        let server = try Self.echo(location: "http://localhost:\(target.port)/slow")
        defer { server.stop() }
        let bench = try TransportBench()
        for round in 0..<2 {
            try bench.submit(.get, "/302", base: server.url)
            let result = try #require(bench.finish().first)
            let first = try #require(result.earlierHops.first)
            #expect(result.earlierHops.count == 1 && result.body == "ab")
            #expect(first.waitMicroseconds >= 0 && first.waitMicroseconds < 50_000 && first.receiveMicroseconds < 50_000)
            #expect((119_000..<170_000).contains(result.phases.waitMicroseconds))
            #expect((58_000..<110_000).contains(result.phases.receiveMicroseconds))
            #expect(result.serviceTimeNanoseconds >= 180_000_000)
            for phases in [first, result.phases] {
                #expect((phases.connectMicroseconds == PhaseTimes.absent) == (round == 1))
                #expect((phases.lookupMicroseconds == PhaseTimes.absent) == (round == 1))
            }
            // The name of the second hop was looked up, once.
            if round == 0 { #expect(result.phases.lookupMicroseconds > 0) }
        }
        #expect(server.connections == 1 && target.connections == 1)
    }

    @Test(arguments: ConnectionMode.allCases)
    func usersThatGoInTheMiddleLeaveNothingBehind(mode: ConnectionMode) throws {
        let target = try ScriptedServer { _ in [.pause(milliseconds: 300)] + ScriptedServer.answer("late") }
        defer { target.stop() }
        let server = try Self.echo(location: "\(target.url)/slow")
        defer { server.stop() }
        let bench = try TransportBench()
        for round in 0..<25 {
            for slot in 0..<4 { try bench.submit(.get, "/307", base: server.url, slot: slot, mode: mode) }
            // Some are on their first hop, some on their second.
            bench.idle(milliseconds: round % 3 * 4)
            for slot in 0..<2 { bench.transport.forget(slot: slot) }
            bench.transport.cancel(slot: 2)
            bench.transport.cancel(slot: 3)
            #expect(bench.transport.inFlight == 0)
        }
        for slot in 0..<4 { bench.transport.forget(slot: slot) }
        while bench.transport.closeIdleConnections() {}
        #expect(bench.transport.openConnections == 0 && bench.transport.committedConnections == 0)
        try bench.submit(.get, "/307", base: server.url, mode: mode)
        #expect(bench.finish().first?.body == "late")
    }
}
