import Foundation
import TestServers
import Testing

extension DeployTests {
    /// The arithmetic of `overlays/reference`, done again.
    struct ReferenceLoadTests {
        private static let descriptorsOfAContainer = 20_000
        /// Standard streams and what else is open before the first user comes.
        private static let openAtTheStart = 6
        private static let usersOfMemory = 16 << 10
        /// What a scripted request costs at many connections (docs/benchmarks.md), rounded up.
        private static let secondsPerRequest = 50e-6

        private static func ceiling(_ dividend: Int, _ divisor: Int) -> Int { (dividend + divisor - 1) / divisor }

        /// Bytes of a quantity such as 1Gi.
        private static func bytes(_ text: String) -> Int? {
            let units = ["Ki": 1 << 10, "Mi": 1 << 20, "Gi": 1 << 30]
            return Int(text.dropLast(2)).flatMap { number in units[String(text.suffix(2))].map { number * $0 } }
        }

        @Test func theLoadIsThatOfTheReport() async throws {
            try await onOwnThread {
                let settings = try Overlay.reference.settings()
                #expect(settings["users"] == "100000" && settings["spawn-rate"] == "100")
                let target = try Overlay.reference.objects().first("Deployment", "sample-webapp")
                #expect(target?.at("spec", "replicas")?.number == 48)
                // All users are there for a good part of the run.
                let seconds = try #require(settings["run-time"].flatMap(RunLifeTests.seconds))
                #expect(seconds >= 1.5 * 100_000 / 100)
            }
        }

        @Test func theNumberOfWorkersIsWhatDescriptorsPortsAndCoresNeed() async throws {
            try await onOwnThread {
                let settings = try Overlay.reference.settings()
                let (users, threads) = (
                    try #require(settings["users"].flatMap { Int($0) }), try #require(settings["threads"].flatMap { Int($0) })
                )
                let pod = try #require(Overlay.reference.pods().first { $0.owner == "Job/cicada-worker" })
                // docs/lifecycle.md: 24, and 10 for each thread, and 2 of each 1,026 for libcurl.
                let room = (Self.descriptorsOfAContainer - Self.openAtTheStart - 24 - 10 * threads) * 1024 / 1026
                let byDescriptors = Self.ceiling(users, room)
                let range = try #require(pod.spec.at("securityContext", "sysctls", "0"))
                #expect(range.at("name")?.text == "net.ipv4.ip_local_port_range")
                let ends = try #require(range.at("value")?.text?.split(separator: " ").compactMap { Int($0) })
                let ports = ends[1] - ends[0] + 1
                #expect(ports == 64_512)
                let (byPorts, byUsualPorts) = (Self.ceiling(users, ports), Self.ceiling(users, 60_999 - 32_768 + 1))
                #expect((byDescriptors, byPorts, byUsualPorts) == (6, 2, 4))
                let need = max(byDescriptors, byPorts)
                let workers = try #require(try Overlay.reference.workers())
                #expect(workers == need + 1)
                // One may be lost.
                #expect((workers - 1) * room >= users)

                let resources = try #require(pod.containers.first?.at("resources"))
                let cores = try #require(resources.at("limits", "cpu")?.text.flatMap { Int($0) })
                // Requests of all users, one a second each, with half of the cores left.
                #expect(Double(cores * (workers - 1)) >= 2 * Double(users) * Self.secondsPerRequest && threads == cores)
                #expect(resources.at("requests")?.pairs == resources.at("limits")?.pairs)
                let memory = try #require(resources.at("limits", "memory")?.text.flatMap(Self.bytes))
                #expect((memory - 128 << 20) / 4 * 3 >= Self.ceiling(users, workers - 1) * Self.usersOfMemory)

                let words = try String(contentsOfFile: "\(Overlay.reference.folder)/workers.yaml", encoding: .utf8)
                for figure in ["19,900 users", "5.03", "28,232", "64,512", "So 6, and one more"] {
                    #expect(words.contains(figure), "\(figure)")
                }
                #expect(room / 100 * 100 == 19_900 && String(format: "%.2f", Double(users) / 19_900) == "5.03")
            }
        }

        /// A worker of such a container says that it has that room.
        @Test func aWorkerWith20000DescriptorsHasTheRoomThatIsCountedOn() async throws {
            try await onOwnThread {
                let cicada = try RunningProgram.path(ofBuilt: "cicada")
                let script = KubernetesTools.repository.appending(path: "deploy/base/script/script.lua").path()
                let keys = FileManager.default.temporaryDirectory.appending(path: "cicada-keys-\(UUID())").path()
                defer { try? FileManager.default.removeItem(atPath: keys) }
                let environment = ["CICADA_HOME": keys, "CICADA_THREADS": "2"]
                let port = Loopback.freePort()
                let master = try RunningProgram(
                    path: cicada,
                    ["master", script, "--host", "http://127.0.0.1:9", "--users", "1", "--run-time", "1s", "--port", "\(port)"],
                    environment: environment)
                let worker = try RunningProgram(
                    path: "/bin/sh",
                    ["-c", "ulimit -n \(Self.descriptorsOfAContainer) && exec \"$0\" worker --master-port \(port)", cicada],
                    environment: environment)
                #expect(master.writes("room for"), "\(master.errors) \(worker.errors)")
                _ = master.writes(" users (")
                let line = master.errors.split(separator: "\n").first { $0.contains("room for") } ?? ""
                let room = line.firstMatch(of: #/room for ([0-9,]+) users/#).flatMap { Int($0.output.1.replacing(",", with: "")) }
                #expect(try (19_900..<20_000).contains(#require(room)), "\(line)")
            }
        }
    }
}
