import Glibc

/// The Kubernetes pod that this process runs in.
enum Pod {
    /// Its name; nil: there is none that this process was told of.
    static var name: String? { getenv("CICADA_POD_NAME").map { String(cString: $0) }.flatMap { $0.isEmpty ? nil : $0 } }

    /// A message in one line: whoever looks at a pod that has ended often sees the last line of its log only.
    static func line(_ message: String) -> String {
        var line = ""
        for part in message.split(separator: "\n") {
            let words = part.drop { $0 == " " }
            if !line.isEmpty { line += [":", "."].contains(line.last) ? " " : "; " }
            line += words
        }
        return line
    }
}
