import Foundation
import TestServers

/// `cicada master` over real Locust workers and the sample-webapp. Blocking: use it on a thread of your own.
final class LocustFleetRun {
    let webapp: Webapp
    let master: RunningProgram
    let port: Int
    private let folder: TestFolder
    private(set) var workers: [LocustProgram] = []

    /// Two classes: one that gets pages, one that fails and raises.
    static let locustfile = """
        from locust import FastHttpUser, task, constant

        class Alpha(FastHttpUser):
            wait_time = constant(0.02)

            @task(3)
            def home(self):
                self.client.get("/")

            @task(1)
            def metrics(self):
                self.client.post("/metrics", {"deviceid": "x"})

        class Beta(FastHttpUser):
            wait_time = constant(0.1)

            @task
            def missing(self):
                self.client.get("/missing")

            @task
            def boom(self):
                raise ValueError("boom")

        """

    /// Starts webapp and master. Tasks may end, so that no request is cut off.
    init(_ arguments: [String], classes: String = "Alpha:3,Beta:1", namesHost: Bool = true) throws {
        webapp = try Webapp()
        let folder = try TestFolder()
        let host = namesHost ? ["--host", webapp.url] : []
        master = try RunningProgram(
            path: RunningProgram.path(ofBuilt: "cicada"),
            ["master", "--locust-port", "0", "--locust-classes", classes, "--stop-timeout", "5s"] + host
                + ["--json", "\(folder.path)/result.json", "--csv", "\(folder.path)/out"] + arguments)
        self.folder = folder
        // The system chose a port that nobody has.
        let place = "listening on 127.0.0.1:"
        guard master.writes("without encryption"), let start = master.errors.range(of: place),
            let port = Int(master.errors[start.upperBound...].prefix { $0.isNumber })
        else { throw RawConnectionError(what: "the master does not listen: \(master.errors)") }
        self.port = port
    }

    /// Starts a worker more. `relay`: where it looks for the master.
    @discardableResult func addWorker(
        _ locustfile: String = LocustFleetRun.locustfile, _ arguments: [String] = [], over relay: TCPRelay? = nil
    ) throws -> LocustProgram {
        workers.append(try LocustProgram.worker(locustfile, port: relay?.port ?? port, arguments))
        return workers[workers.count - 1]
    }

    /// What the run left.
    struct Outcome {
        let end: RunningProgram.End
        let result: [String: Any]
        /// Requests that the webapp has answered.
        let counted: Int

        var total: [String: Any] { result["total"] as? [String: Any] ?? [:] }
        var requests: Int { total["requests"] as? Int ?? -1 }
        var workers: [[String: Any]] { result["workers"] as? [[String: Any]] ?? [] }
    }

    /// Waits for the end of master and workers.
    func finish(atMost seconds: Double = 40) throws -> Outcome {
        let end = try master.waitForEnd(atMost: seconds)
        for worker in workers { _ = try? worker.program.waitForEnd(atMost: 15) }
        let data = FileManager.default.contents(atPath: "\(folder.path)/result.json") ?? Data("{}".utf8)
        let result = try JSONSerialization.jsonObject(with: data) as? [String: Any] ?? [:]
        return Outcome(end: end, result: result, counted: try webapp.count())
    }

    /// The text of a file of `--csv`.
    func csv(_ name: String) throws -> String { try folder.text("out_\(name).csv") }
}
