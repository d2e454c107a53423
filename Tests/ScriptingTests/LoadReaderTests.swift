import Foundation
import LoadModel
import Testing

@testable import Scripting

/// `load { … }` and `thresholds { … }`.
struct LoadReaderTests {
    private static let user = "\nuser 'U' { task { 't', function() end } }"
    private static let second: Int64 = 1_000_000_000

    private func loaded(_ source: String, runTime: Int64? = nil) throws -> LoadedScript {
        let path = FileManager.default.temporaryDirectory.appending(path: "load-\(UUID().uuidString).lua").path()
        try Data((source + Self.user).utf8).write(to: URL(filePath: path))
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try Script.load(path: path, runTimeNanoseconds: runTime)
    }

    private func error(_ source: String) -> ScriptError? {
        do { _ = try loaded(source) } catch { return error as? ScriptError }
        return nil
    }

    @Test func aScriptNeedNotSayAnything() throws {
        let script = try loaded("")
        #expect(script.load == nil && script.scenario.thresholds.isEmpty)
    }

    @Test func everyFieldIsRead() throws {
        let load = try #require(
            loaded(
                """
                load {
                  arrival_stages = "1m:100/s, 2m:60/m", arrivals = "poisson", max_users = 70, max_lateness = "5s",
                  iterations = 1000, requests = 2000, warm_up = "10s", run_time = "5m",
                }
                """
            ).load)
        #expect(load.arrivalStages == LoadProfile(stages: [(60 * Self.second, nil, 100), (120 * Self.second, nil, 1)]))
        #expect(load.arrivals == .poisson && load.maxUsers == 70 && load.maxLatenessNanoseconds == 5 * Self.second)
        #expect(load.iterations == 1000 && load.requests == 2000 && load.warmUpNanoseconds == 10 * Self.second)
        #expect(load.runTimeNanoseconds == 300 * Self.second)
        #expect(load.sources[.maxUsers]?.hasPrefix("max_users (load-") == true && load.sources[.maxUsers]?.contains(".lua:2:") == true)
        let closed = try #require(loaded("load { users = 12, spawn_rate = 0.5 }").load)
        #expect(closed.users == 12 && closed.spawnRate == 0.5)
        #expect(try loaded("load { stages = '1m:9' }").load?.stages?.finalLevel == 9)
        #expect(try loaded("load { shape = 'ramp(from=0, to=8, over=1m)' }").load?.shape?.finalLevel == 8)
        #expect(try loaded("load { arrival_rate = '60/m' }").load?.arrivalRate == 1)
        #expect(try loaded("load { arrival_shape = 'ramp(from=0/s, to=8/s, over=1m)' }").load?.arrivalShape?.finalLevel == 8)
    }

    @Test func aFunctionIsAskedForEachSecond() throws {
        let source = "load { shape = function(s) if s < 4 then return 10 * s elseif s < 6 then return 5.5 end end }"
        let profile = try #require(loaded(source).load?.shape)
        #expect(profile.endNanoseconds == 6 * Self.second)
        for (second, level) in [(0, 0.0), (1, 10), (3, 30), (4, 5.5), (5, 5.5), (6, 5.5)] {
            #expect(profile.level(at: Int64(second) * Self.second) == level, "\(second)")
        }
        #expect(profile.level(at: Self.second / 2) == 5 && profile.lines.count == 3)
        let open = try loaded("load { arrival_shape = function(s) if s < 2 then return 0.25 end end }")
        #expect(open.load?.arrivalShape == LoadProfile(eachSecond: [0.25, 0.25]))
    }

    @Test func aFunctionWithoutAnEndLastsAsLongAsTheRun() throws {
        #expect(try loaded("load { shape = function() return 3 end, run_time = '90s' }").load?.shape?.endNanoseconds == 90 * Self.second)
        let shape = try loaded("load { shape = function() return 3 end, run_time = '90s' }", runTime: 5 * Self.second).load?.shape
        #expect(shape?.endNanoseconds == 5 * Self.second)
        let cut = try loaded("load { shape = function(s) return s end }", runTime: 4_500_000_000).load?.shape
        #expect(cut == LoadProfile(stages: [(5 * Self.second, 0, 5)]))
        let done = try loaded("load { shape = function(s) if s < 2 then return 3 end end }", runTime: 9 * Self.second).load?.shape
        #expect(done?.endNanoseconds == 2 * Self.second)
        #expect(error("load { shape = function() return 3 end }")?.message == "shape of load goes on for over 7 days")
    }

    @Test func whatALoadedScriptDeclaresIsNotOfTheWorkersConcern() throws {
        let source = "load { shape = function() error('planned elsewhere') end }" + Self.user
        #expect(try Script(name: "s.lua", source: Array(source.utf8)).scenario().userClasses.count == 1)
    }

    @Test(arguments: [
        ("load { user = 5 }", "load has no field 'user'", "did you mean 'users'?"),
        ("load { 5 }", "load has an item without a name", "write load {"),
        ("load(5)", "load needs one table, not number", ""),
        ("load('return 1')", "load needs one table, not string", ""),
        ("load { users = 1 }\nload { users = 2 }", "load is already declared on line 1", ""),
        ("load { users = 1.5 }", "users of load must be a whole number from 1 to 10000000, not 1.5", "write users = 100"),
        ("load { users = '5' }", "users of load must be a whole number from 1 to 10000000, not the text \"5\"", ""),
        ("load { users = 1e300 }", "users of load must be a whole number", ""),
        ("load { max_users = 0 }", "max_users of load must be a whole number from 1", ""),
        ("load { spawn_rate = 0/0 }", "spawn_rate of load must be a number above 0, not NaN", "spawn_rate = 10"),
        ("load { run_time = 600 }", "run_time of load: the time has no unit (character 1: '600')", "600s (seconds) or 600m (minutes)"),
        ("load { arrival_rate = 1000 }", "arrival_rate of load: the rate has no unit", "1000/s (starts per second) or 1000/m"),
        ("load { stages = '1m:5, 2m' }", "stages of load: stage 2 has no level (character 7: '2m')", "2m:1000"),
        ("load { stages = { 1 } }", "stages of load must be a text, not a table", "stages = \"2m:1000"),
        ("load { arrivals = 'even' }", "arrivals of load: must be constant or poisson, not 'even'", "poisson"),
        ("load { shape = true }", "shape of load must be a text or a function, not true", "spike("),
        ("load { shape = function() end }", "shape of load gives nil for second 0", "return users first"),
        ("load { shape = function(s) if s < 3 then return 0 end end }", "shape of load gives 0 for every second", "above 0"),
        (
            "load { shape = function(s) return -s end }",
            "shape of load must give a number from 0 to 10000000 or nil, but for second 1 it gives -1", ""
        ),
        ("load { shape = function(s) return 0/0 end }", "shape of load must give a number", "return users"),
        ("load { shape = function(s) return '5' end }", "shape of load must give a number", "return users"),
        ("load { arrival_shape = function(s) return 1e9 end }", "arrival_shape of load must give a number", "return starts per second"),
        ("load { shape = function(s) return nosuch end }", "shape of load gives nil for second 0", ""),
        ("load { shape = function(s) return nosuch() end }", "attempt to call a nil value (global 'nosuch')", ""),
        ("load { shape = function(s) error('no') end }", "no", ""),
    ])
    func saysWhatIsWrong(source: String, message: String, remedy: String) {
        let error = error(source)
        #expect(
            error?.message.hasPrefix(message) == true && (remedy.isEmpty || error?.remedy.contains(remedy) == true),
            "\(error.debugDescription)")
        #expect(error?.line ?? 0 >= 1)
    }

    /// What would differ from one evaluation to the next, or reach outside, is an error in a shape as at the top level.
    @Test(arguments: [
        "time()", "uuid()", "math.random()", "random.text(5)", "timestamp()", "sleep(1)", "stop_run('x')", "timing('t', 1)",
        "load { users = 5 }",
        "user 'X' {}", "data('x.csv')", "file('x')", "setup(function() end)", "thresholds { 'p95 < 1s' }", "task { 't', function() end }",
    ])
    func effectsAreErrorsInAShape(call: String) {
        let error = error("load { shape = function(s) if s == 2 then return nil end \(call) return 1 end }")
        #expect(error != nil && error?.line == 1, "\(call)")
    }

    @Test func aShapeThatNeverComesBackIsStopped() {
        let error = error("load { shape = function() while true do end end }")
        #expect(error?.message.contains("computed for over") == true, "\(error.debugDescription)")
    }

    @Test func thresholdsAreTextsWithAPlace() throws {
        let thresholds = try loaded(
            """
            local limit = "p95 < 200ms"
            thresholds { limit, { "failure_rate < 1%", abort = true }, { "p99 < 1s", abort_after = "30s" } }
            """
        ).scenario.thresholds
        #expect(thresholds.map(\.text) == ["p95 < 200ms", "failure_rate < 1%", "p99 < 1s"])
        #expect(thresholds.map(\.aborts) == [false, true, true] && thresholds.map(\.abortAfter) == [nil, nil, "30s"])
        #expect(thresholds.allSatisfy { $0.place.hasSuffix(".lua:2") })
    }

    @Test(arguments: [
        ("thresholds('p95 < 1s')", "thresholds needs one table, not string"),
        ("thresholds { p95 = '< 1s' }", "thresholds has no field 'p95'"),
        ("thresholds { 5 }", "threshold 1 must be a text, not the number 5"),
        ("thresholds { 'p95 < 1s', {} }", "threshold 2 must be one text"),
        ("thresholds { { 'a', 'b' } }", "threshold 1 must be one text"),
        ("thresholds { { 'a', abort = 1 } }", "abort of threshold 1 must be true or false"),
        ("thresholds { { 'a', abort_after = 30 } }", "abort_after of threshold 1 must be a text"),
        ("thresholds { { 'a', abrot = true } }", "threshold 1 has no field 'abrot'"),
        ("thresholds { 'a' }\nthresholds { 'b' }", "thresholds is already declared on line 1"),
        ("local t = {} for i = 1, 1001 do t[i] = 'p95 < 1s' end thresholds(t)", "thresholds has 1001 items"),
    ])
    func saysWhatIsWrongWithThresholds(source: String, message: String) {
        let error = error(source)
        #expect(error?.message.hasPrefix(message) == true && error?.line != nil, "\(error.debugDescription)")
    }
}
