import LoadModel
import Testing

@testable import Judgement

struct ThresholdReadingTests {
    @Test func scriptsAndFlagsAreAddedUp() throws {
        let script = [
            ScriptThreshold(text: "p95 < 200ms", place: "shop.lua:1"),
            ScriptThreshold(text: "failure_rate < 1%", aborts: true, place: "shop.lua:1"),
            ScriptThreshold(text: "p99 < 1s over 5s", abortAfter: "1m", place: "shop.lua:1"),
            ScriptThreshold(text: "max < 9s abort", aborts: true, place: "shop.lua:1"),
        ]
        let thresholds = try Threshold.read(script, and: ["failures < 3, name(\"a, b\").p95 < 1s;p95 < 200ms\n"], from: "--threshold")
        #expect(
            thresholds.map(\.text) == [
                "p95 < 200ms", "failure_rate < 1% abort", "p99 < 1s over 5s abort after 1m", "max < 9s abort", "failures < 3",
                "name(\"a, b\").p95 < 1s",
            ])
        #expect(thresholds[1].abortAfterNanoseconds == Threshold.usualGrace && thresholds[2].abortAfterNanoseconds == 60_000_000_000)
    }

    @Test func mistakesAreToldWithTheirPlace() throws {
        let inScript = #expect(throws: ThresholdRefusal.self) {
            _ = try Threshold.read([ScriptThreshold(text: "p95 < 200", place: "shop.lua:12")])
        }
        #expect(inScript?.description.hasPrefix("shop.lua:12: threshold 'p95 < 200', column 7: '200' has no unit") == true)
        let inFlag = #expect(throws: ThresholdRefusal.self) { _ = try Threshold.read([], and: ["p95 < 1s", "p96"], from: "--threshold") }
        #expect(inFlag?.description.hasPrefix("--threshold: threshold 'p96', column 4") == true)
        let inTable = #expect(throws: ThresholdRefusal.self) {
            _ = try Threshold.read([ScriptThreshold(text: "p95 < 1s", abortAfter: "9", place: "s.lua:3")])
        }
        #expect(inTable?.description.contains("'9' has no unit") == true)
        let twice = #expect(throws: ThresholdRefusal.self) {
            _ = try Threshold.read([ScriptThreshold(text: "p95 < 1s abort", abortAfter: "9s", place: "s.lua:3")])
        }
        #expect(twice?.description.contains("says abort itself") == true)
    }

    @Test func anEmptyTextIsNoThreshold() {
        #expect(throws: ThresholdRefusal.self) { _ = try Threshold.read([], and: [" "], from: "--threshold") }
    }

    @Test func impossibleOnesAreTold() throws {
        func objection(_ text: String, runTime: Int64, warmUp: Int64 = 0) throws -> String? {
            try Threshold(text).objection(runTimeNanoseconds: runTime * 1_000_000_000, warmUpNanoseconds: warmUp * 1_000_000_000)
        }
        #expect(try objection("p95 < 1s over 30s", runTime: 30) == nil)
        #expect(try objection("p95 < 1s over 30s", runTime: 29)?.contains("no window of 30 s comes to its end") == true)
        #expect(try objection("p95 < 1s over 30s", runTime: 40, warmUp: 20)?.contains("measures for 20 s") == true)
        #expect(try objection("p95 < 1s abort", runTime: 5) == nil)
        #expect(try objection("p95 < 1s abort after 30s", runTime: 20)?.contains("before it can be stopped") == true)
    }
}
