import Foundation
import Glibc

/// A control group (v1 or v2) whose processes share so much of a core. Removed with the value, when its processes have ended.
package final class CPUQuota: Sendable {
    private let folder: String

    /// Throws where groups cannot be made: that needs root, and a container that allows it.
    package init(ofCore share: Double) throws {
        let period = 100_000
        let quota = Int(share * Double(period))
        let name = "cicada-accuracy-\(UUID())"
        let first = "/sys/fs/cgroup/cpu"
        if access("\(first)/cpu.cfs_quota_us", F_OK) == 0 || access("\(first)/tasks", F_OK) == 0 {
            folder = "\(first)/\(name)"
            try Self.make(folder)
            try Self.write("\(period)", to: "\(folder)/cpu.cfs_period_us")
            try Self.write("\(quota)", to: "\(folder)/cpu.cfs_quota_us")
        } else {
            folder = "/sys/fs/cgroup/\(name)"
            try Self.make(folder)
            try Self.write("\(quota) \(period)", to: "\(folder)/cpu.max")
        }
    }

    deinit { rmdir(folder) }

    /// To be put before a command line in `sh -c`: the shell joins the group, and becomes the command.
    package var shell: String { "echo $$ >\"\(folder)/cgroup.procs\" || exit 77; exec" }

    private static func make(_ folder: String) throws {
        if mkdir(folder, 0o755) != 0 {
            throw AccuracyError("a control group cannot be made (\(folder)): \(String(cString: strerror(errno)))")
        }
    }

    private static func write(_ text: String, to path: String) throws {
        let descriptor = open(path, O_WRONLY | O_CLOEXEC)
        defer { if descriptor >= 0 { close(descriptor) } }
        if descriptor < 0 || Glibc.write(descriptor, text, text.utf8.count) != text.utf8.count {
            throw AccuracyError("\(path) cannot be written: \(String(cString: strerror(errno)))")
        }
    }
}
