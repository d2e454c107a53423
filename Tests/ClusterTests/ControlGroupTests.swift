import Testing

@testable import Cluster

/// Which control groups a process is in, whatever the files hold.
struct ControlGroupTests {
    @Test(arguments: ["1:cpu", "::", "0::/a\n0::", "x - cgroup2", "1 2 3 4 5 6 - cgroup2"]) func brokenLinesAreSkipped(text: String) {
        _ = ControlGroup.all(of: "cpu", membership: text, mounts: text)
        #expect(
            ControlGroup.all(of: "cpu", membership: text, mounts: "").isEmpty
                && ControlGroup.all(of: "cpu", membership: "", mounts: text).isEmpty)
    }

    @Test func eachResourceHasItsOwnGroupsInVersionOne() {
        let membership = "4:memory:/a/b\n2:cpu,cpuacct:/c\n"
        let mounts = "31 30 0:28 / /cg/cpu rw - cgroup cgroup rw,cpu,cpuacct\n32 30 0:29 / /cg/memory rw - cgroup cgroup rw,memory\n"
        #expect(ControlGroup.all(of: "cpu", membership: membership, mounts: mounts).map(\.folder) == ["/cg/cpu/c", "/cg/cpu"])
        #expect(
            ControlGroup.all(of: "memory", membership: membership, mounts: mounts).map(\.folder)
                == ["/cg/memory/a/b", "/cg/memory/a", "/cg/memory"])
        #expect(ControlGroup.all(of: "pids", membership: membership, mounts: mounts).isEmpty)
    }
}
