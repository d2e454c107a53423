import Glibc

/// A folder that only its owner can enter, and the small files in it that only their owner can read. Closes its descriptor.
///
/// Files appear whole or not at all: they are written beside and then renamed.
struct KeyFolder: ~Copyable {
    private static let greatestFile = 4096

    private let descriptor: Int32
    private let path: String

    /// Opens the folder. Answers nil when it is missing and not to be made. Throws `LinkError` when it belongs to somebody else, when
    /// others can enter it, or when it cannot be made.
    static func open(_ path: String, makingIt: Bool) throws -> KeyFolder? {
        if makingIt, mkdir(path, 0o700) != 0, errno != EEXIST {
            throw LinkError("could not make the folder for keys \(path): \(words(errno)). Make it, or name another with CICADA_HOME")
        }
        let descriptor = Glibc.open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC)
        if descriptor < 0 {
            if errno == ENOENT, !makingIt { return nil }
            let reason = errno == ELOOP || errno == ENOTDIR ? "it is a symbolic link or no folder" : words(errno)
            throw LinkError("could not open the folder for keys \(path): \(reason). Name another with CICADA_HOME")
        }
        if let objection = objection(to: descriptor, kind: S_IFDIR, remedy: "chmod 700 \(path)") {
            close(descriptor)
            throw LinkError("the folder for keys \(path) is not safe: \(objection)")
        }
        return KeyFolder(descriptor: descriptor, path: path)
    }

    private init(descriptor: Int32, path: String) {
        self.descriptor = descriptor
        self.path = path
    }

    deinit { close(descriptor) }

    /// The file's text; nil when there is none. Throws `LinkError` when the file is not its owner's alone, or cannot be read.
    func read(_ name: String) throws -> String? {
        let file = openat(descriptor, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
        if file < 0 {
            if errno == ENOENT { return nil }
            throw LinkError("could not read \(path)/\(name): \(errno == ELOOP ? "it is a symbolic link" : Self.words(errno)). Remove it")
        }
        defer { close(file) }
        if let objection = Self.objection(to: file, kind: S_IFREG, remedy: "chmod 600 \(path)/\(name)") {
            throw LinkError("\(path)/\(name) is not safe: \(objection)")
        }
        var bytes = [UInt8](repeating: 0, count: Self.greatestFile + 1)
        let count = Glibc.read(file, &bytes, bytes.count)
        if count < 0 { throw LinkError("could not read \(path)/\(name): \(Self.words(errno))") }
        if count > Self.greatestFile {
            throw LinkError("\(path)/\(name) is no key: it is longer than \(Self.greatestFile) bytes. Remove it")
        }
        return String(decoding: bytes[..<count], as: UTF8.self)
    }

    /// Writes a file of mode 0600. Answers whether it did: without `replacing`, a file that is there stays. Throws `LinkError`.
    func write(_ text: String, to name: String, replacing: Bool) throws -> Bool {
        let draft = "\(name).\(getpid()).\(RandomBytes.uint64())"
        let file = openat(descriptor, draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0o600)
        if file < 0 { throw LinkError("could not write \(path)/\(name): \(Self.words(errno))") }
        defer { unlinkat(descriptor, draft, 0) }
        let bytes = Array(text.utf8)
        let isWritten = Glibc.write(file, bytes, bytes.count) == bytes.count && fchmod(file, 0o600) == 0 && fsync(file) == 0
        let failure = errno
        close(file)
        if !isWritten { throw LinkError("could not write \(path)/\(name): \(Self.words(failure))") }
        if replacing {
            if renameat(descriptor, draft, descriptor, name) == 0 { return true }
        } else {
            if linkat(descriptor, draft, descriptor, name, 0) == 0 { return true }
            if errno == EEXIST { return false }
        }
        throw LinkError("could not write \(path)/\(name): \(Self.words(errno))")
    }

    /// Removes a file, if it is there.
    func remove(_ name: String) { unlinkat(descriptor, name, 0) }

    private static func objection(to descriptor: Int32, kind: mode_t, remedy: String) -> String? {
        var status = stat()
        if fstat(descriptor, &status) != 0 { return words(errno) }
        if status.st_mode & S_IFMT != kind { return "it is of another kind than it should be. Remove it" }
        if status.st_uid != geteuid() { return "it belongs to another user (uid \(status.st_uid)). Name another folder with CICADA_HOME" }
        if status.st_mode & 0o077 != 0 { return "others than its owner can use it. Run: \(remedy)" }
        return nil
    }

    private static func words(_ errno: Int32) -> String { String(cString: strerror(errno)) }
}
