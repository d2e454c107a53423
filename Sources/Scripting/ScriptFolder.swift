import Glibc

/// The folder of a script on the machine where the run is planned: what `file()` and `data()` may read.
struct ScriptFolder {
    /// The largest file read, in bytes.
    static let largestFile = 64 << 20
    /// The most bytes of all files of a script together.
    static let mostBytes = 256 << 20

    /// Without symbolic links and without a slash at its end.
    private let path: String
    /// Files that stand elsewhere, wherever that is: by name as it stands in the script.
    private let replacements: [String: String]

    /// The folder in which a script's file stands. `replacements`: paths of files that are read in place of its own. Throws a `Refusal` when it
    /// cannot be found.
    init(ofScript script: String, replacements: [String: String] = [:]) throws(Refusal) {
        self.replacements = replacements
        let folder = script.lastIndex(of: "/").map { $0 == script.startIndex ? "/" : String(script[..<$0]) } ?? "."
        guard let real = Self.realPath(folder) else { throw Refusal(message: "cannot find the folder \(folder): \(Self.reason)") }
        path = real == "/" ? "" : real
    }

    /// The content of a file in the folder or below it; `room`: how many bytes it may have beside those read before.
    ///
    /// Throws a `Refusal` that says what is wrong with the name or the file.
    func read(_ name: String, room: Int) throws(Refusal) -> [UInt8] {
        if let other = replacements[name] {
            guard let real = Self.realPath(other) else { throw Refusal(message: "cannot read \(other): \(Self.reason)") }
            return try Self.read(real, name: other, room: room)
        }
        let parts = name.split(separator: "/", omittingEmptySubsequences: false)
        guard !name.isEmpty, !name.utf8.contains(0) else { throw Refusal(message: "a file's name is a text that is not empty") }
        if name.hasPrefix("/") || parts.contains("..") {
            throw Refusal(message: "\"\(name)\" leads out of the script's folder: put the file beside the script and give its name only")
        }
        if parts.allSatisfy({ $0.isEmpty || $0 == "." }) {
            throw Refusal(message: "\"\(name)\" is the script's folder, not a file: give the name of a file in it")
        }
        guard let real = Self.realPath("\(path)/\(name)") else { throw Refusal(message: "cannot read \(name): \(Self.reason)") }
        guard real.hasPrefix(path + "/") else {
            throw Refusal(message: "\"\(name)\" is a link that leads out of the script's folder: put the file itself beside the script")
        }
        return try Self.read(real, name: name, room: room)
    }

    /// The content of a file that is named without links.
    private static func read(_ real: String, name: String, room: Int) throws(Refusal) -> [UInt8] {
        let descriptor = open(real, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW)
        guard descriptor >= 0 else { throw Refusal(message: "cannot read \(name): \(reason)") }
        defer { close(descriptor) }
        var status = stat()
        guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
            throw Refusal(message: "\(name) is not a file that can be read")
        }
        return try readAll(descriptor, name: name, size: Int(status.st_size), room: room)
    }

    private static func readAll(_ descriptor: Int32, name: String, size: Int, room: Int) throws(Refusal) -> [UInt8] {
        if size > largestFile {
            throw Refusal(message: "\(name) has \(size) bytes; at most \(largestFile) of a file are taken along: give the run a part of it")
        }
        if size > room {
            throw Refusal(message: "\(name) and the files before it have more than \(mostBytes) bytes, the most that a run takes along")
        }
        var content = [UInt8](repeating: 0, count: size)
        var filled = 0
        while filled < size {
            let count = content.withUnsafeMutableBytes { Glibc.read(descriptor, $0.baseAddress.map { $0 + filled }, size - filled) }
            if count < 0 && errno == EINTR { continue }
            guard count >= 0 else { throw Refusal(message: "cannot read \(name): \(reason)") }
            if count == 0 { break }
            filled += count
        }
        content.removeLast(size - filled)
        return content
    }

    private static var reason: String { String(cString: strerror(errno)) }

    private static func realPath(_ path: String) -> String? {
        guard let real = realpath(path, nil) else { return nil }
        defer { free(real) }
        return String(cString: real)
    }
}
