import CPlatform
import Glibc

/// How many descriptors this process may hold open (`RLIMIT_NOFILE`).
package enum DescriptorLimit {
    /// Raises the soft limit to the hard one and answers the limit that holds then.
    package static func raise() -> Int {
        var limit = rlimit()
        getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        if limit.rlim_cur < limit.rlim_max {
            limit.rlim_cur = limit.rlim_max
            setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
            getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
        }
        return limit.rlim_cur > rlim_t(Int32.max) ? Int(Int32.max) : Int(limit.rlim_cur)
    }

    /// Raises the limit and answers how many descriptors that leaves beside those that were open when this was first asked: a process that is
    /// started by others may inherit some.
    package static func raiseAndCountFree() -> Int {
        // Counted once: what this process opens itself later is its own business.
        max(0, raise() - openAtFirst)
    }

    private static let openAtFirst: Int = {
        guard let folder = opendir("/proc/self/fd") else { return 0 }
        defer { closedir(folder) }
        let limit = raise()
        var count = 0
        while let entry = readdir(folder) {
            let number = withUnsafePointer(to: &entry.pointee.d_name) {
                $0.withMemoryRebound(to: CChar.self, capacity: MemoryLayout.size(ofValue: $0.pointee)) { Int(String(cString: $0)) }
            }
            // Standard streams are counted by those who ask; one above the limit takes no place below it.
            if let number, number > 2, number < limit, number != Int(dirfd(folder)) { count += 1 }
        }
        return count
    }()
}
