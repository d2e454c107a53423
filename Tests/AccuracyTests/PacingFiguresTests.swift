import Accuracy
import Glibc
import LoadModel
import TestServers
import Testing

struct PacingFiguresTests {
    private static let even = (0..<10_000).map { Int64($0) * 1_000_000 }

    @Test func evenStartsAreOnTime() {
        let figures = PacingFigures(arrivals: Self.even, ratePerSecond: 1000)
        #expect(figures.deviationAtP99 == 0)
        #expect(figures.inWindow == 100...100)
    }

    /// Thirty at a time: as many per second, and far from even.
    @Test func bunchesAreFound() {
        let bunched = (0..<10_000).map { Int64($0 / 30) * 30_000_000 }
        let figures = PacingFigures(arrivals: bunched, ratePerSecond: 1000)
        #expect(figures.deviationAtP99 >= 0.014)
        #expect(figures.inWindow == 90...120)
    }

    /// A sender that pauses for 10 ms in each 300, and then sends what was due.
    @Test func pausesAreFound() {
        let late = Self.even.enumerated().map { $1 + Int64(max(0, 10 - $0 % 300)) * 1_000_000 }
        #expect(PacingFigures(arrivals: late, ratePerSecond: 1000).deviationAtP99 > 0.005)
    }

    /// A worker that is missing for 50 ms.
    @Test func aGapIsFound() {
        let gap = Self.even.filter { !(5_000_000_000..<5_050_000_000).contains($0) }
        #expect(PacingFigures(arrivals: gap, ratePerSecond: 1000).inWindow.lowerBound <= 50)
    }

    @Test func aRampIsCountedToOne() {
        let ramp = (0..<1000).map { Int64((20.0 * Double($0) / 200).squareRoot() * 1e9) + 7_000_000 }
        #expect(RampFigures.greatestCountError(arrivals: ramp, finalRate: 200, seconds: 10) <= 1)
        // Five are missing; or it is a constant rate.
        #expect(RampFigures.greatestCountError(arrivals: Array(ramp[..<500] + ramp[505...]), finalRate: 200, seconds: 10) >= 4)
        let constant = (0..<1000).map { Int64($0) * 10_000_000 }
        #expect(RampFigures.greatestCountError(arrivals: constant, finalRate: 200, seconds: 10) > 50)
        #expect(RampFigures.greatestCountError(arrivals: [], finalRate: 200, seconds: 10) == .max)
    }

    @Test func littlesLaw() {
        #expect(abs(LittlesLaw.ratio(requestsPerSecond: 3200, averageSeconds: 0.0125, users: 40) - 1) < 1e-12)
    }

    /// Thirty at a time are found whatever the machine is worth, a bar is widened by the bare timer only, and the row tells.
    @Test func barsAreWidenedByTheBareTimer() {
        let bars = (seconds: 0.001, starts: 2)
        let late = Self.even.enumerated().map { $1 + ($0 % 50 == 0 ? 1_500_000 : 0) }
        let lateRows = PacingRows.rows("c", late, ratePerSecond: 1000, control: nil, bars: bars)
        #expect(lateRows.map(\.isHeld) == [false, true])
        let steady = PacingFigures(arrivals: Self.even, ratePerSecond: 1000)
        #expect(!PacingRows.rows("c", late, ratePerSecond: 1000, control: steady, bars: bars)[0].isHeld)
        let unsteady = PacingFigures(arrivals: late, ratePerSecond: 1000)
        let widened = PacingRows.rows("c", late, ratePerSecond: 1000, control: unsteady, bars: bars)[0]
        #expect(widened.isHeld && widened.isWidened && widened.bar.contains("twice"))
        let even = PacingRows.rows("c", Self.even, ratePerSecond: 1000, control: unsteady, bars: bars)
        #expect(even.allSatisfy { $0.isHeld && !$0.isWidened })
        let bunched = (0..<10_000).map { Int64($0 / 30) * 30_000_000 }
        #expect(PacingRows.rows("c", bunched, ratePerSecond: 1000, control: unsteady, bars: bars).allSatisfy { !$0.isHeld })
    }

    @Test func aThreadThatOnlySleepsIsMeasured() async throws {
        let figures = try await onOwnThread {
            let control = try TimerControl(ratePerSecond: 1000)
            usleep(300_000)
            return control.end(ratePerSecond: 1000)
        }
        let found = try #require(figures)
        #expect(found.deviationAtP99 >= 0 && found.inWindow.lowerBound <= 100)
    }

    @Test func attemptsEndWhenAllIsHeld() {
        func run(_ outcomes: [(isHeld: Bool, isWidened: Bool)]) -> (made: Int, row: AccuracyRow) {
            var made = 0
            let rows = AccuracyRow.rows(of: "c", attempts: outcomes.count) {
                made += 1
                let (isHeld, isWidened) = outcomes[made - 1]
                return [
                    AccuracyRow("c", "f", expected: "", measured: "\(made)", deviation: "", bar: "", isHeld: isHeld, isWidened: isWidened)
                ]
            }
            return (made, rows[0])
        }
        #expect(run([(true, false), (true, false)]).made == 1)
        #expect(run([(false, false), (true, false), (true, false)]).row.figure == "f (attempt 2)")
        // None without a wider bar: one that is held.
        let widened = run([(false, false), (true, true), (false, false)])
        #expect(widened.made == 3 && widened.row.isHeld && widened.row.measured == "2")
        #expect(!run([(false, false), (false, true)]).row.isHeld)
    }
}
