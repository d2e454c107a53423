/// How long the intervals of the interval log are, by their age: the finest for what has just been, so that a file of a run of any length stays bounded. Pure.
struct IntervalResolution {
    /// Up to which age intervals are so long, in seconds. Each span is a multiple of those before, so that intervals fold without being cut.
    static let steps: [(age: Int, span: Int)] = [
        (2 * 3600, 10), (24 * 3600, 60), (7 * 86_400, 600), (70 * 86_400, 3600), (.max, 21_600),
    ]
    /// The file is thinned when so many intervals have been written: half of the finest step.
    static let thinningEvery = 360
    /// A file that is larger after it was thinned takes everything for twice as old the next time.
    static let largestBytes: Int64 = 256 << 20

    /// The end of the newest interval, in seconds after the start of the run.
    var newestSecond: Int
    /// How often ages are doubled, since there was too much.
    var coarseness = 0

    /// The interval into which one that begins with `second` is to be folded.
    func target(second: Int, span: Int) -> (second: Int, span: Int) {
        let age = max(0, newestSecond - second - span) << min(coarseness, 20)
        let wanted = Self.steps.first { age < $0.age }?.span ?? 21_600
        return wanted <= span ? (second, span) : (second / wanted * wanted, wanted)
    }
}
