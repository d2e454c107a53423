import Foundation
import TestServers
import Testing

extension ProgramTests {
    /// Flags, settings and a script's `load` as one: what holds, how it is said, and what is refused before the run.
    struct LoadFlagsTests {
        private static let user =
            #"user "U" { host = "http://shop.test", wait = constant(1), task { "t", function(self) self.http:get("/") end } }"#

        private func validate(
            _ arguments: [String], script: String = user, file: String? = nil, environment: [String: String] = [:]
        ) async throws -> RunningProgram.End {
            let folder = try TestFolder()
            _ = try folder.file("shop.lua", script)
            if let file { _ = try folder.file("cicada.yaml", file) }
            return try await CicadaCall.run(["validate", "shop.lua"] + arguments, in: folder.path, environment: environment)
        }

        @Test(arguments: [
            (["-u", "100", "-r", "10"], ["100 users at 10 per second", "all users are there after 9.9 s", "runs until Ctrl-C"]),
            (
                ["--stages", "2m:1000, 10m:1000, 1m:0"],
                [
                    "0:00 to 2:00     0 to 1,000 users", "2:00 to 12:00    1,000 users", "12:00 to 13:00   1,000 to 0 users",
                    "runs for 13 m", "1,000 of 1,000",
                ]
            ),
            (
                ["--shape", "sine(mean=500, amplitude=200, period=10m, for=1h)"],
                ["at 5:00", "500 users", "at most   700 users", "runs for 1 h"]
            ),
            (
                ["--arrival-rate", "1000/s", "--max-users", "500", "--run-time", "1m", "--max-lateness", "5s"],
                [
                    "open model", "1,000 starts/s", "500 at most, their wait is not used", "an iteration takes 500 ms or less on average",
                    "dropped when it has waited 5 s", "60,000 iterations", "all starts, 500 of 500 users", "wait         not used",
                ]
            ),
            (
                ["--arrival-stages", "1m:60/m, 1m:60/m", "--arrivals", "poisson", "--iterations", "20"],
                ["at random, as a Poisson process", "0:00 to 1:00   0/s to 1/s", "20 iterations", "at most 20 iterations"]
            ),
            (["-t", "1m", "--warm-up", "10s", "--requests", "5000"], ["for 1 m, at most 5,000 requests", "the first 10 s are warm-up"]),
            (["-u", "100", "-t", "20s"], ["warning: the run ends before all users are there: only 20"]),
            (["--stages", "2m:10", "-t", "1m"], ["warning: the run ends after 1 m, before its stages do (2 m)"]),
            (["--arrival-rate", "1/s", "-t", "10s", "--iterations", "50"], ["warning: only 10 iterations fall into the run"]),
        ])
        func whatWillHappenIsSaid(arguments: [String], words: [String]) async throws {
            let end = try await validate(arguments)
            #expect(end.exitCode == 0 && end.errors.isEmpty, "\(end)")
            for words in words { #expect(end.output.contains(words), "\(words): \(end.output)") }
        }

        @Test(arguments: [
            (
                ["--arrival-rate", "1000"], "--arrival-rate: the rate has no unit (character 1: '1000')",
                "1000/s (starts per second) or 1000/m (per minute)"
            ),
            (["--stages", "2m:10, 5m"], "--stages: stage 2 has no level (character 8: '5m')", "2m:1000"),
            (["--shape", "spike(base=1)"], "--shape: spike lacks 'peak' and 'at' and 'for'", "spike(base=100, peak=1000, at=1m, for=30s)"),
            (["--warm-up", "30"], "--warm-up: the time has no unit", "30s (seconds) or 30m (minutes)"),
            (["--max-lateness=-5s", "--arrival-rate", "1/s"], "--max-lateness: the time is below 0", "0s or more"),
            (["--arrivals", "even", "--arrival-rate", "1/s"], "--arrivals: must be constant or poisson, not 'even'", "poisson"),
            (["--max-users", "0"], "--max-users is '0'; it must be a whole number of at least 1", ""),
            (["--iterations", "many"], "--iterations is 'many'; it must be a whole number", ""),
            (["--stages", "1m:10", "--arrival-rate", "3/s"], "--stages and --arrival-rate both say how much load there is", "--max-users"),
            (["-u", "5", "--stages", "1m:10"], "--users and --stages both say", "leave one of them out"),
            (["--max-users", "5"], "--max-users belongs to the open model", "--arrival-rate"),
            (["--warm-up", "2m", "-t", "1m"], "--warm-up is 2 m, but the run lasts 1 m", ""),
            (["--stages", "1m:10000001"], "more than a run can have", "at most 10000000 users"),
        ])
        func whatCannotBeIsRefused(arguments: [String], problem: String, remedy: String) async throws {
            for command in ["validate", "run"] {
                let folder = try TestFolder()
                _ = try folder.file("shop.lua", Self.user)
                let end = try await CicadaCall.run([command, "shop.lua"] + arguments, in: folder.path)
                #expect(end.exitCode == 2, "\(end)")
                #expect(end.output.isEmpty && end.errors.contains(problem) && (remedy.isEmpty || end.errors.contains(remedy)), "\(end)")
            }
        }

        @Test func aClassThatNobodyCouldServeIsRefused() async throws {
            let rare = Self.user + "\n" + #"user "Rare" { weight = 0.001, host = "http://shop.test", task { "r", function(self) end } }"#
            let end = try await validate(["--arrival-rate", "5/s", "--max-users", "10"], script: rare)
            #expect(end.exitCode == 2 && end.errors.contains("user class \"Rare\" would have none of the 10 users"), "\(end)")
            let fixed = Self.user + "\n" + #"user "Admin" { fixed_count = 2, host = "http://shop.test", task { "r", function(self) end } }"#
            let admin = try await validate(["--arrival-rate", "5/s"], script: fixed)
            #expect(admin.exitCode == 2 && admin.errors.contains("\"Admin\" has a fixed_count"), "\(admin)")
        }

        /// Flag before variable before file before script, each field by itself but the model as a whole.
        @Test func whoSaysHowMuchLoadThereIsSaysAllOfIt() async throws {
            let script = #"load { arrival_rate = "5/s", max_users = 7, run_time = "1m", warm_up = "3s" }"# + "\n" + Self.user
            let own = try await validate([], script: script)
            #expect(own.exitCode == 0 && own.output.contains("5 starts/s") && own.output.contains("users        7 at most"), "\(own)")
            let pool = try await validate(["--max-users", "9", "--arrivals", "poisson"], script: script)
            #expect(pool.output.contains("5 starts/s") && pool.output.contains("users        9 at most"), "\(pool)")
            #expect(pool.output.contains("at random"), "\(pool)")
            let closed = try await validate(["-u", "4"], script: script, environment: ["CICADA_RUN_TIME": "2m"])
            #expect(closed.exitCode == 0 && closed.output.contains("4 users at 1 per second"), "\(closed)")
            #expect(closed.output.contains("for 2 m; the first 3 s are warm-up"), "\(closed)")
            let file = try await validate([], script: script, file: "users: 20\nspawn-rate: 5\n")
            #expect(file.output.contains("20 users at 5 per second"), "\(file)")
            let both = try await validate(["--arrival-rate", "8/s"], script: script, file: "users: 20\nspawn-rate: 5\n")
            #expect(both.exitCode == 0 && both.output.contains("8 starts/s"), "\(both)")
            let clash = try await validate([], script: script, file: "users: 20\nstages: '1m:5'\n")
            #expect(
                clash.exitCode == 2 && clash.errors.contains("users (cicada.yaml:1:8) and stages (cicada.yaml:2:9) both say"), "\(clash)")
        }

        @Test func aShapeOfTheScriptIsSaidAndItsMistakesHaveAPlace() async throws {
            let script = "load { shape = function(s) if s < 90 then return s * 2 end end }\n" + Self.user
            let end = try await validate([], script: script)
            #expect(end.exitCode == 0 && end.output.contains("0:00 to 1:29   0 to 178 users"), "\(end)")
            #expect(end.output.contains("runs for 1 m 30 s"), "\(end)")
            let wrong = try await validate([], script: "load {\n  shape = function(s) return 'x' end }\n" + Self.user)
            #expect(wrong.exitCode == 2 && wrong.errors.contains("shop.lua:2:3: shape of load must give a number"), "\(wrong)")
        }
    }
}
