import Foundation

/// The real Locust in a process of its own, with a locustfile of the test's and a folder for its files. Blocking: use it on a thread of your
/// own. It is killed, and the folder removed, when the last reference goes.
package final class LocustProgram: Sendable {
    package let program: RunningProgram
    /// Where its locustfile lies, and where files go that were given without a folder (`--csv out`).
    package let folder: String
    /// Where a master listens for workers; where a worker looks for its master.
    package let port: Int
    /// Where its web API answers; nil: it has none.
    package let webPort: Int?

    /// A master of workers on this machine. `arguments` stand behind `--master`; without `webPort` it is headless and runs at once
    /// (`-u`, `-r`, `-t`, `--expect-workers` are then among them). `port` and `webPort`: ports that are free (`Loopback.freePort`).
    package static func master(
        _ locustfile: String, port: Int, webPort: Int? = nil, _ arguments: [String] = [], environment: [String: String] = [:]
    ) throws -> LocustProgram {
        let web = webPort.map { ["--web-host", "127.0.0.1", "--web-port", "\($0)"] } ?? ["--headless"]
        return try LocustProgram(
            locustfile, ["--master", "--master-bind-host", "127.0.0.1", "--master-bind-port", "\(port)"] + web + arguments, port: port,
            webPort: webPort, environment: environment)
    }

    /// A worker of the master at a port of this machine.
    package static func worker(
        _ locustfile: String, port: Int, _ arguments: [String] = [], environment: [String: String] = [:]
    ) throws -> LocustProgram {
        try LocustProgram(
            locustfile, ["--worker", "--master-host", "127.0.0.1", "--master-port", "\(port)"] + arguments, port: port, webPort: nil,
            environment: environment)
    }

    /// Any call of Locust with a locustfile: the text becomes the file that `-f` names. Standard error has Locust's log and tables.
    package init(
        _ locustfile: String, _ arguments: [String], port: Int = 0, webPort: Int? = nil, environment: [String: String] = [:]
    ) throws {
        let path = try Self.path()
        let folder = FileManager.default.temporaryDirectory.appending(path: "cicada-locust-\(UUID())").path
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        self.folder = folder
        self.port = port
        self.webPort = webPort
        do {
            try Data(locustfile.utf8).write(to: URL(fileURLWithPath: "\(folder)/locustfile.py"))
            // Locust takes configuration from its working directory: this one has none.
            let variables = ["PYTHONDONTWRITEBYTECODE": "1", "PYTHONUNBUFFERED": "1"]
            program = try RunningProgram(
                path: "/bin/sh", ["-c", "cd \"$0\" && exec \"$@\"", folder, path, "-f", "locustfile.py"] + arguments,
                environment: variables.merging(environment) { $1 })
        } catch {
            try? FileManager.default.removeItem(atPath: folder)
            throw error
        }
    }

    deinit {
        program.signal(SIGKILL)
        try? FileManager.default.removeItem(atPath: folder)
    }

    /// Where Locust is: `$CICADA_LOCUST`, or `.locust/bin/locust` of this repository. Throws when it is not there.
    package static func path() throws -> String {
        let given = ProcessInfo.processInfo.environment["CICADA_LOCUST"]
        let path = given ?? repository.appending(path: ".locust/bin/locust").path
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw RawConnectionError(what: "no Locust at \(path): run scripts/setup, which installs it, or set CICADA_LOCUST")
        }
        return path
    }

    /// The Python that Locust runs with: it can import Locust's own modules. Throws when Locust is not there.
    package static func python() throws -> String {
        URL(fileURLWithPath: try path()).deletingLastPathComponent().appending(path: "python").path
    }

    /// Runs a Python program of a text with Locust's Python, to its end.
    package static func runPython(_ text: String, _ arguments: [String] = [], atMost seconds: Double = 20) throws -> RunningProgram.End {
        try RunningProgram(path: python(), ["-c", text] + arguments).waitForEnd(atMost: seconds)
    }

    private static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()

    /// Waits for its end, which does not come before for want of a reference.
    package func waitForEnd(atMost seconds: Double = 30) throws -> RunningProgram.End {
        try withExtendedLifetime(self) { try program.waitForEnd(atMost: seconds) }
    }

    /// The text of a file in its folder.
    package func text(_ name: String) throws -> String { try String(contentsOfFile: "\(folder)/\(name)", encoding: .utf8) }

    /// What the web API answers to a GET.
    package func get(_ path: String) throws -> RawResponse {
        try ask("GET \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
    }

    /// What the web API answers to a form.
    package func post(_ path: String, _ form: [(name: String, value: String)] = []) throws -> RawResponse {
        let unreserved = CharacterSet.alphanumerics.union(CharacterSet(charactersIn: "-._~"))
        let body = form.map { field in
            "\(field.name)=\(field.value.addingPercentEncoding(withAllowedCharacters: unreserved) ?? "")"
        }.joined(separator: "&")
        return try ask(
            "POST \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                + "Content-Length: \(body.utf8.count)\r\n\r\n\(body)")
    }

    /// Waits until the web API answers, ten seconds at most; false: it does not.
    package func answers() -> Bool { becomesTrue { (try? get("/worker-count").status) == 200 } }

    private func ask(_ request: String) throws -> RawResponse {
        guard let webPort else { throw RawConnectionError(what: "this Locust was started without a web port") }
        var connection = try RawConnection(port: webPort)
        try connection.send(request)
        return try connection.receive()
    }
}
