import EventLoop
import Glibc
import LoadModel
import Statistics
import Testing
import Wire

@testable import Cluster

// Within a suite of others that limit how long files of this process may grow: one after the other.
extension StateLogTests {
    /// The interval log: what it tells of any part of a run is what was measured then, whatever became of the master.
    @Suite(.serialized) struct IntervalLogTests {
        private static func expectEqual(_ part: RunPart, _ expected: RunResult, _ words: String) {
            let sum = part.result
            #expect(sum.requests == expected.requests && sum.failures == expected.failures, "\(words)")
            #expect(sum.iterations == expected.iterations && sum.custom == expected.custom && sum.lag == expected.lag, "\(words)")
            #expect(sum.warmUp == expected.warmUp && sum.workers.map(\.merged) == expected.workers.map(\.merged), "\(words)")
            #expect(sum.history.points.reduce(0) { $0 + $1.requests } == expected.history.points.reduce(0) { $0 + $1.requests }, "\(words)")
        }

        @Test func anyPartOfARunThatGoesOnIsWhatWasMeasuredThen() throws {
            let folder = TemporaryFolder()
            var run = try SimulatedRun(folder: folder, seed: 1)
            for second in 0..<70 {
                run.second(second)
                guard second % 17 == 0, second > 0 else { continue }
                let archive = try IntervalArchive(folder: folder.path)
                #expect(archive.run == 5 && !archive.hasEnded && archive.startNanosecondsSince1970 == SimulatedRun.start)
                for (from, to) in [(0, second + 1), (20, 50), (second / 10 * 10, second + 1)] {
                    let part = try archive.part(from: from, to: to)
                    #expect(part.from <= from && part.to >= min(to, second) && part.resolution == 10)
                    Self.expectEqual(part, run.part(from: part.from, to: (to + 9) / 10 * 10), "\(from)..<\(to) of \(second)")
                }
            }
        }

        @Test func aRunThatHasEndedKeepsItsLog() throws {
            let folder = TemporaryFolder()
            var run = try SimulatedRun(folder: folder, seed: 2)
            for second in 0..<57 { run.second(second) }
            #expect(run.log.close(elapsed: 57_300_000_000, because: "interrupted") == nil)
            run.log.finish()
            let archive = try IntervalArchive(folder: folder.path)
            #expect(archive.hasEnded && archive.endedBecause == "interrupted" && archive.elapsedNanoseconds == 57_300_000_000)
            let all = try archive.part(from: 0, to: 58)
            Self.expectEqual(all, run.part(from: 0, to: 60), "all")
            #expect(all.from == 0 && all.to == 58 && all.elapsedNanoseconds == 57_300_000_000)
            let part = try archive.part(from: 17, to: 33)
            #expect(part.from == 10 && part.to == 40 && part.elapsedNanoseconds == 30_000_000_000)
            Self.expectEqual(part, run.part(from: 10, to: 40), "part")
        }

        /// Killed at any moment, with the interval log cut at any byte that was not complete, nothing is lost and nothing counts twice.
        @Test(arguments: 1...1 as ClosedRange<UInt64>) func killedInAFlushNothingIsLostNorTwice(seed: UInt64) throws {
            let folder = TemporaryFolder()
            var run = try SimulatedRun(folder: folder, seed: seed)
            let name = "intervals-0000000000000005.cicada"
            var random = SplitMix64(seed: seed)
            var before = 0
            for second in 0..<40 {
                run.second(second)
                let size = folder.size(of: name)
                guard size > before, before > 0 else {
                    before = max(before, size)
                    continue
                }
                // The master was killed while it wrote this flush.
                let expected = run.part(from: 0, to: 90)
                for cut in [before, Int.random(in: before...size, using: &random), size - 1] {
                    let copy = folder.copy()
                    copy.write(Array(folder.read(name).prefix(cut)), to: name)
                    Self.expectEqual(
                        try IntervalArchive(folder: copy.path).part(from: 0, to: second + 1), expected, "read at \(cut)")
                    guard case .takenUp(let log, _, _) = try StateLog.open(folder: copy.path, plan: run.plan) else {
                        Issue.record("not taken up")
                        return
                    }
                    log.turn(run.result, users: 1, second: second + 1)
                    Self.expectEqual(
                        try IntervalArchive(folder: copy.path).part(from: 0, to: second + 1), expected, "taken up at \(cut)")
                }
                before = size
            }
        }

        @Test func thinnedIntervalsAddUpToWhatTheyWere() throws {
            let folder = TemporaryFolder()
            let plan = try SamplePlan.make()
            let log = try IntervalLog(path: IntervalLog.path(folder: folder.path, run: 5), run: 5, planBytes: plan.encoded())
            var random = SplitMix64(seed: 7)
            var all = RunResult()
            var parts: [Int: RunResult] = [:]
            let (length, step) = (36 * 3600, 150)
            for (number, second) in stride(from: 0, to: length, by: step).enumerated() {
                var result = RunResult()
                let snapshot = SampleSnapshot.make(using: &random)
                result.merge(snapshot, fromWorker: "w", second: second)
                all.merge(snapshot, fromWorker: "w", second: second)
                parts[second / 600, default: RunResult()].merge(snapshot, fromWorker: "w", second: second)
                log.take([Interval(second: second, span: 10, result: result)], number: number + 1, start: 1)
                #expect(log.turn() == nil)
            }
            while !folder.files.contains(where: { $0.hasSuffix(".new") }), log.turn() == nil, random.next() % 64 != 0 {}
            let archive = try IntervalArchive(folder: folder.path)
            let whole = try archive.part(from: 0, to: length)
            Self.expectEqual(whole, all, "all")
            #expect(whole.resolution == 600)
            let old = try archive.part(from: 7 * 600 + 5, to: 8 * 600 - 5)
            #expect(old.from == 7 * 600 && old.to == 8 * 600 && old.resolution == 600)
            Self.expectEqual(old, parts[7] ?? RunResult(), "an old part")
            let new = try archive.part(from: length - 3600, to: length - 1800)
            #expect(new.from == length - 3600 && new.to == length - 1800 && new.resolution == 10)
            let points = whole.result.history.points
            #expect(points.count < length / step && points.first?.span == 600 && points.last?.span == 10)
        }

        @Test func ifThereIsTooMuchOfItIntervalsGrowLonger() throws {
            let folder = TemporaryFolder()
            let plan = try SamplePlan.make()
            let path = IntervalLog.path(folder: folder.path, run: 5)
            let log = try IntervalLog(path: path, run: 5, planBytes: plan.encoded(), largestBytes: 100_000)
            var random = SplitMix64(seed: 7)
            var requests: Int64 = 0
            var largest: Int64 = 0
            for number in 1...1500 {
                var result = RunResult()
                let snapshot = SampleSnapshot.make(using: &random)
                result.merge(snapshot, fromWorker: "w", second: number * 10)
                requests += result.total().requests
                log.take([Interval(second: number * 10, span: 10, result: result)], number: number, start: 1)
                #expect(log.turn() == nil)
                if number > 750 { largest = max(largest, log.bytes) }
            }
            #expect(try IntervalArchive(folder: folder.path).part(from: 0, to: 60_000).result.total().requests == requests)
            // The limit, and what comes between two times of thinning.
            #expect(largest < 400_000, "\(largest)")
        }

        @Test func resolutionFallsWithAge() {
            let now = 100 * 86_400
            let resolution = IntervalResolution(newestSecond: now)
            for (age, span) in [
                (0, 10), (7100, 10), (7300, 60), (86_000, 60), (90_000, 600), (6 * 86_400, 600), (8 * 86_400, 3600), (99 * 86_400, 21_600),
            ] {
                let second = (now - age) / 10 * 10 - 10
                #expect(resolution.target(second: second, span: 10).span == span, "\(age)")
                #expect(resolution.target(second: second, span: 10).second == second / span * span)
                // What is longer already stays.
                #expect(resolution.target(second: second / 21_600 * 21_600, span: 21_600).span == 21_600)
            }
            #expect(IntervalResolution(newestSecond: now, coarseness: 2).target(second: now - 3000, span: 10).span == 60)
        }

        @Test func whatIsNoFolderOfOursIsSaid() throws {
            let folder = TemporaryFolder()
            func words(_ path: String, run: String? = nil) -> String {
                let error = #expect(throws: StateLogError.self) { try IntervalArchive(folder: path, run: run) }
                return error?.description ?? ""
            }
            #expect(words("/nowhere").contains("cannot read the folder /nowhere"))
            #expect(words(folder.path).contains("there is no interval log in"))
            #expect(words("/etc/passwd").contains("is no folder"))
            let name = "intervals-0000000000000005.cicada"
            folder.write([], to: name)
            #expect(words(folder.path).contains("is empty"))
            folder.write(Array("something else".utf8), to: name)
            #expect(words(folder.path).contains("is no interval log of this version"))
            #expect(words(folder.path, run: "77").contains("there is no run 77"))
            #expect(words(folder.path, run: "x").contains("there is no run x"))
        }
    }
}
