import Foundation
import Statistics
import TestServers
import Testing

@testable import LocustLink

/// Our sums of Locust's reports, against Locust's own classes with the same reports.
struct LocustStatisticsTests {
    /// Three workers measure at random; their reports are printed as they would travel, and then what Locust's master makes of them.
    private static let program = """
        import json, random, sys, msgpack
        from locust.stats import RequestStats, StatsEntry
        chance = random.Random(int(sys.argv[1]))
        master = RequestStats()
        reports = []
        for worker in range(3):
            for turn in range(4):
                stats = RequestStats()
                for _ in range(chance.choice([1, 2, 7, 150])):
                    name = "/" + chance.choice("abc")
                    method = chance.choice(["GET", "POST", "MQTT"])
                    time = None if chance.random() < 0.05 else chance.choice([chance.uniform(0, 3), chance.uniform(0, 250), chance.lognormvariate(5, 2)])
                    stats.log_request(method, name, time, chance.randrange(1000))
                    if chance.random() < 0.2:
                        stats.log_error(method, name, ValueError(chance.choice(["a", "it's", "b"])))
                data = {
                    "stats": [e.get_stripped_report() for e in stats.entries.values()],
                    "stats_total": stats.total.get_stripped_report(),
                    "errors": stats.serialize_errors(),
                    "user_classes_count": {"Alpha": 1}, "user_count": 1}
                bytes_ = msgpack.packb(["stats", data, "w_%d" % worker])
                reports.append(bytes_.hex())
                data = msgpack.unpackb(bytes_, strict_map_key=False)[1]
                for entry in data["stats"]:
                    entry = StatsEntry.unserialize(entry, master)
                    key = (entry.name, entry.method)
                    master.entries.setdefault(key, StatsEntry(master, entry.name, entry.method)).extend(entry)
                master.total.extend(StatsEntry.unserialize(data["stats_total"], master))
        def figures(e):
            percentiles = [e.get_response_time_percentile(p) for p in (0.5, 0.66, 0.75, 0.8, 0.9, 0.95, 0.98, 0.99, 0.999, 0.9999, 1.0)]
            return {"name": e.name, "method": e.method or "", "requests": e.num_requests, "failures": e.num_failures, "median": e.median_response_time,
                "mean": e.avg_response_time, "min": e.min_response_time, "max": e.max_response_time, "size": e.avg_content_length,
                "percentiles": percentiles}
        print(json.dumps({"reports": reports, "entries": [figures(e) for e in master.entries.values()], "total": figures(master.total)}))
        """

    private struct Expected: Decodable, Sendable {
        struct Figures: Decodable, Sendable {
            var name: String
            var method: String
            var requests: Int64
            var failures: Int64
            var median: Double
            var mean: Double
            var min: Double?
            var max: Double
            var size: Double
            var percentiles: [Double]
        }
        var reports: [String]
        var entries: [Figures]
        var total: Figures
    }

    @Test(arguments: 1...6) func sameReportsGiveLocustsFigures(seed: Int) async throws {
        let end = try await onOwnThread { try LocustProgram.runPython(Self.program, ["\(seed)"], atMost: 60) }
        #expect(end.exitCode == 0, "\(end.errors)")
        let expected = try JSONDecoder().decode(Expected.self, from: Data(end.output.utf8))
        var result = RunResult(reading: .locust)
        for hex in expected.reports {
            let digits = Array(hex.utf8)
            let bytes = stride(from: 0, to: digits.count, by: 2).compactMap {
                UInt8(String(decoding: digits[$0..<$0 + 2], as: UTF8.self), radix: 16)
            }
            let (message, id) = try LocustWorkerMessage.decode(bytes)
            guard case .report(let report) = message else { throw RawConnectionError(what: "no report") }
            result.merge(report.snapshot(), fromWorker: id, second: 0)
        }
        #expect(result.requests.count == expected.entries.count)
        for figures in expected.entries {
            let entry = try #require(result.requests.first { $0.key?.name == figures.name && $0.key?.typeText == figures.method })
            check(entry, figures)
        }
        check(result.total(), expected.total)
        #expect(result.failures.reduce(0) { $0 + $1.count } == expected.total.failures)
    }

    private func check(_ entry: RequestStatistics, _ figures: Expected.Figures) {
        let times = entry.responseTime
        let milliseconds = { (value: Int64?) -> Double in Double(value ?? 0) / 1e6 }
        #expect(entry.requests == figures.requests && entry.failures == figures.failures)
        #expect(abs((entry.averageBytes ?? 0) - figures.size) < 1e-6)
        #expect(abs((times.averageNanoseconds ?? 0) / 1e6 - figures.mean) < 1e-5)
        #expect(abs(milliseconds(times.maxNanoseconds) - figures.max) < 1e-6)
        #expect(abs(milliseconds(times.minNanoseconds) - (figures.min ?? 0)) < 1e-6)
        #expect(abs(milliseconds(times.median(measurableBelow: nil)) - figures.median) < 1e-6, "\(figures)")
        let percentiles =
            times.nanoseconds(atPercentiles: Percentile.printed)?.map { Double($0) / 1e6 } ?? figures.percentiles.map { _ in 0 }
        #expect(percentiles == figures.percentiles, "\(figures.method) \(figures.name)")
    }
}
