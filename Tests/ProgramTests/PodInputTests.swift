import Foundation
import Glibc
import TestServers
import Testing
import ZeroMQ

extension ProgramTests {
    /// What can be wrong with a pod: its last line is one clear sentence, and its exit code is that of docs/lifecycle.md.
    struct PodInputTests {
        private static let key = MasterKey.new()
        private static let pod = ["CICADA_POD_NAME": "cicada-master-x", "CICADA_NODE_NAME": "n1"]

        /// The last line of what was logged.
        private func lastWords(_ end: RunningProgram.End) -> String { end.errors.split(separator: "\n").last.map(String.init) ?? "" }

        private func call(_ arguments: [String], _ environment: [String: String], files: [String: String] = [:]) async throws
            -> RunningProgram.End
        {
            try await onOwnThread {
                let folder = try TestFolder()
                for (name, content) in files { _ = try folder.file(name, content) }
                try FileManager.default.createDirectory(atPath: "\(folder.path)/folder", withIntermediateDirectories: true)
                let home = ["CICADA_HOME": "\(folder.path)/keys"]
                return try CicadaCall.now(arguments, in: folder.path, environment: home.merging(environment) { $1 })
            }
        }

        static let settings = "script: script.lua\nhost: http://127.0.0.1:9\nusers: 1\nrun-time: 1s\n"
        static let masters: [(flags: [String], environment: [String: String], files: [String: String], code: Int32, words: String)] = [
            // The Secret is missing, or one of its keys.
            ([], [:], ["cicada.yaml": settings, "script.lua": Scripts.steady], 2, "cicada: CICADA_MASTER_KEY is not set"),
            (
                [], ["CICADA_MASTER_KEY": "rubbish"], ["cicada.yaml": settings, "script.lua": Scripts.steady], 2,
                "cicada: CICADA_MASTER_KEY cannot be used"
            ),
            // The ConfigMap is missing, or one of its keys.
            ([], ["CICADA_MASTER_KEY": key.text], [:], 2, "cicada: cannot read cicada.yaml: No such file or directory"),
            ([], ["CICADA_MASTER_KEY": key.text], ["cicada.yaml": settings], 2, "cicada: script (cicada.yaml:1:9) is 'script.lua'"),
            (
                [], ["CICADA_MASTER_KEY": key.text], ["cicada.yaml": settings, "script.lua": "user = "], 2,
                "cicada: script.lua:1"
            ),
            (
                [], ["CICADA_MASTER_KEY": key.text], ["cicada.yaml": "script: folder\nhost: http://127.0.0.1:9\n"], 2,
                "cicada: folder: cannot read folder: Is a directory; check the path"
            ),
            (["--stat", "/state"], [:], [:], 2, "cicada: Unknown option '--stat'"),
            // The volume is none.
            (
                ["--state", "/proc/nothing"], ["CICADA_MASTER_KEY": key.text], ["cicada.yaml": settings, "script.lua": Scripts.steady], 3,
                "cicada: --state: cannot make the folder /proc/nothing"
            ),
            (
                ["--state", "."], ["CICADA_MASTER_KEY": key.text],
                ["cicada.yaml": settings, "script.lua": Scripts.steady, "run.cicada": "something else"], 3,
                "cicada: --state: ./run.cicada"
            ),
            (
                ["--linger", "soon"], ["CICADA_MASTER_KEY": key.text], ["cicada.yaml": settings, "script.lua": Scripts.steady], 2,
                "cicada: --linger is"
            ),
        ]

        @Test(arguments: masters.indices) func aMastersPodSaysWhatItMisses(index: Int) async throws {
            let trial = Self.masters[index]
            let port = Loopback.freePort()
            let end = try await call(
                ["master", "--config", "cicada.yaml", "--port", "\(port)"] + trial.flags, Self.pod.merging(trial.environment) { $1 },
                files: trial.files)
            #expect(end.exitCode == trial.code && end.output.isEmpty && lastWords(end).hasPrefix(trial.words), "\(trial.words): \(end)")
        }

        static let workers: [(flags: [String], environment: [String: String], code: Int32, words: String)] = [
            (["--master-host", "10.255.255.1"], [:], 2, "cicada: no join token"),
            (["--master-host", "10.255.255.1"], ["CICADA_JOIN_TOKEN": ""], 2, "cicada: no join token"),
            (["--master-host", "10.255.255.1"], ["CICADA_JOIN_TOKEN": "rubbish"], 2, "cicada: the join token cannot be used"),
            ([], ["JOB_COMPLETION_INDEX": "first"], 2, "cicada: JOB_COMPLETION_INDEX is 'first'"),
            (["--index=-1"], [:], 2, "cicada: --index is '-1'"), (["--index", "10000"], [:], 2, "cicada: --index is '10000'"),
            (["--index", "1.5"], [:], 2, "cicada: --index is '1.5'"),
            (["--master-max-wait", "0"], [:], 2, "cicada: --master-max-wait is '0'"),
            (["--master-max-wait", "1s"], ["CICADA_JOIN_TOKEN": key.joinToken.text], 6, "cicada: no master at"),
        ]

        @Test(arguments: workers.indices) func aWorkersPodSaysWhatItMisses(index: Int) async throws {
            let trial = Self.workers[index]
            let port = Loopback.freePort()
            let end = try await call(["worker", "--master-port", "\(port)"] + trial.flags, trial.environment)
            #expect(end.exitCode == trial.code && lastWords(end).hasPrefix(trial.words), "\(trial.words): \(end)")
            if trial.code == 6 { #expect(end.seconds < 10 && end.errors.contains("for 1 s"), "\(end)") }
        }

        @Test func anIndexBeyondTheRunIsRefused() async throws {
            let (worker, master) = try await withFleet(.init(expectedWorkers: 2)) { fleet in
                let master = try fleet.startMaster()
                let worker = try fleet.startPod(2).waitForEnd(atMost: 20)
                master.signal(SIGINT)
                return (worker, try master.waitForEnd())
            }
            let words = "cicada: refused by the master: worker worker-2 has index 2"
            #expect(worker.exitCode == 3 && lastWords(worker).hasPrefix(words), "\(worker)")
            #expect(master.errors.contains("whose indexes are 0 to 1"), "\(master)")
        }

        @Test func aWorkerSaysWhatItMayUse() async throws {
            let end = try await call(
                ["worker", "--plain", "--index", "3", "--master-port", "\(Loopback.freePort())", "--master-max-wait", "1s"], Self.pod)
            let words = end.errors.split(separator: "\n").first.map(String.init) ?? ""
            #expect(words.hasPrefix("worker worker-3: may use ") && words.contains(" descriptors, "), "\(end)")
            #expect(words.contains(" local ports"), "\(words)")
            #expect(words.hasSuffix("; on node n1, pod cicada-master-x"), "\(words)")
        }
    }
}
