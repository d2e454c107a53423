import Foundation
import Glibc
import TestServers
import Testing
import Wire
import ZeroMQ

extension ClusterTests {
    /// Keys, versions and names: who becomes a worker, and who does not.
    struct KeyTests {
        private static func mode(_ path: String) -> mode_t? {
            var status = stat()
            return stat(path, &status) == 0 ? status.st_mode & 0o7777 : nil
        }

        @Test func newKeysWorkAsAPair() async throws {
            let (lines, end) = try await onOwnThread {
                let made = try RunningProgram(path: RunningProgram.path(ofBuilt: "cicada"), ["token", "new"]).waitForEnd()
                let lines = made.output.split(separator: "\n").map { $0.split(separator: "=", maxSplits: 1).map(String.init) }
                guard made.exitCode == 0, lines.map(\.first) == ["CICADA_MASTER_KEY", "CICADA_JOIN_TOKEN"] else {
                    return (lines, nil as FleetEnd?)
                }
                let fleet = try Fleet(.init(runTime: "1s", expectedWorkers: 1))
                try fleet.startMaster(environment: ["CICADA_MASTER_KEY": lines[0][1], "CICADA_JOIN_TOKEN": ""])
                let environment = [
                    "CICADA_MASTER_KEY": "", "CICADA_JOIN_TOKEN": lines[1][1], "CICADA_HOME": "\(fleet.folder.path)/elsewhere",
                ]
                try fleet.startWorker("a", environment: environment)
                return (lines, try fleet.finish())
            }
            #expect(end?.master.exitCode == 0 && end?.isComplete == true, "\(lines) \(end.map { "\($0)" } ?? "")")
        }

        @Test func keysLieWhereOnlyTheirOwnerReadsThem() async throws {
            let (modes, end) = try await onOwnThread {
                let fleet = try Fleet(.init(runTime: "1s", expectedWorkers: 1))
                let none = ["CICADA_MASTER_KEY": "", "CICADA_JOIN_TOKEN": ""]
                try fleet.startMaster(environment: none, shell: "umask 0; exec")
                // Finds the token there.
                try fleet.startWorker("a", environment: none)
                let end = try fleet.finish()
                let folder = "\(fleet.folder.path)/keys"
                return ([folder, "\(folder)/\(fleet.port).master", "\(folder)/\(fleet.port).join"].map(Self.mode), end)
            }
            #expect(modes == [0o700, 0o600, 0o600] && end.master.exitCode == 0 && end.isComplete, "\(modes) \(end)")
        }

        @Test func aWorkerWithAnotherTokenIsRefusedAndCounted() async throws {
            let (bad, end) = try await onOwnThread {
                let fleet = try Fleet(.init(runTime: "2m", expectedWorkers: 1))
                try fleet.startMaster()
                try fleet.startWorker("a")
                try fleet.waitForUsers()
                let bad = try RunningProgram(
                    path: RunningProgram.path(ofBuilt: "cicada"), ["worker", "--master-port", "\(fleet.port)", "--name", "bad"],
                    environment: ["CICADA_JOIN_TOKEN": MasterKey.new().joinToken.text])
                guard bad.writes("our join token is another master's"), fleet.master?.writes("was not let in") == true else {
                    throw RawConnectionError(what: "not told: \(bad.errors) \(fleet.master?.errors ?? "")")
                }
                let end = try bad.stop()
                fleet.master?.signal(SIGINT)
                return (end, try fleet.finish())
            }
            #expect(bad.exitCode == 130 && bad.errors.split(separator: "\n").count <= 4, "\(bad)")
            let lines = end.master.errors.split(separator: "\n")
            // Once with its address; once more when it had gone before it could be asked for that.
            #expect((1...2).contains(lines.count { $0.contains("it has the join token of another master") }), "\(end)")
            #expect(lines.count { $0.contains("turned away") && $0.contains("that had no key") } == 1, "\(end)")
            #expect(end.isComplete && end.result?.workers.map(\.name) == ["a"], "\(end)")
        }

        /// A worker of another version, made of words.
        @Test(arguments: [("0.1.0", 99), ("9.0.0", Protocol.version)]) func anotherVersionIsRefusedByName(version: String, number: Int)
            async throws
        {
            let (reason, end) = try await onOwnThread {
                let fleet = try Fleet(.init(runTime: "2m", expectedWorkers: 1, isPlain: true))
                try fleet.startMaster()
                try fleet.startWorker("a")
                try fleet.waitForUsers()
                let context = try MessageContext()
                let socket = try WorkerSocket(
                    context, host: "127.0.0.1", port: fleet.port, security: .plain, limits: LinkLimits(greatestMessage: 1 << 20))
                let hello = WorkerMessage.hello(
                    WorkerHello(
                        version: version, protocolVersion: number, session: 7, host: "h", processIdentifier: 1, cores: 1, descriptors: 100,
                        memoryBytes: 1 << 30))
                var reason: String?
                _ = becomesTrue {
                    _ = socket.send(hello.encoded(nodeID: "odd"))
                    while reason == nil,
                        socket.receive({ if case .quit(let words)? = try? MasterMessage.decode($0).message { reason = words } })
                    {}
                    return reason != nil
                }
                fleet.master?.signal(SIGINT)
                return (reason, try fleet.finish())
            }
            let words = "worker odd has version \(version) (protocol \(number)), the master 0.1.0 (protocol \(Protocol.version))"
            #expect(reason?.contains(words) == true, "\(reason ?? "")")
            #expect(end.master.errors.split(separator: "\n").count { $0.contains(words) } == 1 && end.isComplete, "\(end)")
        }

        @Test func aWorkerMayComeBeforeItsMaster() async throws {
            let end = try await onOwnThread {
                let fleet = try Fleet(.init(runTime: "1s", expectedWorkers: 1))
                let none = ["CICADA_MASTER_KEY": "", "CICADA_JOIN_TOKEN": ""]
                try fleet.startWorker("a", environment: none)
                guard fleet.workers["a"]?.writes("no master has been started on this machine") == true else {
                    throw RawConnectionError(what: fleet.workers["a"]?.errors ?? "")
                }
                try fleet.startMaster(environment: none)
                return try fleet.finish()
            }
            #expect(end.master.exitCode == 0 && end.isComplete && end.workers["a"]?.exitCode == 0, "\(end)")
        }

        @Test func aWorkerThatStaysServesRunAfterRun() async throws {
            let (ends, results, counted, worker) = try await onOwnThread {
                let fleet = try Fleet(.init(runTime: "1s", expectedWorkers: 1))
                let worker = try fleet.startWorker("a", ["--stay"])
                var (ends, results): ([RunningProgram.End], [ResultFile]) = ([], [])
                for _ in 0..<2 {
                    ends.append(try fleet.startMaster().waitForEnd(atMost: 20))
                    let data = FileManager.default.contents(atPath: "\(fleet.folder.path)/result.json") ?? Data()
                    results.append(try JSONDecoder().decode(ResultFile.self, from: data))
                }
                worker.signal(SIGTERM)
                return (ends, results, try fleet.webapp.count(), try worker.waitForEnd())
            }
            #expect(ends.map(\.exitCode) == [0, 0] && worker.exitCode == 130, "\(ends) \(worker)")
            #expect(results.allSatisfy { $0.isConsistent && $0.merged > 100 } && results.reduce(0) { $0 + $1.merged } == counted)
            #expect(worker.errors.split(separator: "\n").count { $0.contains("all figures are delivered") } == 2, "\(worker.errors)")
            #expect(!worker.errors.contains("were not delivered"), "\(worker.errors)")
        }
    }

    /// Worker processes of `cicada run --processes` do not outlive it.
    struct ChildTests {
        private static func run(signal: Int32, after milliseconds: UInt32 = 0) async throws -> (
            end: RunningProgram.End, children: Int, seconds: Double, left: [pid_t]
        ) {
            try await Webapp.with { webapp in
                let run = try CicadaRun(
                    script: Scripts.steady, ["--host", webapp.url, "--users", "10", "--spawn-rate", "100", "--processes", "2"])
                guard becomesTrue({ (try? webapp.count()) ?? 0 > 20 }) else { throw RawConnectionError(what: run.program.errors) }
                usleep(milliseconds * 1000)
                let children = run.program.children
                let start = monotonicSeconds()
                run.program.signal(signal)
                let end = try run.program.waitForEnd(atMost: 20)
                _ = becomesTrue { !children.contains(where: isAlive) }
                return (end, children.count, monotonicSeconds() - start, children.filter(isAlive))
            }
        }

        @Test(arguments: [SIGINT, SIGTERM]) func aSignalEndsThemAll(signal: Int32) async throws {
            let (end, children, seconds, left) = try await Self.run(signal: signal)
            #expect(end.exitCode == 130 && children == 2 && left.isEmpty && seconds < 5, "\(end) \(seconds) s")
        }

        /// At several moments: with figures under way, and without.
        @Test(arguments: [0, 300, 600, 900] as [UInt32]) func theyDieWithTheirParent(milliseconds: UInt32) async throws {
            let (end, children, seconds, left) = try await Self.run(signal: SIGKILL, after: milliseconds)
            #expect(end.exitCode == 137 && children == 2 && left.isEmpty && seconds < 5, "\(end) \(seconds) s")
        }
    }
}
