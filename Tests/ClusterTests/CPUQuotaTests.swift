import Testing

@testable import Cluster

/// What control groups of both versions say, as files of containers and machines have it.
struct CPUQuotaTests {
    private static func quota(_ files: [String: String]) -> CPUQuota { CPUQuota(read: { files[$0] }) }

    /// Docker on version 2, with a namespace of its own.
    @Test func unifiedContainer() {
        let quota = Self.quota([
            "/proc/self/cgroup": "0::/\n",
            "/proc/self/mountinfo": "33 32 0:29 / /sys/fs/cgroup ro,nosuid - cgroup2 cgroup rw,nsdelegate\n",
            "/sys/fs/cgroup/cpu.max": "20000 100000\n",
            "/sys/fs/cgroup/cpu.stat": "usage_usec 1\nnr_periods 600\nnr_throttled 590\nthrottled_usec 4000000\n",
        ])
        #expect(quota.cores == 0.2 && quota.count == .init(periods: 600, throttledPeriods: 590))
    }

    /// A service of systemd on version 2: the least quota on the way up holds.
    @Test func unifiedHierarchy() {
        let quota = Self.quota([
            "/proc/self/cgroup": "0::/system.slice/load.service\n",
            "/proc/self/mountinfo": "33 32 0:29 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n",
            "/sys/fs/cgroup/system.slice/load.service/cpu.max": "max 100000\n",
            "/sys/fs/cgroup/system.slice/load.service/cpu.stat": "nr_periods 5\nnr_throttled 5\n",
            "/sys/fs/cgroup/system.slice/cpu.max": "150000 100000\n",
            "/sys/fs/cgroup/system.slice/cpu.stat": "nr_periods 100\nnr_throttled 3\n",
        ])
        #expect(quota.groups.map(\.folder) == ["/system.slice/load.service", "/system.slice", ""].map { "/sys/fs/cgroup" + $0 })
        // What has no quota is throttled by none.
        #expect(quota.cores == 1.5 && quota.count == .init(periods: 100, throttledPeriods: 3))
    }

    /// Version 1 in a container without a namespace: the group's path is the mount's root.
    @Test func firstVersionInAContainer() {
        let quota = Self.quota([
            "/proc/self/cgroup": "4:memory:/docker/abc\n2:cpu,cpuacct:/docker/abc\n1:name=systemd:/docker/abc\n",
            "/proc/self/mountinfo":
                "31 30 0:28 /docker/abc /sys/fs/cgroup/cpu,cpuacct ro master:9 - cgroup cgroup rw,cpu,cpuacct\n"
                + "32 30 0:29 /docker/abc /sys/fs/cgroup/memory ro - cgroup cgroup rw,memory\n",
            "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_quota_us": "50000\n", "/sys/fs/cgroup/cpu,cpuacct/cpu.cfs_period_us": "100000\n",
            "/sys/fs/cgroup/cpu,cpuacct/cpu.stat": "nr_periods 10\nnr_throttled 4\nthrottled_time 7\n",
        ])
        #expect(quota.groups == [.init(folder: "/sys/fs/cgroup/cpu,cpuacct", isUnified: false)])
        #expect(quota.cores == 0.5 && quota.count == .init(periods: 10, throttledPeriods: 4))
    }

    /// Both versions side by side, no quota anywhere.
    @Test func noQuota() {
        let quota = Self.quota([
            "/proc/self/cgroup": "1:cpu:/\n0::/\n",
            "/proc/self/mountinfo":
                "32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n",
            "/sys/fs/cgroup/cpu/cpu.cfs_quota_us": "-1\n", "/sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
            "/sys/fs/cgroup/cpu/cpu.stat": "nr_periods 10\nnr_throttled 4\n", "/sys/fs/cgroup/unified/cpu.max": "max 100000\n",
        ])
        #expect(quota.cores == nil && quota.count == .init())
        #expect(Self.quota([:]).cores == nil && Self.quota([:]).groups.isEmpty)
    }

    /// Whatever the files hold, nothing is believed that is no quota.
    @Test(arguments: ["", "max", "0 100000", "-5 100000", "100000 0", "a b", "1 2 3"]) func nonsenseIsNoQuota(text: String) {
        let quota = Self.quota([
            "/proc/self/cgroup": "0::/\n", "/proc/self/mountinfo": "33 32 0:29 / /c rw - cgroup2 c rw\n", "/c/cpu.max": text,
        ])
        #expect(quota.cores == nil)
    }
}
