import Glibc

/// Memory that this process may still take.
enum FreeMemory {
    /// The less of what the machine has and what the control group allows, in bytes.
    static var bytes: Int64 {
        var free = field("MemAvailable:", in: text("/proc/meminfo")).map { $0 << 10 } ?? 1 << 30
        // Version 2 of control groups, as containers see it; without a limit the file says "max".
        if let limit = Int64(text("/sys/fs/cgroup/memory.max").prefix { $0 != "\n" }) {
            let used = Int64(text("/sys/fs/cgroup/memory.current").prefix { $0 != "\n" }) ?? 0
            free = min(free, max(0, limit - used))
        }
        return free
    }

    private static func field(_ name: String, in text: String) -> Int64? {
        for line in text.split(separator: "\n") where line.hasPrefix(name) {
            return line.split(separator: " ").dropFirst().first.flatMap { Int64($0) }
        }
        return nil
    }

    private static func text(_ path: String) -> String {
        let descriptor = open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return "" }
        defer { close(descriptor) }
        var bytes = [UInt8](repeating: 0, count: 4096)
        let count = read(descriptor, &bytes, bytes.count)
        return String(decoding: bytes.prefix(max(0, count)), as: UTF8.self)
    }
}
