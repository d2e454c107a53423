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
        "from \(NumberText.clock(seconds: Double(fromSecond))) to \(NumberText.clock(seconds: Double(toSecond))) of the "
            + "\(NumberText.clock(seconds: Double(runNanoseconds) / 1e9)) that are kept"
    }
}
