import EventLoop
import Glibc
import LoadModel
import Statistics
import Testing
import Wire

@testable import Cluster

// Within a suite of others that limit how long files of this process may grow: one after the other.
extension StateLogTests {
    /// The log of a run, written anew in short: it says the same at every moment, whatever it was cut off in, and stays bounded.
    @Suite(.serialized) struct StateCompactionTests {
        /// Killed after any second, before or in the middle of being written anew, and taken up: all is as it was.
        @Test(arguments: 1...3 as ClosedRange<UInt64>) func aCompactedLogSaysWhatTheWholeOneSaid(seed: UInt64) throws {
            let folder = TemporaryFolder()
            var run = try SimulatedRun(folder: folder, seed: seed)
            var random = SplitMix64(seed: seed + 100)
            var (rewritten, inTheMiddle, last) = (0, 0, 0)
            for second in 0..<90 {
                run.second(second)
                if run.log.isCompacting { inTheMiddle += 1 }
                let size = folder.size(of: "run.cicada")
                if size < last { rewritten += 1 }
                last = size
                if Int.random(in: 0..<9, using: &random) == 0 {
                    let copy = folder.copy()
                    guard case .takenUp(_, let header, let resumption) = try StateLog.open(folder: copy.path, plan: run.plan) else {
                        Issue.record("the run is not taken up at second \(second)")
                        return
                    }
                    #expect(header.run == 5 && run.difference(from: resumption) == nil, "second \(second)")
                }
            }
            #expect(rewritten >= 2 && inTheMiddle >= 2, "\(rewritten) \(inTheMiddle)")
        }

        /// A master that goes on from a compacted log, again and again, ends where one would have that was never killed.
        @Test func killsAndRestartsChangeNothing() throws {
            let folder = TemporaryFolder()
            var run = try SimulatedRun(folder: folder, seed: 9)
            for second in 0..<70 {
                run.second(second)
                if second % 17 == 16 {
                    let before = run.log
                    // The lock goes with the process; here the old one is put out of the way.
                    let copy = folder.copy()
                    let resumption = try #require(try run.reopen(copy))
                    #expect(run.difference(from: resumption) == nil, "second \(second)")
                    withExtendedLifetime(before) {}
                    run.log = before
                }
            }
        }

        /// Wherever the writing of the new log is cut off, the old one is there, and what is left of the new one goes.
        @Test func anUnfinishedCompactionIsForgotten() throws {
            let folder = TemporaryFolder()
            var run = try SimulatedRun(folder: folder, seed: 2)
            var second = 0
            while !run.log.isCompacting, second < 100 {
                run.second(second)
                second += 1
            }
            #expect(folder.files.contains("run.cicada.new"))
            let copy = folder.copy()
            let part = copy.read("run.cicada.new")
            for length in stride(from: 0, through: part.count, by: max(1, part.count / 20)) {
                copy.write(Array(part.prefix(length)), to: "run.cicada.new")
                guard case .takenUp(_, _, let resumption) = try StateLog.open(folder: copy.path, plan: run.plan) else {
                    Issue.record("not taken up")
                    return
                }
                #expect(run.difference(from: resumption) == nil && !copy.files.contains("run.cicada.new"))
            }
        }

        /// A compacted log that is cut anywhere behind what stands for the deltas before is one that lacks the latest records only.
        @Test func aCompactedLogThatIsTornIsReadAsFarAsItIsWhole() throws {
            let folder = TemporaryFolder()
            var run = try SimulatedRun(folder: folder, seed: 3)
            var last = 0
            for second in 0..<60 {
                run.second(second)
                if folder.size(of: "run.cicada") < last { break }
                last = folder.size(of: "run.cicada")
            }
            let whole = folder.read()
            run.second(61)
            let longer = folder.read()
            #expect(longer.count > whole.count)
            let copy = folder.copy()
            for length in stride(from: whole.count, to: longer.count, by: max(1, (longer.count - whole.count) / 50)) {
                copy.write(Array(longer.prefix(length)))
                guard case .takenUp = try StateLog.open(folder: copy.path, plan: run.plan) else {
                    Issue.record("not taken up with \(length) bytes")
                    return
                }
            }
        }

        @Test func aLogInUseStaysInUseWhenItIsWrittenAnew() throws {
            let folder = TemporaryFolder()
            var run = try SimulatedRun(folder: folder, seed: 4, growth: 5000)
            for second in 0..<80 { run.second(second, keeping: false) }
            let error = #expect(throws: StateLogError.self) { try StateLog.open(folder: folder.path, plan: run.plan) }
            #expect(error?.description.contains("in use by another master") == true)
            withExtendedLifetime(run.log) {}
        }

        /// Without room for the new log the old one goes on.
        @Test func withoutRoomForANewLogTheOldOneGoesOn() throws {
            let folder = TemporaryFolder()
            var run = try SimulatedRun(folder: folder, seed: 5)
            // Nobody can write there.
            mkdir("\(folder.path)/run.cicada.new", 0o700)
            for second in 0..<60 { run.second(second) }
            rmdir("\(folder.path)/run.cicada.new")
            let copy = folder.copy()
            guard case .takenUp(_, _, let resumption) = try StateLog.open(folder: copy.path, plan: run.plan) else {
                Issue.record("not taken up")
                return
            }
            #expect(run.difference(from: resumption) == nil)
        }

        @Test func theLatestRunsAreKept() throws {
            let folder = TemporaryFolder()
            let plan = try SamplePlan.make()
            for run in 1...10 {
                guard case .new(let log, _) = try StateLog.open(folder: folder.path, plan: plan) else { return }
                try log.begin(run: UInt64(run), planBytes: plan.encoded())
                var times = [timespec(tv_sec: time(nil) - 1000 + run, tv_nsec: 0), timespec(tv_sec: time(nil) - 1000 + run, tv_nsec: 0)]
                utimensat(AT_FDCWD, IntervalLog.path(folder: folder.path, run: UInt64(run)), &times, 0)
            }
            let runs = folder.files.filter { $0.hasPrefix("intervals-") }.map { $0.suffix(8).prefix(1) }
            #expect(runs.sorted() == ["4", "5", "6", "7", "8", "9", "a"])
        }
    }
}
