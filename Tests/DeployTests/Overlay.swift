import Foundation
import Synchronization
import TestServers

/// An overlay of `deploy/`, built once. Blocking: use it on a thread of your own.
enum Overlay: String, CaseIterable, Sendable {
    case minimal, reference, soak, fleet, vantage, replace

    private static let built = Mutex<[Overlay: [KubernetesObject]]>([:])

    /// Its folder.
    var folder: String { KubernetesTools.repository.appending(path: "deploy/overlays/\(rawValue)").path() }

    /// What it makes. Throws with kustomize's complaint.
    func objects() throws -> [KubernetesObject] {
        if let known = Self.built.withLock({ $0[self] }) { return known }
        let objects = try KubernetesObject.all(in: KubernetesTools.build(folder))
        Self.built.withLock { $0[self] = objects }
        return objects
    }

    /// All pods that it makes.
    func pods() throws -> [PodTemplate] { try objects().compactMap(PodTemplate.init) }

    /// The specification of the Job that a component's pods belong to, of a CronJob or not; nil: none is a Job's.
    func job(_ name: String) throws -> KubernetesObject? {
        let objects = try objects()
        return objects.first("Job", name)?.at("spec") ?? objects.first("CronJob", name)?.at("spec", "jobTemplate", "spec")
    }

    /// How many workers it makes; nil: one on each node.
    func workers() throws -> Int? {
        try job("cicada-worker")?.at("completions")?.number
            ?? objects().first("Deployment", "cicada-worker")?.at("spec", "replicas")?.number
    }

    /// What its `cicada.yaml` says, by key.
    func settings() throws -> [String: String] {
        guard let text = try objects().first("ConfigMap", "cicada-script")?.at("data", "cicada.yaml")?.text,
            let settings = try KubernetesObject.all(in: text).first
        else { throw RawConnectionError(what: "\(rawValue) has no cicada.yaml") }
        return settings.pairs
    }

    /// Writes what its ConfigMap holds into a folder, as a mounted ConfigMap looks: links to links to files.
    func mountScript(in folder: String) throws {
        guard let data = try objects().first("ConfigMap", "cicada-script")?.at("data") else {
            throw RawConnectionError(what: "\(rawValue) has no ConfigMap cicada-script")
        }
        let files = FileManager.default
        try files.createDirectory(atPath: "\(folder)/..2026_11_28", withIntermediateDirectories: true)
        try files.createSymbolicLink(atPath: "\(folder)/..data", withDestinationPath: "..2026_11_28")
        for (name, text) in data.pairs {
            try Data(text.utf8).write(to: URL(filePath: "\(folder)/..2026_11_28/\(name)"))
            try files.createSymbolicLink(atPath: "\(folder)/\(name)", withDestinationPath: "..data/\(name)")
        }
    }
}
