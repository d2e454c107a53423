import Glibc
import LoadModel

/// A task script: its name and its text. What it declares is read once with `scenario`; the users of an engine thread are made from it
/// with `LuaUsers`.
package struct Script: Sendable {
    /// The largest script taken, in bytes.
    package static let largestSize = 16 << 20

    /// The file name without folders, as reports and error places show it.
    package let name: String
    /// The cleaned text.
    let text: SourceText
    /// What the script takes from the master's machine.
    package var resources = ScriptResources() {
        didSet { tables = DataTables() }
    }
    /// The data files among the resources, parsed when they are first needed.
    private(set) var tables = DataTables()

    /// Takes a script's bytes as they stand in its file: UTF-8, with or without byte order mark and `#!` line, LF or CR LF.
    ///
    /// Throws a `ScriptError` with code `.unreadable` when the bytes cannot be a script's text.
    package init(name: String, source: [UInt8]) throws(ScriptError) {
        let name = name.split(separator: "/").last.map(String.init) ?? "script"
        if source.starts(with: [0x1B]) {
            throw ScriptError(.unreadable, file: name, message: "this is a compiled script", remedy: "give the script's source text")
        }
        if source.count > Self.largestSize {
            throw ScriptError(
                .unreadable, file: name, message: "the script has \(source.count) bytes; at most \(Self.largestSize) are read",
                remedy: "keep data in data files, not in the script")
        }
        if source.starts(with: [0xFF, 0xFE]) || source.starts(with: [0xFE, 0xFF]) {
            throw ScriptError(.unreadable, file: name, message: "the script is UTF-16 text", remedy: "save it as UTF-8")
        }
        let text = SourceText(source)
        if let nul = text.bytes.firstIndex(of: 0) {
            let line = text.bytes[..<nul].count { $0 == 10 } + 1
            throw ScriptError(
                .unreadable, file: name, line: line, column: text.start(ofLine: line).column,
                message: "the script holds a NUL byte", remedy: "save it as plain UTF-8 text; in a Lua string write \\0")
        }
        self.name = name
        self.text = text
    }

    /// Takes what the top level asked for; the data files have been parsed already.
    mutating func keep(_ resources: ScriptResources) {
        let parsed = tables
        self.resources = resources
        tables = parsed
    }

    /// The script's bytes, from which `init` makes an equal script on another machine.
    package var source: [UInt8] { text.bytes }

    /// Runs the top level once in a sandboxed state of its own and answers with what it declares.
    ///
    /// `log` gets each line that the top level prints. Throws a `ScriptError` when the script is broken or declares something wrong.
    package func scenario(log: @escaping (String) -> Void = { _ in }) throws(ScriptError) -> Scenario {
        try LuaState(script: self, materials: ScriptMaterials(resources), memoryLimitBytes: Self.defaultMemoryBytes, log: log).scenario
    }
}

extension Script {
    /// Reads a script from a file. Throws a `ScriptError` with code `.unreadable` when the file cannot be read or is no text.
    package static func read(path: String) throws(ScriptError) -> Script {
        let name = path.split(separator: "/").last.map(String.init) ?? path
        func failure() -> ScriptError {
            let reason = String(cString: strerror(errno))
            return ScriptError(
                .unreadable, file: name, message: "cannot read \(path): \(reason)", remedy: "check the path and its permissions")
        }
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure() }
        defer { close(descriptor) }
        var source: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65536)
        while source.count <= largestSize {
            let count = chunk.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw failure() }
            if count == 0 { break }
            source += chunk[..<count]
        }
        return try Script(name: name, source: source)
    }
}
