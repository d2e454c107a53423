/// A control group that this process belongs to, of version 1 or 2.
struct ControlGroup: Equatable {
    /// Where its files are.
    var folder: String
    /// Whether it is of version 2.
    var isUnified: Bool

    /// The process's own groups that govern a resource and those above them, as far as they can be seen. `read`: a file's text; nil: there is none.
    static func all(of controller: String, read: (String) -> String?) -> [ControlGroup] {
        all(of: controller, membership: read("/proc/self/cgroup") ?? "", mounts: read("/proc/self/mountinfo") ?? "")
    }

    /// From `/proc/self/cgroup` and `/proc/self/mountinfo` (proc(5), cgroups(7)).
    static func all(of controller: String, membership: String, mounts: String) -> [ControlGroup] {
        // `4:cpu,cpuacct:/path` of version 1, `0::/path` of version 2.
        var paths: (first: String?, unified: String?) = (nil, nil)
        for line in membership.split(separator: "\n") {
            let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard fields.count == 3 else { continue }
            if fields[0] == "0", fields[1].isEmpty { paths.unified = String(fields[2]) }
            if fields[1].split(separator: ",").contains(Substring(controller)) { paths.first = String(fields[2]) }
        }
        var groups: [ControlGroup] = []
        for line in mounts.split(separator: "\n") {
            // `… root mount-point options … - type source options`
            let halves = line.split(separator: " ")
            guard let dash = halves.firstIndex(of: "-"), halves.count > dash + 3, dash > 5 else { continue }
            let isUnified = halves[dash + 1] == "cgroup2"
            let isFirst =
                halves[dash + 1] == "cgroup" && halves[dash + 3].split(separator: ",").contains(Substring(controller))
            guard isUnified || isFirst, let path = isUnified ? paths.unified : paths.first else { continue }
            let folders = folders(path: path, root: String(halves[3]), mount: String(halves[4]))
            for folder in folders where !groups.contains(where: { $0.folder == folder }) {
                groups.append(ControlGroup(folder: folder, isUnified: isUnified))
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
