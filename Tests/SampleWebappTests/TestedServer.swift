import SampleWebapp
import TestServers

/// The application in this process, for the length of a test.
final class TestedServer: Sendable {
    let port: Int
    let counts: SharedCounts
    private let server: WebappServer

    private init(behaviour: Behaviour, threads: Int) throws {
        counts = try SharedCounts()
        server = try WebappServer(
            socket: ListeningSocket(host: "127.0.0.1", port: 0, sharing: .alone), behaviour: behaviour, counts: counts, threads: threads,
            report: { _ in })
        port = server.address.port ?? 0
    }

    /// Starts a server, runs blocking work against it on a thread of its own, and stops the server.
    static func run<Value: Sendable>(
        behaviour: Behaviour = Behaviour(), threads: Int = 1, _ work: @escaping @Sendable (TestedServer) throws -> Value
    ) async throws -> Value {
        try await onOwnThread {
            let server = try TestedServer(behaviour: behaviour, threads: threads)
            let result = Result { try work(server) }
            try server.server.stop()
            return try result.get()
        }
    }

    /// Sends a request on a connection of its own and reads the answer.
    func exchange(_ request: String, withBody: Bool = true) throws -> RawResponse {
        var connection = try RawConnection(port: port)
        try connection.send(request)
        return try connection.receive(withBody: withBody)
    }
}

/// Writes a request with a form body.
func form(_ method: String, _ target: String, _ body: String, headers: String = "Content-Type: application/x-www-form-urlencoded\r\n")
    -> String
{
    "\(method) \(target) HTTP/1.1\r\nHost: x\r\n\(headers)Content-Length: \(body.utf8.count)\r\n\r\n\(body)"
}

/// Writes a request without a body.
func plain(_ method: String, _ target: String, headers: String = "") -> String {
    "\(method) \(target) HTTP/1.1\r\nHost: x\r\n\(headers)\r\n"
}
