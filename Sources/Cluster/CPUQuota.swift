/// The control groups that may limit this process's CPU time, of version 1 and 2: their quotas, and how often these were used up.
struct CPUQuota {
    /// One group's folder.
    struct Group: Equatable {
        var folder: String
        var isUnified: Bool
    }

    /// What a quota has done so far.
    struct Count: Equatable {
        var periods: Int64 = 0
        var throttledPeriods: Int64 = 0
    }

    /// The process's own group and those above it, as far as they can be seen.
    let groups: [Group]
    private let read: (String) -> String?

    /// `read`: a file's text; nil: there is none.
    init(read: @escaping (String) -> String? = { SystemFile.text($0) }) {
        self.read = read
        groups = Self.groups(membership: read("/proc/self/cgroup") ?? "", mounts: read("/proc/self/mountinfo") ?? "")
    }

    /// Processors by the least quota; nil: there is none.
    var cores: Double? { groups.compactMap(cores).min() }

    /// Of all groups with a quota together.
    var count: Count {
        groups.reduce(into: Count()) { sum, group in
            guard cores(of: group) != nil, let text = read("\(group.folder)/cpu.stat") else { return }
            sum.periods += SystemFile.number("nr_periods", in: text) ?? 0
            sum.throttledPeriods += SystemFile.number("nr_throttled", in: text) ?? 0
        }
    }

    private func cores(of group: Group) -> Double? {
        let fields: [Substring]
        if group.isUnified {
            // `max 100000`, or a quota and its period in microseconds.
            guard let text = read("\(group.folder)/cpu.max") else { return nil }
            fields = text.split { $0 == " " || $0 == "\n" }
        } else {
            guard let quota = read("\(group.folder)/cpu.cfs_quota_us"), let period = read("\(group.folder)/cpu.cfs_period_us") else {
                return nil
            }
            fields = [quota, period].compactMap { $0.split(separator: "\n").first }
        }
        // Without a quota version 1 says -1.
        guard fields.count == 2, let quota = Double(fields[0]), let period = Double(fields[1]), quota > 0, period > 0 else { return nil }
        return quota / period
    }

    /// From `/proc/self/cgroup` and `/proc/self/mountinfo` (proc(5), cgroups(7)).
    static func groups(membership: String, mounts: String) -> [Group] {
        // `4:cpu,cpuacct:/path` of version 1, `0::/path` of version 2.
        var paths: (first: String?, unified: String?) = (nil, nil)
        for line in membership.split(separator: "\n") {
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { continue }
            if fields[0] == "0", fields[1].isEmpty { paths.unified = String(fields[2]) }
            if fields[1].split(separator: ",").contains("cpu") { paths.first = String(fields[2]) }
        }
        var groups: [Group] = []
        for line in mounts.split(separator: "\n") {
            // `… root mount-point options … - type source options`
            let halves = line.split(separator: " ")
            guard let dash = halves.firstIndex(of: "-"), halves.count > dash + 3, dash > 5 else { continue }
            let isUnified = halves[dash + 1] == "cgroup2"
            let isFirst = halves[dash + 1] == "cgroup" && halves[dash + 3].split(separator: ",").contains("cpu")
            guard isUnified || isFirst, let path = isUnified ? paths.unified : paths.first else { continue }
            let folders = folders(path: path, root: String(halves[3]), mount: String(halves[4]))
            for folder in folders where !groups.contains(where: { $0.folder == folder }) {
                groups.append(Group(folder: folder, isUnified: isUnified))
            }
        }
        return groups
    }

    /// From the group's folder up to the mount's. A container may see its own group as the mount's root.
    private static func folders(path: String, root: String, mount: String) -> [String] {
        var rest = path == "/" ? "" : path
        if root != "/", rest == root || rest.hasPrefix(root + "/") { rest.removeFirst(root.count) } else if root != "/" { rest = "" }
        // Above what a container sees there is nothing to be read.
        if rest.hasPrefix("/..") { rest = "" }
        var folders = [mount + rest]
        while let slash = rest.lastIndex(of: "/") {
            rest = String(rest[..<slash])
            folders.append(mount + rest)
        }
        return folders
    }
}
