import Foundation
import TestServers
import Yams

/// The container of a manifest in `deploy/base`: what it is started with.
struct PodManifest {
    /// Where a variable's value comes from.
    enum Source: Equatable {
        case value(String)
        case secret(key: String)
        case field(path: String)
    }

    /// The program's name and its arguments.
    let command: [String]
    let environment: [String: Source]
    /// The ConfigMaps by the folder where they are mounted.
    let configMaps: [String: String]

    /// Reads the first container of a workload. Throws when the file has no such object, or one that these tests cannot start.
    init(_ file: String, kind: String, name: String) throws {
        let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let text = try String(contentsOf: root.appending(path: "deploy/base/\(file)"), encoding: .utf8)
        let objects = try Yams.compose_all(yaml: text).compactMap { $0 }
        guard let object = objects.first(where: { $0["kind"]?.string == kind && $0["metadata"]?["name"]?.string == name }),
            let pod = object["spec"]?["template"]?["spec"], let container = pod["containers"]?.sequence?.first
        else { throw RawConnectionError(what: "deploy/base/\(file) has no \(kind) \(name) with a container") }
        command = ["command", "args"].flatMap { container[$0]?.sequence?.compactMap(\.string) ?? [] }
        var environment: [String: Source] = [:]
        for variable in container["env"]?.sequence.map(Array.init) ?? [] {
            guard let name = variable["name"]?.string else { continue }
            if let value = variable["value"]?.string {
                environment[name] = .value(value)
            } else if let key = variable["valueFrom"]?["secretKeyRef"]?["key"]?.string {
                environment[name] = .secret(key: key)
            } else if let path = variable["valueFrom"]?["fieldRef"]?["fieldPath"]?.string {
                environment[name] = .field(path: path)
            } else {
                throw RawConnectionError(what: "deploy/base/\(file): nobody knows where \(name) comes from")
            }
        }
        self.environment = environment
        var configMaps: [String: String] = [:]
        for mount in container["volumeMounts"]?.sequence.map(Array.init) ?? [] {
            let volume = pod["volumes"]?.sequence?.first { $0["name"] == mount["name"] }
            if let map = volume?["configMap"]?["name"]?.string, let path = mount["mountPath"]?.string { configMaps[path] = map }
        }
        self.configMaps = configMaps
    }

    /// The command with the program that was built with the tests in the place of its name.
    var builtCommand: [String] { ["\(PodNetwork.programs)/\(command.first ?? "")"] + command.dropFirst() }
}
