import Glibc

/// Runs that a folder of `--state` was used for: interval logs, and logs of runs that were not taken up. The latest are kept.
enum EarlierRuns {
    /// So many runs are kept, the one that goes on included.
    static let most = 7

    /// A file of a run.
    struct File: Equatable {
        var name: String
        var run: UInt64
        /// When it was last written, in nanoseconds since 1970.
        var modified: Int64
    }

    /// Removes the files of all but the latest runs.
    static func prune(folder: String) {
        let files = files(in: folder)
        let kept = Set(latest(files).prefix(most))
        for file in files where !kept.contains(file.run) { unlink("\(folder)/\(file.name)") }
    }

    /// The runs that there are files of, the one that was written last first.
    static func latest(_ files: [File]) -> [UInt64] {
        Dictionary(files.map { ($0.run, $0.modified) }, uniquingKeysWith: max)
            .sorted { ($0.value, $0.key) > ($1.value, $1.key) }.map(\.key)
    }

    /// The files of a folder that belong to a run by their names: `intervals-<run>.cicada`, `run-<run>.cicada`.
    static func files(in folder: String) -> [File] {
        guard let stream = opendir(folder) else { return [] }
        defer { closedir(stream) }
        var files: [File] = []
        while let entry = readdir(stream) {
            let name = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: 256) { String(cString: $0) }
            }
            var status = stat()
            guard let run = run(ofName: name), stat("\(folder)/\(name)", &status) == 0 else { continue }
            files.append(File(name: name, run: run, modified: Int64(status.st_mtim.tv_sec) * 1_000_000_000 + Int64(status.st_mtim.tv_nsec)))
        }
        return files
    }

    private static func run(ofName name: String) -> UInt64? {
        guard name.hasSuffix(".cicada") else { return nil }
        for prefix in ["intervals-", "run-"] where name.hasPrefix(prefix) {
            return UInt64(name.dropFirst(prefix.count).dropLast(".cicada".count), radix: 16)
        }
        return nil
    }
}
