/// Which part of a run a report is of, where it is not of the whole as its master told it.
package struct PartOfRun: Sendable, Equatable {
    /// From which second of the run on.
    package var fromSecond: Int
    /// Up to which.
    package var toSecond: Int
    /// Length of the longest interval that could not be told apart.
    package var resolutionSeconds: Int
    /// How long the run was, or has been so far.
    package var runNanoseconds: Int64

    package init(fromSecond: Int, toSecond: Int, resolutionSeconds: Int, runNanoseconds: Int64) {
        self.fromSecond = fromSecond
        self.toSecond = toSecond
        self.resolutionSeconds = resolutionSeconds
        self.runNanoseconds = runNanoseconds
    }

    /// `from 2:00:00 to 3:00:00 of 8:00:00`.
    var words: String {
        let times = [Double(fromSecond), Double(toSecond), (Double(runNanoseconds) / 1e9).rounded(.up)].map(NumberText.clock)
        return "from \(times[0]) to \(times[1]) of \(times[2])"
    }
}
