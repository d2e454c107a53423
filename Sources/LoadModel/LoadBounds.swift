/// How large a load may be.
package enum LoadBounds {
    /// Users at a time, and starts per second.
    package static let greatestLevel = 10_000_000.0
    /// The same of users.
    package static let mostUsers = 10_000_000
    /// 100,000 hours, 11 years: sums of a few times and the clock stay far from overflow.
    package static let longestNanoseconds: Int64 = 100_000 * 3_600_000_000_000
    /// Stages that a text may have.
    package static let mostStages = 10_000
    /// Straight lines of a profile: 7 days of whole seconds.
    package static let mostLines = 604_800
    /// Iterations or requests that a run may be limited to.
    package static let greatestCount = 1_000_000_000_000_000
}
