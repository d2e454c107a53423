import ArgumentParser
import Foundation
import LoadModel
import Yams

/// `cicada.yaml`: settings under the names of their flags (docs/configuration.md).
struct ConfigurationFile {
    /// The file that is read when none is named.
    static let usualName = "cicada.yaml"
    private static let largestSize = 1 << 20
    /// Values that are paths: relative ones start at the file's folder.
    private static let pathKeys: Set<String> = ["script", "csv", "json", "junit", "cacert", "cert", "key", "state"]

    /// A value and where it stands.
    struct Entry: Equatable {
        var text: String
        /// `cicada.yaml:3:8`
        var place: String
    }

    /// As it is shown in messages.
    let path: String
    /// By key.
    let entries: [String: Entry]

    /// The file that settings of this process come from; nil: none. Set once by `ConfigurationOptions.load`, on the main thread before any other is
    /// started, and only read afterwards.
    nonisolated(unsafe) private(set) static var current: ConfigurationFile?

    /// Settings come from this file from now on.
    func makeCurrent() { Self.current = self }

    /// Reads a file. `known`: every key that some command understands. Throws a `Failure` that names place and remedy.
    init(path: String, known: [String]) throws {
        self.path = path
        let bytes = try InputBytes.read(path, limit: Self.largestSize)
        if bytes.count > Self.largestSize { throw Failure.usage("\(path): a configuration file has at most 1 MiB.") }
        guard let text = String(validating: bytes, as: UTF8.self), !bytes.contains(0) else {
            throw Failure.usage("\(path): this is no text. Save it as UTF-8.")
        }
        let node: Node?
        do { node = try Yams.compose(yaml: text) } catch { throw Self.failure(error, path: path) }
        guard let node, node.null == nil else {
            entries = [:]
            return
        }
        guard let mapping = node.mapping else {
            throw Failure.usage(
                "\(Self.place(node, path)): settings are lines such as users: 100, not a \(node.scalar != nil ? "text" : "list").")
        }
        var entries: [String: Entry] = [:]
        for (key, value) in mapping {
            let place = Self.place(key, path)
            guard let name = key.scalar?.string else { throw Failure.usage("\(place): a setting's name must be a text.") }
            guard known.contains(name) else {
                throw Failure.usage("\(place): there is no setting '\(name)'.\n    \(Self.remedy(for: name, among: known))")
            }
            if entries[name] != nil { throw Failure.usage("\(place): '\(name)' is set twice.") }
            // An empty list is as good as none.
            if ConfigurationKeys.listKeys.contains(name), value.sequence?.isEmpty == true { continue }
            entries[name] = Entry(text: try Self.text(of: value, key: name, path: path), place: Self.place(value, path))
        }
        self.entries = entries
    }

    // MARK: - Parts

    private static func remedy(for name: String, among known: [String]) -> String {
        let bare = String(name.drop { $0 == "-" }).lowercased()
        let dashed = bare.map { $0 == "_" ? "-" : String($0) }.joined()
        if known.contains(dashed) { return "write '\(dashed)': names are those of the flags, without the dashes before them" }
        if let nearest = Suggestion.nearest(to: dashed, among: known) { return "did you mean '\(nearest)'?" }
        return "names are those of the flags: cicada run --help, docs/configuration.md"
    }

    private static func text(of node: Node, key: String, path: String) throws -> String {
        let place = place(node, path)
        switch node {
        case .scalar(let scalar):
            if node.null != nil, scalar.style == .plain {
                throw Failure.usage("\(place): '\(key)' has no value. Give one, or leave the line out.")
            }
            return pathKeys.contains(key) ? located(scalar.string, besides: path) : scalar.string
        case .sequence(let sequence):
            let items = try sequence.map { item in
                guard let scalar = item.scalar else {
                    throw Failure.usage("\(Self.place(item, path)): an item of '\(key)' must be a text.")
                }
                return scalar.string
            }
            guard ConfigurationKeys.listKeys.contains(key) else {
                throw Failure.usage("\(place): '\(key)' takes one value, not a list.")
            }
            return items.joined(separator: key == "threshold" ? "\n" : ",")
        case .mapping: throw Failure.usage("\(place): '\(key)' takes a value, not further settings.")
        case .alias: throw Failure.usage("\(place): '\(key)' takes a value, not a reference.")
        }
    }

    private static func located(_ value: String, besides path: String) -> String {
        guard !value.isEmpty, !value.hasPrefix("/"), let slash = path.lastIndex(of: "/") else { return value }
        return String(path[...slash]) + value
    }

    private static func place(_ node: Node, _ path: String) -> String { node.mark.map { "\(path):\($0.line):\($0.column)" } ?? path }

    private static func failure(_ error: any Error, path: String) -> Failure {
        let remedy = "A setting is a line such as users: 100; texts with : or # in them stand in quotes."
        switch error as? YamlError {
        case .scanner(_, let problem, let mark, _), .parser(_, let problem, let mark, _), .composer(_, let problem, let mark, _):
            return .usage("\(path):\(mark.line):\(mark.column): \(problem). \(remedy)")
        case .duplicatedKeysInMapping(let duplicates, let context):
            let names = duplicates.map { "'\($0)'" }.joined(separator: ", ")
            return .usage("\(path):\(context.mark.line): \(names) is set twice. Keep one.")
        default: return .usage("\(path): this is no YAML. \(remedy)")
        }
    }
}
