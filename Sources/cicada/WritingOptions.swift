import ArgumentParser
import Glibc

/// Where a command puts the file that it writes.
struct WritingOptions: ParsableArguments {
    @Option(
        name: [.customShort("o"), .long],
        help: ArgumentHelp("Write to this file instead of standard output.", valueName: "file"), completion: .file())
    var output: String?

    @Flag(help: "Overwrite the file if it exists.")
    var force = false

    /// Writes a text to the file, or to standard output, and says what to do next: validate it, unless told otherwise.
    func write(_ text: String, next: String? = nil) throws {
        guard let output else {
            if let failure = Conclusion.print(text) { throw failure }
            return
        }
        try WrittenFile.write(text, to: output, overwrites: force)
        complain("wrote \(output). Next: \(next ?? "look it over, then cicada validate \(output)")")
    }
}

/// Files that commands write for people: never over another one unless told.
enum WrittenFile {
    /// Throws a `Failure` when there is such a file, or it cannot be written.
    static func write(_ text: String, to path: String, overwrites: Bool) throws {
        let descriptor = open(path, O_WRONLY | O_CREAT | O_CLOEXEC | (overwrites ? O_TRUNC : O_EXCL), 0o644)
        guard descriptor >= 0 else {
            if errno == EEXIST { throw Failure.usage("\(path) exists; --force overwrites it, --output FILE writes another one.") }
            throw Failure.usage("cannot write \(path): \(String(cString: strerror(errno))).")
        }
        defer { close(descriptor) }
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Failure(.notCompleted, "\(path) could not be written: \(String(cString: strerror(errno))).") }
            rest = rest.dropFirst(count)
        }
    }
}
