import Foundation
import TestServers
import Testing

extension DeployTests {
    /// All overlays build, and fit the schemas of the oldest and the newest Kubernetes that they are meant for.
    struct OverlayBuildTests {
        /// Writes what overlays make into files and returns what a version's schema says against them.
        private func objections(to overlays: [Overlay], version: String) throws -> [String] {
            try KubernetesTools.withFolder { folder in
                let files = try overlays.map { overlay in
                    let path = "\(folder)/\(overlay.rawValue).yaml"
                    try Data(KubernetesTools.build(overlay.folder).utf8).write(to: URL(filePath: path))
                    return path
                }
                return try KubernetesTools.objections(to: files, version: version)
            }
        }

        @Test func olderKubernetesTakesThem() async throws {
            try await onOwnThread {
                #expect(try objections(to: Overlay.allCases.filter { $0 != .replace }, version: "1.26") == [])
                // What `replace` is there for came later, and only that is new in it.
                let newer = try objections(to: [.replace], version: "1.26")
                #expect(newer.count == 1 && newer[0].contains("job/cicada-worker"), "\(newer)")
                for field in ["backoffLimitPerIndex", "maxFailedIndexes", "podReplacementPolicy"] {
                    #expect(newer.first?.contains("'\(field)'") == true, "\(newer)")
                }
            }
        }

        @Test func newerKubernetesTakesThem() async throws {
            try await onOwnThread {
                let newest = try objections(to: Overlay.allCases, version: "1.37")
                #expect(newest == [])
                let first = try objections(to: [.replace], version: "1.29")
                #expect(first == [])
            }
        }

        /// The checker finds what is wrong.
        @Test func aMisspeltFieldIsFound() async throws {
            try await onOwnThread {
                try KubernetesTools.withFolder { folder in
                    let text = try KubernetesTools.build(Overlay.minimal.folder).replacing("backoffLimit:", with: "backofLimit:")
                    try Data(text.utf8).write(to: URL(filePath: "\(folder)/a.yaml"))
                    let found = try KubernetesTools.objections(to: ["\(folder)/a.yaml"], version: "1.37")
                    #expect(found.count == 2 && found.allSatisfy { $0.contains("'backofLimit'") }, "\(found)")
                }
            }
        }

        @Test func everyFolderOfOverlaysIsTested() throws {
            let folder = KubernetesTools.repository.appending(path: "deploy/overlays").path()
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).sorted() == Overlay.allCases.map(\.rawValue).sorted())
        }

        /// Secrets are never committed, nor is what the keys are made into.
        @Test func noManifestHasAKey() throws {
            let files = FileManager.default.enumerator(
                at: KubernetesTools.repository.appending(path: "deploy"), includingPropertiesForKeys: nil)
            var checked = 0
            while let file = files?.nextObject() as? URL {
                guard let text = try? String(contentsOf: file, encoding: .utf8) else { continue }
                checked += 1
                #expect(!text.contains(#/cicada-(master|join)-[A-Za-z0-9_-]{40}/#), "\(file.path())")
            }
            #expect(checked > 20)
        }
    }
}
