import Foundation
import Glibc
import TestServers
import Testing
import ZeroMQ

extension ClusterTests {
    /// Keys that lie in files: found, missing, gone, unsafe, shown.
    struct KeyFileUseTests {
        /// No key but that of the files.
        private static let none = ["CICADA_MASTER_KEY": "", "CICADA_JOIN_TOKEN": ""]

        private static func cicada(_ arguments: [String], _ environment: [String: String]) throws -> RunningProgram.End {
            try RunningProgram(path: RunningProgram.path(ofBuilt: "cicada"), arguments, environment: environment).waitForEnd()
        }

        @Test func aWorkerWhoseKeyFileHasGoneJoinsNoPlainMaster() async throws {
            let (worker, end) = try await withFleet(.init(runTime: "2m", expectedWorkers: 1)) { fleet in
                let first = try fleet.startMaster(environment: Self.none)
                let worker = try fleet.startWorker("a", environment: Self.none)
                try fleet.waitForUsers()
                first.signal(SIGKILL)
                _ = try first.waitForEnd()
                try FileManager.default.removeItem(atPath: "\(fleet.folder.path)/keys")
                let elsewhere = Self.none.merging(["CICADA_HOME": "\(fleet.folder.path)/elsewhere"]) { $1 }
                let second = try fleet.startMaster(["--plain"], environment: elsewhere)
                guard second.writes("was not let in") else { throw RawConnectionError(what: "\(worker.errors) \(second.errors)") }
                // Several connections more.
                sleep(4)
                second.signal(SIGINT)
                let end = try second.waitForEnd()
                // Two of a kind that nobody has taken yet would be one.
                worker.signal(SIGINT)
                worker.signal(SIGTERM)
                return (try worker.waitForEnd(atMost: 13), end)
            }
            #expect(worker.errors.split(separator: "\n").count { $0.contains("found the master") } == 1, "\(worker)")
            #expect(!end.errors.contains("worker a is ready") && end.errors.contains("turned away"), "\(end)")
        }

        @Test func aWorkerThatStaysGoesOnLookingForAKey() async throws {
            let (end, left) = try await withFleet(.init(runTime: "1s", expectedWorkers: 1)) { fleet in
                let patience = Self.none.merging(["CICADA_TEST_GIVE_UP": "1"]) { $1 }
                let worker = try fleet.startWorker("a", ["--stay"], environment: patience)
                guard worker.writes("still looking") else { throw RawConnectionError(what: worker.errors) }
                let left = try fleet.startWorker("b", environment: patience).waitForEnd()
                let master = try fleet.startMaster(environment: Self.none)
                _ = try master.waitForEnd(atMost: 20)
                worker.signal(SIGTERM)
                return (try fleet.finish(), left)
            }
            #expect(left.exitCode == 6 && left.errors.contains("was it started with --plain?"), "\(left)")
            #expect(end.master.exitCode == 0 && end.isComplete && end.result?.workers.map(\.name) == ["a"], "\(end)")
        }

        /// The key file is looked for whatever the master's machine is called.
        @Test func anyNameOfThisMachineDoes() async throws {
            let end = try await withFleet(.init(runTime: "1s", expectedWorkers: 1)) { fleet in
                let master = try fleet.startMaster(environment: Self.none)
                guard master.writes("waiting for a worker") else { throw RawConnectionError(what: master.errors) }
                try fleet.startWorker("a", ["--master-host", "0.0.0.0"], environment: Self.none)
                return try fleet.finish()
            }
            #expect(end.master.exitCode == 0 && end.isComplete && end.workers["a"]?.exitCode == 0, "\(end)")
        }

        @Test func anUnsafeFolderEndsAllWithOneCode() async throws {
            let ends = try await onOwnThread {
                let folder = try TestFolder()
                let script = try folder.file("script.lua", Scripts.steady)
                try FileManager.default.createDirectory(atPath: "\(folder.path)/keys", withIntermediateDirectories: false)
                chmod("\(folder.path)/keys", 0o755)
                return try [
                    ["master", script, "--host", "http://127.0.0.1:9"], ["worker"], ["workers"], ["scale", "--users", "1"],
                    ["token", "show"],
                ].map { try Self.cicada($0, ["CICADA_HOME": "\(folder.path)/keys"]) }
            }
            #expect(ends.allSatisfy { $0.exitCode == 3 && $0.errors.contains("is not safe") }, "\(ends)")
        }

        @Test func theTokenCanBeShownLater() async throws {
            let (shown, output, missing) = try await withFleet(.init(runTime: "1s", expectedWorkers: 1)) { fleet in
                let master = try fleet.startMaster(["--bind", "0.0.0.0"], environment: Self.none)
                guard master.writes("cicada-join-") else { throw RawConnectionError(what: master.errors) }
                let environment = Self.none.merging(["CICADA_HOME": "\(fleet.folder.path)/keys"]) { $1 }
                let shown = try Self.cicada(["token", "show", "--port", "\(fleet.port)"], environment)
                let missing = try Self.cicada(["token", "show", "--port", "1"], environment)
                master.signal(SIGINT)
                return (shown, try master.waitForEnd().errors, missing)
            }
            let lines = shown.output.split(separator: "\n").map { $0.split(separator: "=", maxSplits: 1).map(String.init) }
            #expect(shown.exitCode == 0 && lines.map(\.first) == ["CICADA_MASTER_KEY", "CICADA_JOIN_TOKEN"], "\(shown)")
            #expect(lines.count == 2 && output.contains(lines[1][1]) && !output.contains(lines[0][1]))
            #expect(missing.exitCode == 2 && missing.errors.contains("no key of a master on port 1"), "\(missing)")
        }

        @Test func aKeyFromTheEnvironmentIsNotPrinted() async throws {
            let end = try await withFleet(.init(runTime: "1s", expectedWorkers: 1)) { fleet in
                let master = try fleet.startMaster(["--bind", "0.0.0.0"])
                guard master.writes("in CICADA_JOIN_TOKEN") else { throw RawConnectionError(what: master.errors) }
                master.signal(SIGINT)
                return try master.waitForEnd()
            }
            #expect(!end.errors.contains("cicada-join-") && !end.errors.contains("cicada-master-"), "\(end)")
        }

        @Test(arguments: [true, false]) func filesOfAPortThatNobodyAskedForGoWithTheRun(isGiven: Bool) async throws {
            let (files, end) = try await onOwnThread {
                let folder = try TestFolder()
                let script = try folder.file("script.lua", Scripts.steady)
                let master = try RunningProgram(
                    path: RunningProgram.path(ofBuilt: "cicada"), ["master", script, "--host", "http://127.0.0.1:9", "--port", "0"],
                    environment: ["CICADA_HOME": "\(folder.path)/keys", "CICADA_MASTER_KEY": isGiven ? MasterKey.new().text : ""])
                guard master.writes("waiting for a worker") else { throw RawConnectionError(what: master.errors) }
                let list = { (try? FileManager.default.contentsOfDirectory(atPath: "\(folder.path)/keys")) ?? [] }
                let before = list().count
                master.signal(SIGINT)
                let end = try master.waitForEnd()
                return ([before, list().count], end)
            }
            #expect(files == [2, 0] && end.exitCode == 130, "\(files) \(end)")
        }

        /// Kubernetes sets these for Services named `cicada` and `cicada-master`.
        @Test func addressesOfServicesAreNobodysSettings() async throws {
            let (ends, wrong) = try await onOwnThread {
                let folder = try TestFolder()
                let environment = [
                    "CICADA_HOME": "\(folder.path)/keys", "CICADA_PORT": "tcp://10.96.0.5:5557",
                    "CICADA_MASTER_PORT": "udp://10.96.0.5:5557",
                ]
                let ends = try [["workers"], ["token", "show"]].map { try Self.cicada($0, environment) }
                return (ends, try Self.cicada(["workers"], ["CICADA_MASTER_PORT": "10.96.0.5:5557"]))
            }
            #expect(ends.allSatisfy { $0.errors.contains("no key of a master on port 5557") }, "\(ends)")
            #expect(wrong.exitCode == 2 && wrong.errors.contains("CICADA_MASTER_PORT is '10.96.0.5:5557'"), "\(wrong)")
        }
    }
}
