import Foundation
import LoadModel
import Statistics
import Testing

@testable import Reporting

@Suite struct LocustJSONTests {
    private static func view(_ result: RunResult = SampleRun.result(), seconds: Int = 20) -> LocustView {
        var view = LocustView(info: SampleRun.info, classes: [UserClass(name: "MetricsUser", tasks: [ScenarioTask(name: "metrics")])])
        view.state = .running
        view.digest = RunDigest(result, seconds: seconds)
        view.seconds = seconds
        view.users = 1000
        view.usersByClass = [1000]
        view.workers = [
            worker("a", "running", users: 600), worker("b", "spawning", users: 400), worker("c", "lost", users: 0),
            worker("d", "left", users: 0), worker("e", "silent", users: 0),
        ]
        for second in 0..<max(seconds, 1) {
            let upTo = SampleRun.result(seconds: min(second + 1, 20))
            view.recent.note(upTo.requests.map { request in (request, { request.responseTime }) }, second: second)
        }
        return view
    }

    private static func worker(_ name: String, _ state: String, users: Int) -> WorkerRow {
        WorkerRow(
            name: name, host: "h", state: state, users: users, usersDealt: users, capacity: 1000, requestsPerSecond: 50, cpuPercent: 12.5,
            memoryBytes: 52_428_800, lagNanoseconds: 0, deltaAgeNanoseconds: nil, silenceNanoseconds: 0, issued: 1, merged: 1,
            interrupted: 0)
    }

    private static func object(_ text: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
    }

    @Test func requestsAreGolden() throws { try expectGolden("locust-requests.json", LocustJSON.requests(Self.view())) }

    @Test func exceptionsAreGolden() throws {
        try expectGolden("locust-exceptions.json", LocustJSON.exceptions(RunDigest(SampleRun.result())))
    }

    @Test func theTotalIsLastAndOfAll() throws {
        let document = try Self.object(LocustJSON.requests(Self.view()))
        let stats = try #require(document["stats"] as? [[String: Any]])
        #expect(stats.map { $0["name"] as? String } == ["/login", "/metrics", "Aggregated"])
        #expect(stats.last?["method"] as? String == "" && stats.last?["num_requests"] as? Int == 2000)
        #expect(document["worker_count"] as? Int == 3)
        let workers = try #require(document["workers"] as? [[String: Any]])
        #expect(workers.map { $0["state"] as? String } == ["running", "spawning", "missing", "running"])
    }

    /// Locust's figure stands still when the target hangs: it looks at the seconds before the last request.
    @Test func currentRatesAreOfNow() throws {
        func rates(_ seconds: Int) throws -> [Double] {
            let document = try Self.object(LocustJSON.requests(Self.view(seconds: seconds)))
            let stats = try #require(document["stats"] as? [[String: Any]])
            let own = try #require(document["current_rps"] as? Double)
            return [own] + stats.compactMap { $0["current_rps"] as? Double }
        }
        #expect(try rates(20) == [100, 2, 98, 100])
        #expect(try rates(25) == [50, 1, 49, 50])
        #expect(try rates(31) == [0, 0, 0, 0])
    }

    /// Before anything was measured there are zeros as in Locust, and no NaN, which is no JSON.
    @Test func nothingIsZerosAndNulls() throws {
        var view = LocustView(info: SampleRun.info, classes: [])
        view.info.elapsedNanoseconds = 0
        let document = try Self.object(LocustJSON.requests(view))
        let total = try #require((document["stats"] as? [[String: Any]])?.first)
        #expect(total.filter { !($0.value is String) }.allSatisfy { ($0.value as? Double) == 0 }, "\(total)")
        let current = try #require(document["current_response_time_percentiles"] as? [String: Any])
        #expect(current.count == 2 && current.values.allSatisfy { $0 is NSNull })
        #expect(document["state"] as? String == "ready")
        #expect(try Self.object(LocustJSON.tasks(view)).count == 2)
        #expect(try Self.object(LocustJSON.workerCount(view))["worker_count"] as? Int == 0)
    }

    @Test func whatCannotBeToldIsNull() throws {
        var view = LocustView(info: SampleRun.openInfo, classes: [])
        view.digest = RunDigest(SampleRun.openResult(dropped: 400))
        let stats = try #require(try Self.object(LocustJSON.requests(view))["stats"] as? [[String: Any]])
        #expect(stats.allSatisfy { $0["response_time_percentile_0.99"] is NSNull && $0["median_response_time"] is Double }, "\(stats)")
    }

    /// Shares by weight; a sequence's items have equal ones; what has the same name counts together.
    @Test func tasksHaveTheirShares() throws {
        let group = TaskGroup(name: "checkout", weight: 1, order: .sequential, items: [.task(2), .task(3)])
        let shopper = UserClass(
            name: "Shopper", tasks: ["browse", "browse", "cart", "pay"].map { ScenarioTask(name: $0, weight: $0 == "browse" ? 2 : 1) },
            order: TaskGroup(items: [.task(0), .task(1), .group(group)]))
        var view = LocustView(info: SampleRun.info, classes: [shopper, UserClass(name: "Guest", tasks: [ScenarioTask(name: "home")])])
        view.usersByClass = [3, 1]
        let document = try Self.object(LocustJSON.tasks(view))
        func ratio(_ path: String...) throws -> Double {
            var object = document
            for name in path {
                object = try #require((object[name] ?? (object["tasks"] as? [String: Any])?[name]) as? [String: Any], "\(path)")
            }
            return try #require(object["ratio"] as? Double)
        }
        #expect(try ratio("per_class", "Shopper") == 0.75 && ratio("per_class", "Guest") == 0.25)
        #expect(try ratio("per_class", "Shopper", "browse") == 0.8 && ratio("per_class", "Shopper", "checkout") == 0.2)
        // As in Locust: of a class's figures each is among those beside it.
        #expect(try ratio("per_class", "Shopper", "checkout", "pay") == 0.5)
        #expect(try abs(ratio("total", "Shopper", "checkout", "pay") - 0.075) < 1e-9)
        #expect(try ratio("total", "Shopper", "browse") == 0.6 && ratio("total", "Guest", "home") == 0.25)
    }
}
