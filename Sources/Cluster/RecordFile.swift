import Glibc

/// A file of records, each `[length u32][kind u8][payload]`, little-endian. It only grows, or is replaced as a whole by one that was written beside it; a
/// record that was cut off by its writer's end is none. Owned by one thread.
///
/// Written to the operating system, not forced to the disk: it outlives the process, not the machine's power.
final class RecordFile {
    /// Where it is.
    private(set) var path: String
    /// Where the next record goes.
    private(set) var end: Int64
    private let file: OpenFile

    /// Bytes before a record's payload.
    static let headBytes = 5

    /// Opens a file, or makes it. `end`: what is behind is overwritten.
    init(_ path: String, end: Int64 = 0) throws {
        file = try OpenFile(path)
        self.path = path
        self.end = end
    }

    /// For reading what it holds.
    var descriptor: Int32 { file.descriptor }

    /// Cuts off what is behind a place, where the next record goes then. Answers whether it could be done.
    func cut(at end: Int64) -> Bool {
        guard ftruncate(file.descriptor, off_t(end)) == 0 else { return false }
        self.end = end
        return true
    }

    /// Locks the file against other masters. Answers false when one has it: a process that has just been killed gives its files up a moment later.
    func lock() -> Bool { file.lock() }

    /// Whether the path still leads to this file: another master may have put a new one there.
    var isInPlace: Bool {
        var (own, there) = (stat(), stat())
        return fstat(file.descriptor, &own) == 0 && stat(path, &there) == 0 && own.st_ino == there.st_ino && own.st_dev == there.st_dev
    }

    /// Appends a record of two parts. Answers nil, or in words why it could not be written; then nothing of it is there.
    func put(_ kind: UInt8, _ payload: [UInt8], _ more: UnsafeRawBufferPointer = UnsafeRawBufferPointer(start: nil, count: 0)) -> String? {
        let length = UInt32(payload.count + more.count)
        var head = withUnsafeBytes(of: length.littleEndian) { Array($0) }
        head.append(kind)
        head += payload
        return head.withUnsafeBytes { write($0, more) }
    }

    /// Appends whole records, or pieces of some that others follow, as they are.
    func append(_ bytes: UnsafeRawBufferPointer) -> String? { write(bytes, UnsafeRawBufferPointer(start: nil, count: 0)) }

    /// Appends what stands in another file between two places.
    func append(from other: RecordFile, _ range: Range<Int64>) -> String? {
        var bytes = [UInt8](repeating: 0, count: Int(range.upperBound - range.lowerBound))
        let count = bytes.withUnsafeMutableBytes { pread(other.file.descriptor, $0.baseAddress, $0.count, off_t(range.lowerBound)) }
        guard count == bytes.count else { return "\(other.path) cannot be read: \(String(cString: strerror(count < 0 ? errno : EIO)))" }
        return bytes.withUnsafeBytes { append($0) }
    }

    /// Takes the place of another file. Answers nil, or in words why it could not.
    func replace(_ path: String) -> String? {
        if rename(self.path, path) != 0 { return "\(self.path) cannot be renamed to \(path): \(String(cString: strerror(errno)))" }
        self.path = path
        return nil
    }

    private func write(_ head: UnsafeRawBufferPointer, _ more: UnsafeRawBufferPointer) -> String? {
        let size = head.count + more.count
        var parts = [
            iovec(iov_base: UnsafeMutableRawPointer(mutating: head.baseAddress), iov_len: head.count),
            iovec(iov_base: UnsafeMutableRawPointer(mutating: more.baseAddress), iov_len: more.count),
        ]
        let written = pwritev(file.descriptor, &parts, more.count > 0 ? 2 : 1, off_t(end))
        if written == size {
            end += Int64(size)
            return nil
        }
        let reason = written < 0 ? String(cString: strerror(errno)) : String(cString: strerror(ENOSPC))
        // What is there of it goes again, so that the next record stands where this one would.
        _ = ftruncate(file.descriptor, off_t(end))
        return "the state cannot be written to \(path): \(reason)"
    }
}

/// The content of a file, mapped into memory for as long as the value lives.
final class FileMapping {
    /// All bytes that the file had.
    let bytes: UnsafeRawBufferPointer

    /// Nil when the file is empty. Throws a `StateLogError` when it cannot be read.
    init?(_ descriptor: Int32, path: String) throws {
        var status = stat()
        if fstat(descriptor, &status) != 0 { throw StateLogError("cannot read \(path)", errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw StateLogError("\(path) is no file") }
        guard status.st_size > 0 else { return nil }
        let size = Int(status.st_size)
        guard let mapping = mmap(nil, size, PROT_READ, MAP_PRIVATE, descriptor, 0), mapping != MAP_FAILED else {
            throw StateLogError("cannot read \(path)", errno)
        }
        bytes = UnsafeRawBufferPointer(start: mapping, count: size)
    }

    deinit { munmap(UnsafeMutableRawPointer(mutating: bytes.baseAddress), bytes.count) }
}

/// Goes over the records of a file in memory.
struct RecordScan {
    /// Where the next record begins; at the end: behind the last whole one.
    private(set) var offset: Int
    private let bytes: UnsafeRawBufferPointer

    /// Begins at a record.
    init(_ bytes: UnsafeRawBufferPointer, from offset: Int = 0) {
        self.bytes = bytes
        self.offset = offset
    }

    /// The next whole record; nil: there is none.
    mutating func next() -> (kind: UInt8, payload: UnsafeRawBufferPointer)? {
        guard offset + RecordFile.headBytes <= bytes.count else { return nil }
        let length = Int(UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)))
        let start = offset + RecordFile.headBytes
        guard start + length <= bytes.count else { return nil }
        defer { offset = start + length }
        return (bytes[offset + 4], UnsafeRawBufferPointer(rebasing: bytes[start..<(start + length)]))
    }
}

/// A file that is open for reading and writing, made if it is not there; closed with the value.
struct OpenFile: ~Copyable {
    let descriptor: Int32

    init(_ path: String) throws {
        let descriptor = Glibc.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
        if descriptor < 0 { throw StateLogError("cannot open \(path)", errno) }
        self.descriptor = descriptor
    }

    /// Locks it against other masters. Answers false when one has it: a process that has just been killed gives its files up a moment later.
    func lock() -> Bool {
        for attempt in 0..<25 {
            if attempt > 0 { usleep(20_000) }
            if flock(descriptor, LOCK_EX | LOCK_NB) == 0 { return true }
        }
        return false
    }

    deinit { close(descriptor) }
}
