import Glibc
import LoadModel
import Statistics
import Testing

@testable import Wire

/// Print what a delta costs the master, in CPU time of the thread; meaningful in a release build
/// (`swift test -c release -Xswiftc -enable-testing --filter WireCostTests`). The check is looser than the bar of 0.5 ms, so that a busy
/// machine does not fail it, and is made in release builds only.
@Suite(.serialized) struct WireCostTests {
    /// 100 names with 500 distinct values each, from 1 µs to 10 s; with late starts response and service times differ.
    private func delta(late: Bool) -> WorkerMessage {
        let recorder = IntervalRecorder()
        var random = SplitMix64(seed: 9)
        let times = (0..<500).map { _ in
            Int64.random(in: 1000...10_000_000_000, using: &random) >> Int64.random(in: 0...20, using: &random)
        }
        for name in 0..<100 {
            let request = recorder.request(.get, "/name/\(name)")
            for time in times {
                recorder.record(
                    RequestSample(
                        request: request, serviceTimeNanoseconds: time, responseTimeNanoseconds: late ? time + time / 8 : time, status: 200)
                )
            }
        }
        return .delta(SampleMessages.delta(recorder.takeSnapshot()))
    }

    private func cpuMicroseconds() -> Double {
        var time = timespec()
        clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
        return Double(time.tv_sec) * 1e6 + Double(time.tv_nsec) / 1e3
    }

    #if DEBUG
    private static let rounds = 3
    #else
    private static let rounds = 201
    #endif

    @Test(arguments: [false, true]) func takingADelta(late: Bool) throws {
        let bytes = delta(late: late).encoded(nodeID: SampleMessages.nodeID)
        let file = try #require(tmpfile())
        defer { fclose(file) }
        var result = RunResult()
        var costs: [(decode: Double, merge: Double, write: Double)] = []
        var cells = 0
        for second in 0..<Self.rounds {
            let start = cpuMicroseconds()
            let (message, nodeID) = try WorkerMessage.decode(bytes)
            let decoded = cpuMicroseconds()
            guard case .delta(let delta) = message else { return }
            result.merge(delta.snapshot, fromWorker: nodeID, second: second)
            let merged = cpuMicroseconds()
            _ = bytes.withUnsafeBytes { pwrite(fileno(file), $0.baseAddress, $0.count, 0) }
            _ = MasterMessage.acknowledge(delta: delta.number).encoded(nodeID: nodeID)
            costs.append((decoded - start, merged - decoded, cpuMicroseconds() - merged))
            cells = delta.snapshot.cells.count
        }
        print("cost: a delta of \(cells) cells, \(bytes.count) bytes, \(costs.count) times; µs: least, median, greatest")
        for (name, part) in [
            ("decode", costs.map(\.decode)), ("merge", costs.map(\.merge)), ("write and acknowledge", costs.map(\.write)),
            ("all", costs.map { $0.decode + $0.merge + $0.write }),
        ] {
            let sorted = part.sorted()
            print("cost:   \(name): \(Int(sorted[0])), \(Int(sorted[sorted.count / 2])), \(Int(sorted[sorted.count - 1]))")
        }
        #if !DEBUG
        #expect(costs.map { $0.decode + $0.merge + $0.write }.sorted()[costs.count / 2] < 5000)
        #endif
    }
}
