import Accuracy
import Testing

struct StallExpectationTests {
    /// The example of wrk2's page: 1.4 s, 2,000/s, caught up at twice the rate.
    @Test func theExampleThatIsPublished() {
        let stall = StallExpectation(stallSeconds: 1.4, ratePerSecond: 2000, drainFactor: 2, samples: 39_500)
        #expect(stall.affected == 5600)
        for (quantile, seconds) in [(0.95, 0.906), (0.99, 1.301), (0.999, 1.390), (0.85, 0.0)] {
            #expect(abs(stall.responseSeconds(atQuantile: quantile) - seconds) < 0.001)
        }
    }

    @Test func withoutABacklogOnlyTheStallsOwnStartsWait() {
        let stall = StallExpectation(stallSeconds: 1.4, ratePerSecond: 1000, drainFactor: .infinity, samples: 20_000)
        #expect(stall.affected == 1400)
        #expect(abs(stall.responseSeconds(atQuantile: 0.99) - 1.2) < 1e-9)
        #expect(stall.responseSeconds(atQuantile: 0.9) == 0)
        #expect(abs(stall.share(above: 0.7) - 0.035) < 1e-9)
    }

    @Test func halfOfTheTimeIsHalfOfTheStarts() {
        let freezes = StallExpectation(stallSeconds: 1, ratePerSecond: 100, drainFactor: .infinity, samples: 1600, stalls: 8)
        #expect(abs(freezes.share(above: 0) - 0.5) < 1e-9)
        #expect(abs(freezes.responseSeconds(atQuantile: 0.75) - 0.5) < 1e-9)
    }

    /// A server simulated start by start: reads each when it is due, or when the stall is over and those before are served.
    @Test(arguments: [2.0, 5, 40])
    func theDrainFactorIsFoundInTheLog(factor: Double) throws {
        let (rate, stallStart, stallSeconds) = (1000.0, 2_000_000_000.0, 1.4)
        let stallEnd = stallStart + stallSeconds * 1e9
        var arrivals: [Int64] = []
        var free = 0.0
        for index in 0..<10_000 {
            let due = Double(index) / rate * 1e9
            let isBehind = due >= stallStart && free > due || due >= stallStart && due < stallEnd
            let read = isBehind ? max(due, stallEnd, free) : due
            if due >= stallStart { free = read + 1e9 / (factor * rate) }
            arrivals.append(Int64(read))
        }
        let found = try #require(
            DrainMeasurement.factor(arrivals: arrivals, stall: Int64(stallStart)...Int64(stallEnd), ratePerSecond: rate))
        #expect(abs(found / factor - 1) < 0.03, "\(found)")
    }

    @Test func aBacklogThatIsNeverServedHasNoFactor() {
        let before = (0..<100).map { Int64($0) * 1_000_000 }
        let late = (100..<400).map { Int64($0) * 1_000_000 + 500_000_000 }
        #expect(DrainMeasurement.factor(arrivals: before + late, stall: 100_000_000...600_000_000, ratePerSecond: 1000) == nil)
        #expect(DrainMeasurement.factor(arrivals: [], stall: 0...1, ratePerSecond: 1000) == nil)
    }
}
