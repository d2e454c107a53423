/// Little's law: N = X·R.
package enum LittlesLaw {
    /// Requests under way by throughput and service time, over the users that were busy; 1 when both were measured right.
    package static func ratio(requestsPerSecond: Double, averageSeconds: Double, users: Double) -> Double {
        requestsPerSecond * averageSeconds / users
    }
}
