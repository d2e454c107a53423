/// The control groups that may limit this process's CPU time, of version 1 and 2: their quotas, and how often these were used up.
struct CPUQuota {
    /// What a quota has done so far.
    struct Count: Equatable {
        var periods: Int64 = 0
        var throttledPeriods: Int64 = 0
    }

    /// The process's own group and those above it, as far as they can be seen.
    let groups: [ControlGroup]
    private let read: (String) -> String?

    /// `read`: a file's text; nil: there is none.
    init(read: @escaping (String) -> String? = { SystemFile.text($0) }) {
        self.read = read
        groups = ControlGroup.all(of: "cpu", read: read)
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

    private func cores(of group: ControlGroup) -> Double? {
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
}
