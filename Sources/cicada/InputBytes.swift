import Glibc

/// A file that a command is given to read, or standard input under the name `-`.
enum InputBytes {
    /// Reads all of it, a byte more than `limit` at most. Throws a `Failure` when it cannot be read.
    static func read(_ path: String, limit: Int) throws -> [UInt8] {
        func failure() -> Failure {
            .usage("cannot read \(path): \(String(cString: strerror(errno))). Check the path and its permissions.")
        }
        let descriptor = path == "-" ? dup(STDIN_FILENO) : open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw failure() }
        defer { close(descriptor) }
        var bytes: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 1 << 18)
        while bytes.count <= limit {
            let count = Glibc.read(descriptor, &chunk, chunk.count)
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw failure() }
            if count == 0 { break }
            bytes += chunk[..<count]
        }
        return bytes
    }
}
