/// A pod as an object of a manifest makes it.
struct PodTemplate: Sendable {
    /// `Job/cicada-master`
    let owner: String
    let labels: [String: String]
    let spec: KubernetesObject

    /// Nil for objects that make no pods.
    init?(of object: KubernetesObject) {
        let template: KubernetesObject? =
            switch object.kind {
            case "Job", "Deployment", "DaemonSet": object.at("spec", "template")
            case "CronJob": object.at("spec", "jobTemplate", "spec", "template")
            default: nil
            }
        guard let template, let spec = template.at("spec") else { return nil }
        (owner, self.spec) = (object.title, spec)
        labels = template.labels
    }

    /// Those of containers, without those of init containers.
    var containers: [KubernetesObject] { spec.at("containers")?.items ?? [] }
    var allContainers: [KubernetesObject] { containers + (spec.at("initContainers")?.items ?? []) }

    /// Whether a selector by labels means it. An empty one means every pod.
    func isSelected(by labels: [String: String]) -> Bool { labels.allSatisfy { self.labels[$0.key] == $0.value } }
}

extension KubernetesObject {
    /// Command and arguments of a container, as the process gets them, with variables of the environment that its text names left as they are.
    var commandLine: [String] { (at("command")?.texts ?? []) + (at("args")?.texts ?? []) }
    /// Its name, for containers and their parts.
    var containerName: String { at("name")?.text ?? "" }
}
