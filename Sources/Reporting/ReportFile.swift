import Glibc

/// A file that is written whole, or that grows by whole pieces.
package struct ReportFile: ~Copyable {
    private let path: String
    private let descriptor: Int32
    /// Bytes known to be whole.
    private var length: off_t = 0

    /// An empty file, in place of one that may be there.
    package init(creating path: String) throws(ReportingError) {
        let opened = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        let error = errno
        self.path = path
        descriptor = opened
        if opened < 0 { throw ReportingError(operation: "create", path: path, errno: error) }
    }

    /// A file that goes on where its last whole line ends; an empty one if there is none.
    package init(continuing path: String) throws(ReportingError) {
        let opened = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o644)
        let error = errno
        self.path = path
        descriptor = opened
        if opened < 0 { throw ReportingError(operation: "open", path: path, errno: error) }
        var end = lseek(opened, 0, SEEK_END)
        var byte: UInt8 = 0
        while end > 0, pread(opened, &byte, 1, end - 1) == 1, byte != UInt8(ascii: "\n") { end -= 1 }
        length = max(0, end)
        _ = ftruncate(opened, length)
        _ = lseek(opened, length, SEEK_SET)
    }

    /// True when there is nothing in it.
    package var isEmpty: Bool { length == 0 }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// Adds a piece. If it cannot be written whole, what was written of it is taken back.
    package mutating func append(_ text: String) throws(ReportingError) {
        let error = Self.write(text, to: descriptor)
        if error != 0 {
            _ = ftruncate(descriptor, length)
            _ = lseek(descriptor, length, SEEK_SET)
            throw ReportingError(operation: "write", path: path, errno: error)
        }
        length += off_t(text.utf8.count)
    }

    /// Puts a text in place of a file: it is written beside it and renamed, so the old content stays if anything fails.
    ///
    /// What is no regular file (a link such as `/dev/stdout`, a pipe, a device) is written to and stays what it is.
    package static func replace(_ path: String, with text: String) throws(ReportingError) {
        var status = stat()
        if lstat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG { return try writeThrough(path, text) }
        let temporary = path + ".tmp"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw ReportingError(operation: "create", path: temporary, errno: errno) }
        var error = write(text, to: descriptor)
        // Some file systems tell of a full disk only here.
        if close(descriptor) != 0, error == 0 { error = errno }
        if error != 0 {
            unlink(temporary)
            throw ReportingError(operation: "write", path: path, errno: error)
        }
        if rename(temporary, path) != 0 {
            let error = errno
            unlink(temporary)
            throw ReportingError(operation: "rename \(temporary) to", path: path, errno: error)
        }
    }

    /// Throws if `replace` could not even begin: tries to make the file that would be written beside `path`, and takes it away again.
    package static func checkReplaceable(_ path: String) throws(ReportingError) {
        var status = stat()
        if lstat(path, &status) == 0, status.st_mode & S_IFMT != S_IFREG { return }
        let temporary = path + ".tmp"
        let descriptor = open(temporary, O_WRONLY | O_CREAT | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw ReportingError(operation: "create", path: temporary, errno: errno) }
        close(descriptor)
        unlink(temporary)
    }

    private static func writeThrough(_ path: String, _ text: String) throws(ReportingError) {
        // Behind `/dev/stdout` may be a file that the tables went to.
        let start = path.hasPrefix("/dev/") ? O_APPEND : O_TRUNC
        let descriptor = open(path, O_WRONLY | O_CLOEXEC | start)
        guard descriptor >= 0 else { throw ReportingError(operation: "open", path: path, errno: errno) }
        var error = write(text, to: descriptor)
        if close(descriptor) != 0, error == 0 { error = errno }
        if error != 0 { throw ReportingError(operation: "write", path: path, errno: error) }
    }

    /// Writes all of it; 0 or the error's number.
    private static func write(_ text: String, to descriptor: Int32) -> Int32 {
        var text = text
        return text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)
            while rest.count > 0 {
                let written = systemWrite(descriptor, rest.baseAddress, rest.count)
                if written < 0 {
                    if errno == EINTR { continue }
                    return errno
                }
                rest = UnsafeRawBufferPointer(rebasing: rest[written...])
            }
            return 0
        }
    }
}

/// `write(2)`, by a name that no method hides.
private func systemWrite(_ descriptor: Int32, _ start: UnsafeRawPointer?, _ count: Int) -> Int { write(descriptor, start, count) }
