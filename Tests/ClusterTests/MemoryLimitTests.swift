import Testing

@testable import Cluster

/// What memory a process may take, by the files of containers and machines.
struct MemoryLimitTests {
    private static func limit(_ files: [String: String]) -> MemoryLimit { MemoryLimit(read: { files[$0] }) }
    private static let machine = ["/proc/meminfo": "MemTotal: 9000000 kB\nMemAvailable: 8388608 kB\n"]
    private static let gibibyte: Int64 = 1 << 30

    @Test func withoutLimitItIsTheMachines() {
        let none = Self.limit(Self.machine)
        #expect(none.freeBytes == 8 * Self.gibibyte && none.groupBytes == nil)
        #expect(Self.limit([:]).freeBytes == Self.gibibyte)
    }

    /// A container on version 2: files that were read lately do not count as taken.
    @Test func unifiedContainer() {
        let limit = Self.limit(
            Self.machine.merging([
                "/proc/self/cgroup": "0::/\n", "/proc/self/mountinfo": "33 32 0:29 / /sys/fs/cgroup ro - cgroup2 cgroup rw\n",
                "/sys/fs/cgroup/memory.max": "1073741824\n", "/sys/fs/cgroup/memory.current": "536870912\n",
                "/sys/fs/cgroup/memory.stat": "anon 1\nfile 9\ninactive_file 268435456\nactive_file 3\n",
            ]) { $1 })
        #expect(limit.groupBytes == Self.gibibyte && limit.freeBytes == Self.gibibyte * 3 / 4)
    }

    /// The pod's group lies above the container's, and may be the tighter one.
    @Test func theTightestGroupOnTheWayUpHolds() {
        let limit = Self.limit(
            Self.machine.merging([
                "/proc/self/cgroup": "0::/kubepods/pod1/container\n",
                "/proc/self/mountinfo": "33 32 0:29 / /sys/fs/cgroup ro - cgroup2 cgroup rw\n",
                "/sys/fs/cgroup/kubepods/pod1/container/memory.max": "max\n",
                "/sys/fs/cgroup/kubepods/pod1/memory.max": "2147483648\n", "/sys/fs/cgroup/kubepods/pod1/memory.current": "1073741824\n",
                "/sys/fs/cgroup/kubepods/memory.max": "4294967296\n", "/sys/fs/cgroup/kubepods/memory.current": "4200000000\n",
            ]) { $1 })
        #expect(limit.groupBytes == 2 * Self.gibibyte && limit.freeBytes == 4 * Self.gibibyte - 4_200_000_000)
    }

    @Test func firstVersionInAContainer() {
        var files = Self.machine.merging([
            "/proc/self/cgroup": "4:memory:/docker/abc\n2:cpu:/docker/abc\n",
            "/proc/self/mountinfo": "32 30 0:29 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n",
            "/sys/fs/cgroup/memory/memory.limit_in_bytes": "536870912\n", "/sys/fs/cgroup/memory/memory.usage_in_bytes": "268435456\n",
            "/sys/fs/cgroup/memory/memory.stat": "cache 5\ntotal_inactive_file 67108864\n",
        ]) { $1 }
        #expect(Self.limit(files).groupBytes == 512 << 20 && Self.limit(files).freeBytes == (256 + 64) << 20)
        // As the kernel says that there is no limit.
        files["/sys/fs/cgroup/memory/memory.limit_in_bytes"] = "9223372036854771712\n"
        #expect(Self.limit(files).groupBytes == nil && Self.limit(files).freeBytes == 8 * Self.gibibyte)
    }

    @Test(arguments: ["", "max", "-1", "1 2", "many"]) func nonsenseIsNoLimit(text: String) {
        let limit = Self.limit([
            "/proc/self/cgroup": "0::/\n", "/proc/self/mountinfo": "33 32 0:29 / /c rw - cgroup2 c rw\n", "/c/memory.max": text,
        ])
        #expect(limit.groupBytes == nil)
    }
}
