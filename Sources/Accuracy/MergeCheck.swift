import Glibc
import LoadModel
import Statistics

/// Histograms of many workers are merged by adding counts: nothing depends on who measured what, or in which order it came.
package enum MergeCheck {
    package static func rows(_ bench: Workbench) throws -> [AccuracyRow] { [wholeRow(workers: 64, samplesEach: 2000), bimodalRow()] }

    /// Deltas of so many workers, several each, in any order and with duplicates, against one histogram of all samples. That a delta which comes again is told
    /// by its number is the master's part; ClusterTests have it from real masters.
    static func wholeRow(workers: Int, samplesEach: Int) -> AccuracyRow {
        var generator = SplitMix64(seed: 5)
        var whole = TimeHistogram(.threeDigits)
        var deltas: [(worker: Int, number: Int, snapshot: IntervalSnapshot)] = []
        for worker in 0..<workers {
            for number in 1...4 {
                // From 1 µs to 11 s, evenly on a scale of powers.
                let times = (0..<samplesEach / 4).map { _ in Int64(1000 * pow(1.5, generator.nextUnit() * 40)) }
                for time in times { whole.add(microseconds: (time + 500) / 1000) }
                deltas.append((worker, number, snapshot(times)))
            }
        }
        // Each once more, then all of them shuffled; a delta is merged once.
        deltas += deltas
        deltas.shuffle(using: &generator)
        var result = RunResult()
        var merged: Set<Int> = []
        for delta in deltas where merged.insert(delta.worker * 10 + delta.number).inserted {
            result.merge(delta.snapshot, fromWorker: "\(delta.worker)", second: delta.number)
        }
        let isEqual = result.total().responseTime.histogram == whole
        return AccuracyRow(
            "merge",
            "\(2 * workers * 4) deltas of \(workers) workers, half of them duplicates, against one histogram of \(workers * samplesEach) samples",
            expected: "equal", measured: isEqual ? "equal" : "not equal", deviation: isEqual ? "0" : "–", bar: "0", isHeld: isEqual)
    }

    /// The samples of gatling/gatling#4715: 96 between 0 and 7 ms, 6 of 1502 or 1503 ms.
    static func bimodalRow() -> AccuracyRow {
        let milliseconds = (0..<96).map { Int64($0 % 8) } + [1502, 1502, 1502, 1503, 1503, 1503]
        var found: Set<Int64> = []
        for parts in [1, 2, 17, 64] {
            var result = RunResult()
            for part in 0..<parts {
                let times = milliseconds.indices.filter { $0 % parts == part }.map { milliseconds[$0] * 1_000_000 }
                result.merge(snapshot(times), fromWorker: "\(part)", second: 0)
            }
            found.insert(result.total().responseTime.nanoseconds(atPercentile: 95) ?? 0)
        }
        let isHeld = found.count == 1 && abs(Double(found.first ?? 0) / 1e6 - 1502) <= 1.502
        return AccuracyRow(
            "merge", "p95 of the 102 samples of gatling#4715, in 1, 2, 17 and 64 parts", expected: "1502 ms",
            measured: found.sorted().map { Figures.time(Double($0) / 1e9) }.joined(separator: ", "),
            deviation: found.count == 1 ? "0" : "–",
            bar: "± 0.1 %", isHeld: isHeld)
    }

    /// What one engine thread measured: requests of one name with these service times.
    private static func snapshot(_ nanoseconds: [Int64]) -> IntervalSnapshot {
        let recorder = IntervalRecorder()
        let request = Array("/".utf8).withUnsafeBytes { recorder.request(method: .get, name: $0) }
        for time in nanoseconds {
            recorder.record(RequestSample(request: request, serviceTimeNanoseconds: time, responseTimeNanoseconds: time, status: 200))
        }
        return recorder.takeSnapshot()
    }
}
