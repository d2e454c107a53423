import Glibc

/// A folder of `--state` that goes with its owner.
final class TemporaryFolder {
    let path: String

    init() {
        var template = Array("/tmp/cicada-state-XXXXXX".utf8CString)
        path = mkdtemp(&template).map { String(cString: $0) } ?? "/tmp"
    }

    /// The log in it.
    var log: String { "\(path)/run.cicada" }

    deinit {
        for name in files { unlink("\(path)/\(name)") }
        rmdir(path)
    }

    /// Names of the files in it.
    var files: [String] {
        guard let folder = opendir(path) else { return [] }
        defer { closedir(folder) }
        var names: [String] = []
        while let entry = readdir(folder) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }

    /// Bytes of all files together.
    var bytes: Int64 { files.reduce(0) { $0 + Int64(size(of: $1)) } }

    func size(of name: String) -> Int {
        var status = stat()
        return stat("\(path)/\(name)", &status) == 0 ? Int(status.st_size) : 0
    }

    /// The log's content, or another file's.
    func read(_ name: String = "run.cicada") -> [UInt8] {
        guard let file = fopen("\(path)/\(name)", "r") else { return [] }
        defer { fclose(file) }
        var bytes = [UInt8](repeating: 0, count: size(of: name))
        let count = fread(&bytes, 1, bytes.count, file)
        return Array(bytes.prefix(count))
    }

    func write(_ bytes: [UInt8], to name: String = "run.cicada") {
        guard let file = fopen("\(path)/\(name)", "w") else { return }
        defer { fclose(file) }
        fwrite(bytes, 1, bytes.count, file)
    }

    /// Another folder with the same files.
    func copy() -> TemporaryFolder {
        let other = TemporaryFolder()
        for name in files { other.write(read(name), to: name) }
        return other
    }
}
