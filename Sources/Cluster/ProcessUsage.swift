import Glibc

/// What this process takes of its machine. Owned by one thread.
struct ProcessUsage {
    /// Figures are renewed no more often.
    private static let interval: Int64 = 1_000_000_000

    /// Percent of one core in the last interval.
    private(set) var cpuPercent = 0.0
    /// Resident, in bytes.
    private(set) var memoryBytes: Int64 = 0
    private var mark: (at: Int64, cpu: Int64)?

    /// Reads the figures if those known are older than an interval.
    mutating func read(now: Int64) {
        if let mark, now - mark.at < Self.interval { return }
        let cpu = Self.cpuNanoseconds()
        if let mark { cpuPercent = Double(cpu - mark.cpu) * 100 / Double(now - mark.at) }
        mark = (now, cpu)
        memoryBytes = Self.residentBytes()
    }

    /// CPU time of all threads so far.
    private static func cpuNanoseconds() -> Int64 {
        var time = timespec()
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }

    private static func residentBytes() -> Int64 {
        let descriptor = open("/proc/self/statm", O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { return 0 }
        defer { close(descriptor) }
        var text = [UInt8](repeating: 0, count: 128)
        let count = Glibc.read(descriptor, &text, text.count)
        let fields = String(decoding: text.prefix(max(0, count)), as: UTF8.self).split(separator: " ")
        return fields.count > 1 ? (Int64(fields[1]) ?? 0) * Int64(sysconf(Int32(_SC_PAGESIZE))) : 0
    }
}
