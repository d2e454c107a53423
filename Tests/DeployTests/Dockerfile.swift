import Foundation
import TestServers

/// What the Dockerfile says, as far as manifests have to agree with it.
struct Dockerfile {
    /// One of its stages.
    struct Stage {
        /// The instructions in their order, each in one line, without variables.
        var instructions: [(word: String, rest: String)] = []

        /// The last instruction of a kind.
        func last(_ word: String) -> String? { instructions.last { $0.word == word }?.rest }

        /// The names of programs that are copied into `/usr/local/bin`.
        var programs: [String] {
            instructions.filter { $0.word == "COPY" && $0.rest.hasSuffix(" /usr/local/bin/") }.flatMap { copy in
                copy.rest.split(separator: " ").dropFirst().dropLast().compactMap { $0.split(separator: "/").last.map(String.init) }
            }
        }
    }

    /// By name.
    var stages: [String: Stage] = [:]
    /// What each stage is made from.
    var bases: [String: String] = [:]
    /// The build arguments and their defaults.
    var arguments: [String: String] = [:]
    /// The stage that is built when none is named.
    var lastStage = ""

    /// Reads the one of this repository.
    static func read() throws -> Dockerfile {
        let text = try String(contentsOf: KubernetesTools.repository.appending(path: "Dockerfile"), encoding: .utf8)
        let lines = text.split(separator: "\n").filter { !$0.drop { $0 == " " }.hasPrefix("#") }.joined(separator: "\n")
            .replacing("\\\n", with: " ").split(separator: "\n")
        var file = Dockerfile()
        for line in lines {
            let parts = line.split(separator: " ", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { throw RawConnectionError(what: "the Dockerfile's line '\(line)' has one word") }
            var rest = parts[1]
            for (name, value) in file.arguments { rest = rest.replacing("${\(name)}", with: value) }
            switch parts[0] {
            case "ARG":
                let pair = rest.split(separator: "=", maxSplits: 1).map(String.init)
                file.arguments[pair[0]] = pair.count == 2 ? pair[1] : ""
            case "FROM":
                let words = rest.split(separator: " ").map(String.init)
                guard words.count == 3, words[1] == "AS" else { throw RawConnectionError(what: "'\(line)' names no stage") }
                file.lastStage = words[2]
                file.stages[words[2]] = Stage()
                file.bases[words[2]] = words[0]
            default: file.stages[file.lastStage]?.instructions.append((parts[0], rest))
            }
        }
        return file
    }
}
