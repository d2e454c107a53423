import Glibc

/// Both ends of a pipe between processes.
struct Pipe: ~Copyable {
    /// The end that is read; it reports the end of the data when every copy of the other is closed.
    let reading: OwnedDescriptor
    /// The end that is written.
    let writing: OwnedDescriptor

    /// Makes a pipe.
    ///
    /// - Throws: ``WebappError`` with code `notStarted`.
    init() throws {
        var ends: [Int32] = [-1, -1]
        let status = pipe(&ends)
        guard status == 0 else {
            throw WebappError(.notStarted, errno: errno, "cannot make a pipe: \(String(cString: strerror(errno))).")
        }
        reading = OwnedDescriptor(ends[0])
        writing = OwnedDescriptor(ends[1])
    }
}
