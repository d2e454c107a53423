import Foundation
import TestServers
import Testing

extension DeployTests {
    /// The commands of the pods of `overlays/minimal`, word for word but for what is a machine's: the mounted folder, ports and names.
    struct MinimalRunTests {
        private struct Result: Decodable {
            struct Worker: Decodable {
                var name: String
                var node: String?
                var pod: String?
            }
            var workers: [Worker]
        }

        private func get(_ path: String, port: Int) throws -> RawResponse {
            var connection = try RawConnection(port: port)
            try connection.send("GET \(path) HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            return try connection.receive()
        }

        @Test func masterAndWorkersOfTheManifestsMakeARun() async throws {
            try await onOwnThread {
                try KubernetesTools.withFolder { folder in
                    try Overlay.minimal.mountScript(in: "\(folder)/cicada")
                    let cicada = try RunningProgram.path(ofBuilt: "cicada")
                    let keys = try RunningProgram(path: cicada, ["token", "new"]).waitForEnd().output
                    var secret: [String: String] = [:]
                    for line in keys.split(separator: "\n") {
                        let pair = line.split(separator: "=", maxSplits: 1).map(String.init)
                        secret[pair[0]] = pair[1]
                    }
                    let target = try RunningProgram("sample-webapp", ["--port", "0"])
                    let (link, web) = (Loopback.freePort(), Loopback.freePort())
                    let pods = try Overlay.minimal.pods()
                    let master = try #require(pods.first { $0.owner == "Job/cicada-master" }?.containers.first)
                    let worker = try #require(pods.first { $0.owner == "Job/cicada-worker" }?.containers.first)

                    let masterLine = master.commandLine.dropFirst().map {
                        $0.replacing("=/cicada/", with: "=\(folder)/cicada/").replacing("--web-port=8089", with: "--web-port=\(web)")
                    }
                    let running = try RunningProgram(
                        path: cicada, masterLine,
                        environment: [
                            "CICADA_MASTER_KEY": secret["CICADA_MASTER_KEY"] ?? "", "CICADA_HOME": "\(folder)/keys",
                            "CICADA_EXPECT_WORKERS": "2",
                            "CICADA_NODE_NAME": "node-m", "CICADA_POD_NAME": "cicada-master-x", "CICADA_PORT": "\(link)",
                            "CICADA_HOST": "http://127.0.0.1:\(target.port)", "CICADA_RUN_TIME": "3s",
                        ])
                    #expect(running.writes("waiting for 2 workers, 10 m at most"), "\(running.errors)")
                    // As the kubelet asks, before there are workers.
                    for probe in ["startupProbe", "livenessProbe", "readinessProbe"] {
                        let path = try #require(master.at(probe, "httpGet", "path")?.text)
                        #expect(becomesTrue { (try? get(path, port: web).status) == 200 }, "\(path): \(running.errors)")
                    }
                    let workers = try (0...1).map { index in
                        try RunningProgram(
                            path: cicada, worker.commandLine.dropFirst().map { $0.replacing("=cicada-master", with: "=127.0.0.1") },
                            environment: [
                                "CICADA_JOIN_TOKEN": secret["CICADA_JOIN_TOKEN"] ?? "", "CICADA_NODE_NAME": "node-\(index)",
                                "CICADA_POD_NAME": "cicada-worker-\(index)-x", "JOB_COMPLETION_INDEX": "\(index)",
                                "CICADA_MASTER_PORT": "\(link)",
                                "CICADA_HOME": "\(folder)/none",
                            ])
                    }
                    for worker in workers {
                        let end = try worker.waitForEnd(atMost: 60)
                        #expect(end.exitCode == 0, "\(end)")
                    }
                    // The result stays up, and SIGTERM ends the master with the run's exit code.
                    #expect(becomesTrue { (try? get("/result", port: web).status) == 200 }, "\(running.errors)")
                    let result = try JSONDecoder().decode(Result.self, from: Data(get("/result", port: web).body.utf8))
                    #expect(result.workers.map(\.name).sorted() == ["worker-0", "worker-1"])
                    #expect(result.workers.compactMap(\.node).sorted() == ["node-0", "node-1"])
                    #expect(result.workers.compactMap(\.pod).sorted() == ["cicada-worker-0-x", "cicada-worker-1-x"])
                    let end = try running.stop()
                    #expect(end.exitCode == 0 && end.output.contains("POST    /metrics"), "\(end)")
                    #expect(try target.stop().exitCode == 0)
                }
            }
        }

        /// Neither Secret nor ConfigMap: the last line says so, at once.
        @Test func whatIsMissingIsToldInTheLastLine() async throws {
            try await onOwnThread {
                let cicada = try RunningProgram.path(ofBuilt: "cicada")
                let pods = try Overlay.minimal.pods()
                let lines = pods.flatMap(\.containers).map(\.commandLine).filter { $0.first == "cicada" }
                #expect(lines.count == 2)
                for line in lines {
                    let end = try RunningProgram(path: cicada, Array(line.dropFirst()), environment: ["CICADA_POD_NAME": "x"]).waitForEnd()
                    let last = end.errors.split(separator: "\n").last ?? ""
                    #expect(end.exitCode == 2 && last.contains(line[1] == "master" ? "/cicada/cicada.yaml" : "CICADA_JOIN_TOKEN"), "\(end)")
                }
            }
        }
    }
}
