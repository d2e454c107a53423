import Yams

/// One decoded object of a manifest, or a part of one.
struct KubernetesObject: @unchecked Sendable {
    // Unchecked: a node is not changed after it was read.
    let node: Node

    /// All objects of a text.
    static func all(in text: String) throws -> [KubernetesObject] {
        try compose_all(yaml: text).compactMap { $0.mapping == nil ? nil : KubernetesObject(node: $0) }
    }

    /// What stands at keys, one below the other; a number is a place in a list.
    func at(_ keys: String...) -> KubernetesObject? {
        var node: Node? = node
        for key in keys {
            if let index = Int(key), let sequence = node?.sequence {
                node = sequence.indices.contains(index) ? sequence[index] : nil
            } else {
                node = node?.mapping?[key]
            }
        }
        return node.map(KubernetesObject.init)
    }

    /// The text of a scalar, whatever its kind.
    var text: String? { node.scalar?.string }
    var number: Int? { node.int }
    var flag: Bool? { node.bool }
    /// The items of a list; empty when it is none.
    var items: [KubernetesObject] { node.sequence.map { $0.map(KubernetesObject.init) } ?? [] }
    /// The texts of a list.
    var texts: [String] { items.compactMap(\.text) }
    /// A mapping of texts, such as labels; empty when it is none.
    var pairs: [String: String] {
        guard let mapping = node.mapping else { return [:] }
        return Dictionary(mapping.compactMap { pair in pair.key.string.flatMap { key in pair.value.scalar.map { (key, $0.string) } } }) {
            $1
        }
    }
    /// The keys of a mapping.
    var keys: [String] { node.mapping.map { $0.keys.compactMap(\.string) } ?? [] }

    var kind: String { at("kind")?.text ?? "" }
    var name: String { at("metadata", "name")?.text ?? "" }
    var namespace: String? { at("metadata", "namespace")?.text }
    var labels: [String: String] { at("metadata", "labels")?.pairs ?? [:] }
    /// For messages: `Job/cicada-master`.
    var title: String { "\(kind)/\(name)" }
}

extension Array where Element == KubernetesObject {
    func of(_ kind: String) -> [KubernetesObject] { filter { $0.kind == kind } }
    func first(_ kind: String, _ name: String) -> KubernetesObject? { first { $0.kind == kind && $0.name == name } }
}
