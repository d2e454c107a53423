import Foundation
import TestServers
import Testing

extension DeployTests {
    /// What a user changes stands in one place for each overlay, and reaches everything that depends on it.
    struct OneEditTests {
        /// Builds an overlay of a copy of `deploy/` in which texts of one file were replaced.
        private func build(_ overlay: Overlay, replacing old: String, in file: String, with new: String) throws -> [KubernetesObject] {
            try KubernetesTools.withFolder { folder in
                let copy = "\(folder)/deploy"
                try FileManager.default.copyItem(atPath: KubernetesTools.repository.appending(path: "deploy").path(), toPath: copy)
                let path = URL(filePath: "\(copy)/\(file)")
                let text = try String(contentsOf: path, encoding: .utf8)
                #expect(text.components(separatedBy: old).count == 2, "\(file) has '\(old)' not once")
                try Data(text.replacing(old, with: new).utf8).write(to: path)
                return try KubernetesObject.all(in: KubernetesTools.build("\(copy)/overlays/\(overlay.rawValue)"))
            }
        }

        @Test(arguments: Overlay.allCases) func theImage(overlay: Overlay) async throws {
            try await onOwnThread {
                let objects = try build(
                    overlay, replacing: "newName: cicada\n", in: "images/kustomization.yaml", with: "newName: my.example/load/cicada\n")
                let images = objects.compactMap(PodTemplate.init).flatMap(\.allContainers).compactMap { $0.at("image")?.text }
                #expect(Set(images) == ["my.example/load/cicada:0.1.0", "sample-webapp:0.1.0"], "\(images)")
            }
        }

        @Test(arguments: [
            (Overlay.minimal, "workers.yaml", "completions: 2"), (.reference, "workers.yaml", "completions: 7"),
            (.replace, "workers.yaml", "completions: 4"), (.soak, "schedule.yaml", "completions: 2"), (.fleet, "fleet.yaml", "replicas: 3"),
        ]) func theNumberOfWorkers(overlay: Overlay, file: String, line: String) async throws {
            try await onOwnThread {
                let key = line.split(separator: ":")[0]
                let objects = try build(overlay, replacing: line, in: "overlays/\(overlay.rawValue)/\(file)", with: "\(key): 31")
                let jobs = objects.compactMap { $0.at("spec", "jobTemplate", "spec") ?? ($0.kind == "Job" ? $0.at("spec") : nil) }
                let worker = jobs.first { $0.at("completionMode") != nil }
                #expect(worker.map { $0.at("completions")?.number == 31 && $0.at("parallelism")?.number == 31 } ?? (overlay == .fleet))
                let expected = objects.compactMap(PodTemplate.init).flatMap(\.containers).flatMap { $0.at("env")?.items ?? [] }
                    .first { $0.at("name")?.text == "CICADA_EXPECT_WORKERS" }
                #expect(expected?.at("value")?.text == "31")
            }
        }

        @Test(arguments: Overlay.allCases) func usersRateAndTime(overlay: Overlay) async throws {
            try await onOwnThread {
                let old = try overlay.settings()
                for key in ["users", "spawn-rate", "run-time", "host"] {
                    let line = "\n\(key): \(old[key] ?? "?")\n"
                    let objects = try build(
                        overlay, replacing: line, in: "overlays/\(overlay.rawValue)/cicada.yaml", with: "\n\(key): 42\n")
                    let text = objects.first("ConfigMap", "cicada-script")?.at("data", "cicada.yaml")?.text
                    #expect(text?.contains("\n\(key): 42\n") == true, "\(key)")
                    // Nothing else says it, which would be obeyed in its place.
                    let pods = objects.compactMap(PodTemplate.init).flatMap(\.containers).filter { $0.commandLine.first == "cicada" }
                    #expect(!pods.flatMap(\.commandLine).contains { $0.hasPrefix("--\(key)") })
                    let variable = "CICADA_" + key.uppercased().replacing("-", with: "_")
                    #expect(!pods.flatMap { $0.at("env")?.items ?? [] }.contains { $0.at("name")?.text == variable })
                }
            }
        }

        @Test(arguments: Overlay.allCases) func theScript(overlay: Overlay) async throws {
            try await onOwnThread {
                let objects = try build(overlay, replacing: "wait = constant(1)", in: "base/script/script.lua", with: "wait = constant(9)")
                let map = try #require(objects.first("ConfigMap", "cicada-script"))
                #expect(map.at("data", "script.lua")?.text?.contains("wait = constant(9)") == true)
                #expect(Set(map.at("data")?.keys ?? []) == ["cicada.yaml", "devices.csv", "script.lua"])
            }
        }
    }
}
