import TestServers
import Testing

@testable import SampleWebapp

/// Every row of the original application's HTTP contract, over a real socket.
@Suite(.serialized, .timeLimit(.minutes(1))) struct ContractTests {
    private static let uuid = "6f1e0a52-6a04-4b52-9d3c-0d6a3b1f2c11"

    @Test(arguments: [
        (plain("GET", "/"), "Welcome to the \"Distributed Load Testing Using Kubernetes\" sample web app\n", 74),
        (form("POST", "/login", "deviceid=\(uuid)"), "/login - device: \(uuid)\n", 54),
        (
            form("POST", "/metrics", "deviceid=\(uuid)&timestamp=2017-04-25+19%3A47%3A03.123456"),
            "/metrics - device: \(uuid), timestamp: 2017-04-25 19:47:03.123456\n", 95
        ),
        (form("POST", "/login", ""), "/login - device: \n", 18),
        (plain("POST", "/login"), "/login - device: \n", 18),
        (form("POST", "/metrics", "timestamp=1"), "/metrics - device: , timestamp: 1\n", 34),
        (plain("POST", "/login?deviceid=q"), "/login - device: q\n", 19),
        (form("POST", "/login?deviceid=q", "deviceid=b"), "/login - device: q\n", 19),
        (form("POST", "/metrics?deviceid=q", "timestamp=b"), "/metrics - device: q, timestamp: b\n", 35),
        (form("POST", "/login", "deviceid=a%2Bb+c"), "/login - device: a+b c\n", 23),
        (form("POST", "/login", "deviceid=1", headers: ""), "/login - device: 1\n", 19),
        (
            form("POST", "/login", "deviceid=1", headers: "Content-Type: Application/X-WWW-Form-Urlencoded; charset=utf-8\r\n"),
            "/login - device: 1\n", 19
        ),
        (form("POST", "/login", "deviceid=1", headers: "Content-Type: application/json\r\n"), "/login - device: \n", 18),
        (
            "POST /login HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\ndevic\r\n6\r\neid=7&\r\n0\r\n\r\n",
            "/login - device: 7\n", 19
        ),
    ])
    func answersWithExactBytes(request: String, body: String, length: Int) async throws {
        let response = try await TestedServer.run { try $0.exchange(request) }
        #expect(response.head.first == "HTTP/1.1 200 OK")
        #expect(response.body == body)
        #expect(response.header("Content-Length") == "\(length)")
        #expect(response.header("Content-Type") == "text/plain; charset=utf-8")
        #expect(response.header("Cache-Control") == "no-cache")
        #expect(response.header("Server") == "sample-webapp")
        #expect(response.header("Date")?.hasSuffix(" GMT") == true)
        #expect(response.header("Connection") == nil)
    }

    @Test(arguments: [
        ("POST", "/", "GET"), ("PUT", "/", "GET"), ("GET", "/login", "POST"), ("PUT", "/login", "POST"), ("DELETE", "/metrics", "POST"),
        ("OPTIONS", "/metrics", "POST"), ("POST", "/counts", "GET"),
    ])
    func refusesOtherMethods(method: String, path: String, allow: String) async throws {
        let response = try await TestedServer.run { try $0.exchange(plain(method, path)) }
        #expect(response.head.first == "HTTP/1.1 405 Method Not Allowed")
        #expect(response.header("Allow") == allow)
        #expect(response.header("Content-Type") == "text/html; charset=utf-8")
        #expect(response.body.contains("<h1>405 Method Not Allowed</h1>") && response.body.contains("The method \(method) is not"))
        #expect(response.body.utf8.count < 256)
    }

    @Test(arguments: [("/", 405, "GET"), ("/login", 405, "POST"), ("/nope", 404, nil)] as [(String, Int, String?)])
    func answersHeadWithoutBody(path: String, status: Int, allow: String?) async throws {
        let (response, next) = try await TestedServer.run { server in
            var connection = try RawConnection(port: server.port)
            try connection.send(plain("HEAD", path))
            let response = try connection.receive(withBody: false)
            try connection.send(plain("GET", "/"))
            return (response, try connection.receive())
        }
        #expect(response.status == status)
        #expect(response.header("Allow") == allow)
        #expect(next.status == 200, "a body after HEAD would have been taken for the next answer")
    }

    @Test(arguments: ["/nope", "/login/", "/LOGIN", "/metrics/x", "//"])
    func knowsNoOtherPath(path: String) async throws {
        let response = try await TestedServer.run { try $0.exchange(plain("GET", path)) }
        #expect(response.head.first == "HTTP/1.1 404 Not Found")
        #expect(response.header("Content-Type") == "text/html; charset=utf-8")
        #expect(response.body.hasPrefix("<html>"))
    }

    @Test func reportsWhatItAnswered() async throws {
        let (first, second) = try await TestedServer.run { server in
            var connection = try RawConnection(port: server.port)
            for request in [
                plain("GET", "/"), plain("POST", "/login"), plain("POST", "/login"), plain("GET", "/x"), plain("PUT", "/y"),
                plain("GET", "/login"),
            ] {
                try connection.send(request)
                _ = try connection.receive()
            }
            try connection.send(plain("GET", "/counts"))
            let first = try connection.receive()
            try connection.send(plain("GET", "/counts"))
            return (first, try connection.receive())
        }
        #expect(first.header("Content-Type") == "application/json")
        #expect(
            first.body == """
                {"total": 6, "routes": {"GET /": {"200": 1}, "GET /login": {"405": 1}, "POST /login": {"200": 2}, "(other)": {"404": 2}}, \
                "processes": 1, "counts_requests": 0}

                """)
        #expect(second.body.contains("\"total\": 6") && second.body.contains("\"counts_requests\": 1"))
    }
}
