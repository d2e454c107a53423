import EventLoop
import Glibc

/// What the system says of this process and its machine at one moment; counters run on for ever.
struct MachineReading: Equatable {
    /// One engine thread: CPU time, and time in which it was ready and had no core.
    struct Thread: Equatable {
        var cpuNanoseconds: Int64
        var waitedNanoseconds: Int64
    }

    /// On the monotonic clock.
    var at: Int64 = 0
    /// Of the whole process.
    var cpuNanoseconds: Int64 = 0
    /// Processors that it may use.
    var cores = 0.0
    /// Engine threads by their number in the system.
    var threads: [Int: Thread] = [:]
    var quota = CPUQuota.Count()
    /// On average of the machine's cores.
    var stolenNanoseconds: Int64 = 0
    /// Descriptors that may still be opened; nil: not known.
    var freeDescriptors: Int?
    /// Local ports that this process's connections can have.
    var ports = 0
    var connections = ConnectionCount()
}

/// Takes readings. One thread.
struct MachineReader {
    /// Engine threads are known by the beginning of their names.
    static let threadName = "cicada-engine"

    private let quota: CPUQuota
    private let addresses: Int
    private let connections: @Sendable () -> ConnectionCount
    private let read: (String) -> String?

    /// `addresses`: so many does this process load from; `connections`: those that it has now. `read`: a file's text; nil: there is none.
    init(
        addresses: Int = 1, connections: @escaping @Sendable () -> ConnectionCount = { ConnectionCount() },
        read: @escaping (String) -> String? = { SystemFile.text($0) }
    ) {
        self.addresses = addresses
        self.connections = connections
        self.read = read
        quota = CPUQuota(read: read)
    }

    /// A reading of now.
    func reading(now: Int64) -> MachineReading {
        var reading = MachineReading()
        reading.at = now
        reading.cpuNanoseconds = Self.nanoseconds(of: CLOCK_PROCESS_CPUTIME_ID)
        let allowed = Double(OSThread.availableCores)
        reading.cores = min(allowed, quota.cores ?? allowed)
        reading.quota = quota.count
        for name in SystemFile.names(in: "/proc/self/task") {
            guard let number = Int(name), read("/proc/self/task/\(name)/comm")?.hasPrefix(Self.threadName) == true,
                let thread = Self.thread(read("/proc/self/task/\(name)/schedstat") ?? "")
            else { continue }
            reading.threads[number] = thread
        }
        reading.stolenNanoseconds = Self.stolen(read("/proc/stat") ?? "", ticksPerSecond: Int64(sysconf(Int32(_SC_CLK_TCK)))) ?? 0
        reading.freeDescriptors = Self.freeDescriptors
        reading.ports = (LocalPorts.count(read: read) ?? 0) * addresses
        reading.connections = connections()
        return reading
    }

    /// `<CPU time> <time in the queue> <turns>`, in nanoseconds; nil where the kernel does not count.
    static func thread(_ schedstat: String) -> MachineReading.Thread? {
        let fields = schedstat.split(whereSeparator: \.isWhitespace).compactMap { Int64($0) }
        guard fields.count >= 2 else { return nil }
        return MachineReading.Thread(cpuNanoseconds: fields[0], waitedNanoseconds: fields[1])
    }

    /// The eighth time of the line `cpu`, for one core.
    static func stolen(_ stat: String, ticksPerSecond: Int64) -> Int64? {
        let lines = stat.split(separator: "\n").filter { $0.hasPrefix("cpu") }
        guard let fields = lines.first?.split(separator: " "), fields.first == "cpu", fields.count > 8, let ticks = Int64(fields[8]),
            ticksPerSecond > 0
        else { return nil }
        return ticks * (1_000_000_000 / ticksPerSecond) / Int64(max(1, lines.count - 1))
    }

    /// Since Linux 6.2 the size of the folder is the number of descriptors; before it is 0, and counting would take long.
    private static var freeDescriptors: Int? {
        var status = stat()
        var limit = rlimit()
        guard stat("/proc/self/fd", &status) == 0, status.st_size > 0, getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0
        else {
            return nil
        }
        return max(0, Int(min(limit.rlim_cur, 1 << 31)) - Int(status.st_size))
    }

    private static func nanoseconds(of clock: clockid_t) -> Int64 {
        var time = timespec()
        clock_gettime(clock, &time)
        return Int64(time.tv_sec) * 1_000_000_000 + Int64(time.tv_nsec)
    }
}
