/// What memory this process may have: by the machine, and by the control groups of version 1 and 2 that it is in.
struct MemoryLimit {
    /// Memory that the process may still take, in bytes.
    let freeBytes: Int64
    /// The least limit of its control groups, in bytes; nil: there is none.
    let groupBytes: Int64?

    /// What is assumed to be free where the system does not say.
    private static let unknownBytes: Int64 = 1 << 30
    /// Version 1 says "no limit" as the greatest number of whole pages.
    private static let noLimit: Int64 = 1 << 60

    /// As it is now. `read`: a file's text; nil: there is none.
    init(read: (String) -> String? = { SystemFile.text($0) }) {
        var free = SystemFile.number("MemAvailable:", in: read("/proc/meminfo") ?? "").map { $0 << 10 } ?? Self.unknownBytes
        var least: Int64?
        for group in ControlGroup.all(of: "memory", read: read) {
            let names =
                group.isUnified
                ? (limit: "memory.max", used: "memory.current", cache: "inactive_file")
                : (limit: "memory.limit_in_bytes", used: "memory.usage_in_bytes", cache: "total_inactive_file")
            // Without a limit version 2 says "max".
            guard let limit = Self.number(read("\(group.folder)/\(names.limit)")), (0..<Self.noLimit).contains(limit) else { continue }
            least = min(least ?? .max, limit)
            let used = Self.number(read("\(group.folder)/\(names.used)")) ?? 0
            // Files' pages that nobody has used lately are given up when memory is short.
            let cache = SystemFile.number(names.cache, in: read("\(group.folder)/memory.stat") ?? "") ?? 0
            free = min(free, max(0, limit - max(0, used - max(0, cache))))
        }
        freeBytes = free
        groupBytes = least
    }

    private static func number(_ text: String?) -> Int64? { text.flatMap { Int64($0.prefix { $0 != "\n" }) } }
}
