import Glibc
import Synchronization

/// How many requests were answered, by route and status, counted by every process of the application in memory that they share.
///
/// Each process counts in pages of its own, so that processes do not fight for a cache line; whoever reports adds all of them up.
/// A request is counted *before* its answer is handed to the kernel. A client that has the answer and then asks, any process, is
/// therefore told of it: `answers received ≤ counted ≤ answers received + requests cut off`.
///
/// Thread-safe: the counters are atomic. `@unchecked Sendable` because the compiler cannot see that raw memory holds nothing else.
package final class SharedCounts: @unchecked Sendable {
    private static let slots = Route.count * AnswerStatus.allCases.count
    private static let bytesPerProcess = (slots * MemoryLayout<Atomic<UInt64>>.stride + 4095) / 4096 * 4096

    /// The number of processes that count here.
    package let processes: Int

    private let memory: UnsafeMutableRawPointer
    private let own: UnsafeMutablePointer<Atomic<UInt64>>

    /// Counts for a single process, in memory of its own.
    ///
    /// - Throws: ``WebappError`` with code `notStarted` when the system has no memory to give.
    package convenience init() throws {
        try self.init(processes: 1, process: 0, descriptor: nil)
    }

    /// Counts in memory shared with other processes.
    ///
    /// - Parameters:
    ///   - processes: how many share it.
    ///   - process: which of them this one is, 0..<processes.
    ///   - descriptor: a file of at least ``byteCount(processes:)`` bytes; it can be closed afterwards.
    package convenience init(processes: Int, process: Int, sharing descriptor: Int32) throws {
        try self.init(processes: processes, process: process, descriptor: descriptor)
    }

    private init(processes: Int, process: Int, descriptor: Int32?) throws {
        precondition((0..<processes).contains(process), "a process counts in its own part")
        let flags = descriptor == nil ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED
        let byteCount = Self.byteCount(processes: processes)
        guard let memory = mmap(nil, byteCount, PROT_READ | PROT_WRITE, flags, descriptor ?? -1, 0), memory != MAP_FAILED else {
            throw WebappError(
                .notStarted, errno: errno, "cannot map the memory for counting requests: \(String(cString: strerror(errno))).")
        }
        self.processes = processes
        self.memory = memory
        // Fresh pages are zero, which is how an `Atomic<UInt64>` holds 0; nobody initializes them twice.
        self.own = Self.part(process, of: memory)
    }

    deinit {
        munmap(memory, Self.byteCount(processes: processes))
    }

    /// The size of the shared memory in bytes.
    package static func byteCount(processes: Int) -> Int { processes * bytesPerProcess }

    /// Counts one answer. Call it before the answer is written.
    package func count(_ route: Route, _ status: AnswerStatus) {
        own[route.index * AnswerStatus.allCases.count + status.rawValue].wrappingAdd(1, ordering: .releasing)
    }

    /// What all processes together have counted until now.
    ///
    /// - Complexity: O(processes × routes × statuses).
    package func report() -> CountsReport {
        var sums = [UInt64](repeating: 0, count: Self.slots)
        for process in 0..<processes {
            let part = Self.part(process, of: memory)
            for slot in sums.indices { sums[slot] &+= part[slot].load(ordering: .acquiring) }
        }
        return CountsReport(processes: processes) { route, status in
            sums[route.index * AnswerStatus.allCases.count + status.rawValue]
        }
    }

    private static func part(_ process: Int, of memory: UnsafeMutableRawPointer) -> UnsafeMutablePointer<Atomic<UInt64>> {
        (memory + process * bytesPerProcess).bindMemory(to: Atomic<UInt64>.self, capacity: slots)
    }
}
