import EventLoop
import Glibc
import LoadModel
import Statistics
import Testing
import Wire

@testable import Cluster

// Within a suite of others that limit how long files of this process may grow: one after the other.
extension StateLogTests {
    /// A week of a run in virtual time, a master with its log and two workers: what is held in memory and on disk does not grow with it, and all of it adds up.
    ///
    /// `CICADA_WEEK_STEP=1` lets each worker deliver every second, as they do (for hours in a debug build); otherwise once in 10 minutes. `CICADA_WEEK_ALONE=1`: nothing else runs in this process, so that its memory can be judged.
    @Suite(.serialized) struct WeekTests {
        private static let length = 604_800
        private static let names = 10

        private static var residentBytes: Int {
            guard let file = fopen("/proc/self/statm", "r") else { return 0 }
            defer { fclose(file) }
            var text = [CChar](repeating: 0, count: 256)
            _ = fgets(&text, 256, file)
            let fields = String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self).split(separator: " ")
            return fields.count > 1 ? (Int(fields[1]) ?? 0) * 4096 : 0
        }

        private static func number(_ name: String) -> Int? { getenv(name).flatMap { Int(String(cString: $0)) } }

        /// What a day looked like.
        private struct Day {
            var resident = 0
            var points = 0
            var state: Int64 = 0
            var intervals: Int64 = 0
        }

        @Test func aWeekIsBoundedAndAddsUp() throws {
            let step = Self.number("CICADA_WEEK_STEP") ?? 600
            let folder = TemporaryFolder()
            var master = try MasterHarness(users: 10, workers: 2)
            let plan = master.state.plan
            guard case .new(let log, _) = try StateLog.open(folder: folder.path, plan: plan) else { return }
            // Less comes than in a real week: it is written anew as often.
            if step > 60 { log.growth = 300_000 }
            try log.begin(run: 5, planBytes: plan.encoded())
            let workers = ["a", "b"]
            for name in workers { master.join(name) }
            let startedAt = try #require(master.state.startedAt)
            log.noteStart(startedAt, now: master.now, wall: SimulatedRun.start)

            var random = SplitMix64(seed: 1)
            let pool = (0..<40).map { _ in SampleSnapshot.make(using: &random, names: Self.names, samples: 5...20) }
            var issued: [Int64] = [0, 0]
            var byTenMinutes = [Int64](repeating: 0, count: Self.length / 600)
            var days: [Day] = []
            var (largestState, largestTurn) = (Int64(0), 0.0)
            var number = 0
            for second in stride(from: step, through: Self.length - 1, by: step) {
                master.now = startedAt + Int64(second) * 1_000_000_000 + MasterState.progressDelayNanoseconds
                number += 1
                for (index, name) in workers.enumerated() {
                    let snapshot = pool[Int(random.next() % 40)]
                    issued[index] += snapshot.issued
                    master.heartbeat(name, issued: issued[index])
                    let delta = WorkerDelta(number: number, run: 5, snapshot: snapshot, users: 5, openConnections: 5, lagNanoseconds: 0)
                    let peer = Peer(name: name, session: 1)
                    #expect(master.state.isNew(delta, from: peer))
                    let told = master.state.second(of: delta, now: master.now)
                    byTenMinutes[told / 600] += snapshot.requests.reduce(0) { $0 + $1.requests }
                    let bytes = WorkerMessage.delta(delta).encoded(nodeID: name)
                    #expect(bytes.withUnsafeBytes { log.append($0, delta, peer: peer, account: name, second: told) } == nil)
                    master.tell(name, .delta(delta))
                }
                master.event(.tick)
                let begin = MonotonicClock.nanoseconds()
                log.note(master.state.standings(now: master.now), wall: SimulatedRun.start + Int64(second) * 1_000_000_000)
                log.turn(master.state.result, users: master.state.users, second: master.state.usersSecond)
                largestTurn = max(largestTurn, Double(MonotonicClock.nanoseconds() - begin) / 1e6)
                if number % 4 == 0 {
                    largestState = max(largestState, Int64(folder.size(of: "run.cicada") + folder.size(of: "run.cicada.new")))
                }
                if second / 86_400 > days.count {
                    days.append(
                        Day(
                            resident: Self.residentBytes, points: master.state.result.history.points.count,
                            state: Int64(folder.size(of: "run.cicada")), intervals: folder.bytes - Int64(folder.size(of: "run.cicada"))))
                }
            }
            for (index, day) in days.enumerated() {
                print(
                    "week: day \(index + 1): \(day.resident >> 10) KiB resident, \(day.points) points, state \(day.state) B, intervals \(day.intervals) B"
                )
            }
            let slope = Self.slope(days.dropFirst().map { Double($0.resident) / 1024 })
            print(
                "week: \(Int(slope)) KiB a day from day 2 on; state at most \(largestState) B; longest turn \(Int(largestTurn.rounded())) ms"
            )

            // What a master would take up is what this one has.
            let copy = folder.copy()
            let content = try #require(try Self.content(of: copy))
            #expect(content.result == master.state.result && content.book.sessions.mapValues(\.lastDelta) == ["a": number, "b": number])
            // And any part of the week is still there, to its resolution.
            #expect(log.close(elapsed: Int64(Self.length) * 1_000_000_000, because: nil) == nil)
            let archive = try IntervalArchive(folder: folder.path)
            let (early, whole) = (try archive.part(from: 7200, to: 10_800), try archive.part(from: 0, to: Self.length))
            #expect(early.from == 7200 && early.to == 10_800 && early.result.total().requests == byTenMinutes[12..<18].reduce(0, +))
            #expect(whole.result.requests == master.state.result.requests && whole.result.total().requests == byTenMinutes.reduce(0, +))

            #expect(largestState < 32 << 20 && days.allSatisfy { $0.intervals < 64 << 20 && $0.points < 12_000 })
            // From the third day on every kind of interval is there; what still comes are the coarse ones.
            if let last = days.last { #expect(last.intervals < 3 * days[2].intervals, "\(days.map(\.intervals))") }
            if Self.number("CICADA_WEEK_ALONE") != nil { #expect(slope < 2048, "\(slope) KiB a day") }
        }

        private static func content(of folder: TemporaryFolder) throws -> StateReader.Content? {
            let file = try RecordFile(folder.log)
            return try StateReader.read(file.descriptor, path: folder.log, now: WallClock.nanoseconds())
        }

        /// Of the line of least squares through values at 0, 1, 2, …
        private static func slope(_ values: [Double]) -> Double {
            let count = Double(values.count)
            guard count > 1 else { return 0 }
            let (x, y) = ((count - 1) / 2, values.reduce(0, +) / count)
            var (above, below) = (0.0, 0.0)
            for (index, value) in values.enumerated() {
                above += (Double(index) - x) * (value - y)
                below += (Double(index) - x) * (Double(index) - x)
            }
            return above / below
        }
    }
}
