import Statistics

/// The starts of the open model in each of the last seconds: what was dropped there makes percentiles of windows that cannot be told.
struct StartWindow: Sendable {
    /// By second modulo their number.
    private var seconds: [(number: Int, starts: SubjectStarts)]

    /// For windows of so many seconds at most; 0: there are none.
    init(longest: Int) {
        seconds = Array(repeating: (-1, SubjectStarts()), count: longest == 0 ? 0 : longest + SubjectWindow.slack)
    }

    /// Adds what a worker measured in a second of the run; nothing, when a later one has its place.
    mutating func take(_ snapshot: IntervalSnapshot, second: Int) {
        guard !seconds.isEmpty, snapshot.startsBegun + snapshot.startsDropped > 0 else { return }
        let place = second % seconds.count
        if seconds[place].number < second { seconds[place] = (second, SubjectStarts()) }
        guard seconds[place].number == second else { return }
        seconds[place].starts.begun += snapshot.startsBegun
        seconds[place].starts.dropped += snapshot.startsDropped
    }

    /// Those of some seconds.
    func sum(from first: Int, through last: Int) -> SubjectStarts {
        var sum = SubjectStarts()
        guard !seconds.isEmpty else { return sum }
        for number in first...last {
            let second = seconds[number % seconds.count]
            guard second.number == number else { continue }
            sum.begun += second.starts.begun
            sum.dropped += second.starts.dropped
        }
        return sum
    }
}
