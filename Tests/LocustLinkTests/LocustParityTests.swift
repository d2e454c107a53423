import Foundation
import LoadModel
import LocustLink
import Statistics
import TestServers
import Testing

/// Our reports of samples, read and merged by the real Locust, against its own figures of the same samples.
@Suite(.serialized, .timeLimit(.minutes(2))) struct LocustParityTests {
    private struct Sample {
        var method: HTTPMethod
        var name: String
        var nanoseconds: Int64
        var bytes: Int64
        var error: String?
    }

    /// Merges reports with Locust's own listener and logs the samples with its own classes; prints what differs.
    private static let comparison = #"""
        import json, math, sys
        import msgpack
        from locust.event import Events
        from locust.stats import PERCENTILES_TO_REPORT, RequestStats, StatsError, setup_distributed_stats_event_listeners

        folder, reports = sys.argv[1], int(sys.argv[2])
        merged, events = RequestStats(), Events()
        setup_distributed_stats_event_listeners(events, merged)
        for number in range(reports):
            with open(f"{folder}/{number}.bin", "rb") as file:
                kind, data, node = msgpack.loads(file.read(), raw=False, strict_map_key=False)
            assert kind == "stats" and node == "h_1", (kind, node)
            events.worker_report.fire(client_id=node, data=data)
        own = RequestStats()
        with open(f"{folder}/samples.json") as file:
            for method, name, nanoseconds, size, error in json.load(file):
                own.log_request(method, name, nanoseconds / 1e6, size)
                if error:
                    own.log_error(method, name, error)

        def exact(entry):
            return [entry.num_requests, entry.num_none_requests, entry.num_failures, entry.min_response_time, entry.max_response_time,
                    entry.total_content_length, dict(entry.response_times), entry.median_response_time,
                    sum(entry.num_reqs_per_sec.values()), sum(entry.num_fail_per_sec.values())] + [
                        entry.get_response_time_percentile(p) for p in PERCENTILES_TO_REPORT]

        def compare(name, a, b):
            if exact(a) != exact(b):
                print(f"{name}: {exact(a)} instead of {exact(b)}")
            if not math.isclose(a.avg_response_time, b.avg_response_time, rel_tol=1e-9):
                print(f"{name}: mean {a.avg_response_time} instead of {b.avg_response_time}")

        if set(merged.entries) != set(own.entries):
            print(f"names {set(merged.entries)} instead of {set(own.entries)}")
        for key in list(own.entries):
            compare(key, merged.entries[key], own.entries[key])
        compare("total", merged.total, own.total)
        errors = lambda stats: {key: (e.method, e.name, e.error, e.occurrences) for key, e in stats.errors.items()}
        if errors(merged) != errors(own):
            print(f"errors {errors(merged)} instead of {errors(own)}")
        print("compared", own.total.num_requests, len(own.entries), len(own.errors))
        """#

    private static func samples(_ count: Int, seed: UInt64) -> [Sample] {
        var generator = SplitMix64(seed: seed)
        let errors = ["status 500", "it's \"late\"", "no connection: refused", "näher\n\u{200b}\\"]
        return (0..<count).map { index in
            // From microseconds to ten minutes, with halves of every grid among them.
            let magnitude = generator.next() % 10
            var time = Int64(generator.next() % 6 + 1)
            for _ in 0..<magnitude { time *= 10 }
            time += Int64(generator.next() % UInt64(max(time, 1)))
            if index % 5 == 0 { time = (time / 500_000 + 1) * 500_000 }
            let name = ["/", "/a", "/näh", "/it's"][Int(generator.next() % 4)]
            let method: HTTPMethod = generator.next() % 3 == 0 ? .post : .get
            let error = generator.next() % 7 == 0 ? errors[Int(generator.next() % 4)] : nil
            return Sample(
                method: method, name: name, nanoseconds: min(time, 600_000_000_000), bytes: Int64(generator.next() % 5000), error: error)
        }
    }

    /// Records the samples as an engine thread does; a report each `every` samples, for so many workers.
    private static func reports(_ samples: [Sample], workers: Int, every: Int) -> [[UInt8]] {
        var encoded: [[UInt8]] = []
        for worker in 0..<workers {
            let recorder = IntervalRecorder(isOnLocustGrid: true)
            var tally = LocustTally(start: 1_795_463_000.25)
            var now = 1_795_463_000.25
            for (index, sample) in samples.enumerated() where index % workers == worker {
                var name = sample.name
                let request = name.withUTF8 { recorder.request(method: sample.method, name: UnsafeRawBufferPointer($0)) }
                recorder.record(
                    RequestSample(
                        request: request, serviceTimeNanoseconds: sample.nanoseconds, responseTimeNanoseconds: sample.nanoseconds,
                        receivedBytes: sample.bytes, failure: sample.error.map { recorder.failure(of: request, reason: $0) } ?? .none))
                if index % 97 < workers {
                    now += 1
                    tally.add(recorder.takeSnapshot(), end: now)
                }
                // Some reports are not taken by the socket.
                if index % every < workers, index / every % 3 == 1 {
                    let refused = tally
                    _ = tally.take(users: [], now: now)
                    tally.merge(refused)
                } else if index % every < workers {
                    encoded.append(
                        LocustWorkerMessage.report(tally.take(users: [LocustUsers("Alpha", 1)], now: now)).encoded(nodeID: "h_1"))
                }
            }
            tally.add(recorder.takeSnapshot(), end: now + 0.4)
            encoded.append(LocustWorkerMessage.report(tally.take(users: [], now: now + 0.4)).encoded(nodeID: "h_1"))
            // An idle one changes nothing.
            encoded.append(LocustWorkerMessage.report(tally.take(users: [], now: now + 3)).encoded(nodeID: "h_1"))
        }
        return encoded
    }

    @Test(arguments: [(1, 1), (1000, 1), (20_000, 2), (5000, 5)]) func locustsFiguresAreItsOwn(count: Int, workers: Int) async throws {
        let samples = Self.samples(count, seed: UInt64(count))
        let end = try await onOwnThread {
            let folder = FileManager.default.temporaryDirectory.appending(path: "cicada-parity-\(UUID())").path
            try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
            defer { try? FileManager.default.removeItem(atPath: folder) }
            let rows: [[Any]] = samples.map { [$0.method.text, $0.name, $0.nanoseconds, $0.bytes, $0.error as Any? ?? NSNull()] }
            try JSONSerialization.data(withJSONObject: rows).write(to: URL(fileURLWithPath: "\(folder)/samples.json"))
            let reports = Self.reports(samples, workers: workers, every: 700)
            for (number, report) in reports.enumerated() { try Data(report).write(to: URL(fileURLWithPath: "\(folder)/\(number).bin")) }
            return try LocustProgram.runPython(Self.comparison, [folder, "\(reports.count)"], atMost: 60)
        }
        #expect(end.exitCode == 0, "\(end.errors)")
        let names = Set(samples.map { $0.method.text + $0.name }).count
        let errors = Set(samples.compactMap { sample in sample.error.map { sample.method.text + sample.name + $0 } }).count
        #expect(end.output == "compared \(count) \(names) \(errors)\n", "\(end.output.prefix(3000))")
    }
}
