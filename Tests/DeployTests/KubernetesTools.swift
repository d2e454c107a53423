import Foundation
import TestServers

/// The programs that manifests are built and checked with, as `scripts/setup` installs them. Blocking: use them on a thread of your own.
enum KubernetesTools {
    /// The folder of this repository.
    static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Where a program is. Throws when it is not there.
    static func path(of name: String) throws -> String {
        let path = repository.appending(path: ".kubernetes/bin/\(name)").path()
        guard FileManager.default.isExecutableFile(atPath: path) else {
            throw RawConnectionError(what: "no \(name) at \(path): run scripts/setup, which installs it")
        }
        return path
    }

    /// What `kubectl kustomize` makes of a folder. Throws with its complaint.
    static func build(_ folder: String) throws -> String {
        let end = try RunningProgram(path: path(of: "kubectl"), ["kustomize", folder]).waitForEnd(atMost: 60)
        guard end.exitCode == 0 else { throw RawConnectionError(what: "kubectl kustomize \(folder): \(end.errors)") }
        return end.output
    }

    /// What is wrong with manifests by the schema of a version of Kubernetes: one line each, empty when nothing is.
    static func objections(to files: [String], version: String) throws -> [String] {
        let end = try RunningProgram(path: path(of: "kubernetes-validate"), ["--strict", "-k", version] + files).waitForEnd(atMost: 240)
        let lines = (end.output + end.errors).split(separator: "\n").map(String.init)
        // Without a word on each object nothing was checked.
        guard lines.contains(where: { $0.contains(" passed for resource ") }) else {
            throw RawConnectionError(what: "kubernetes-validate \(version): \(end)")
        }
        let objections = lines.filter { !$0.contains(" passed for resource ") }
        if objections.isEmpty, end.exitCode != 0 { throw RawConnectionError(what: "kubernetes-validate \(version): \(end)") }
        return objections
    }

    /// A folder for a test's files, removed afterwards.
    static func withFolder<Value>(_ body: (String) throws -> Value) throws -> Value {
        let folder = FileManager.default.temporaryDirectory.appending(path: "cicada-deploy-\(UUID())").path()
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        return try body(folder)
    }
}
