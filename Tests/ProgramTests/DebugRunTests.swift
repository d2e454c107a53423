import Foundation
import TestServers
import Testing

extension ProgramTests {
    /// `cicada run --debug`: each task once, and everything that happens.
    struct DebugRunTests {
        private static let script = #"""
            setup(function(self) self.http:get("/setup") return { n = 1 } end)
            teardown(function(self) self.http:get("/teardown") end)
            user "Member" {
              on_start = function(self) self.http:post("/start", { form = { a = "b c" }, headers = { ["X-Test"] = "yes" } }) end,
              on_stop = function(self) self.http:get("/stop") end,
              task { "first", weight = 99, function(self)
                local r = self.http:get("/missing", { name = "missing" })
                check(r, "has a word", r.body:find("word"))
                sleep(0.05)
                print("status", r.status)
              end },
              sequence { "s", rounds = 7,
                task { "broken", function(self) error("out of order") end },
                task { "last", function(self) self.http:put("/last", { json = { list = { 1, 2 } } }) counter("done") timing("page", 0.125) end } },
            }
            user "Guest" { task { "home", function(self) self.http:get("/guest") stop_user() end }, task { "never", function(self) self.http:get("/never") end } }
            """#

        private func debug(
            _ script: String = script, _ arguments: [String] = [], environment: [String: String] = [:], files: [String: String] = [:],
            answer: @escaping @Sendable (ScriptedServer.Request) -> [ScriptedServer.Step] = { request in
                request.line.contains("/missing")
                    ? ScriptedServer.answer("no w0rd here", status: "404 Not Found", headers: ["X-From: server"])
                    : ScriptedServer.answer("fine")
            }
        ) async throws -> (end: RunningProgram.End, lines: [String]) {
            try await onOwnThread {
                let server = try ScriptedServer(answer)
                defer { server.stop() }
                let folder = try TestFolder()
                _ = try folder.file("s.lua", script)
                for (name, content) in files { _ = try folder.file(name, content) }
                let end = try CicadaCall.now(
                    ["run", "--debug", "s.lua", "--host", server.url, "--csv", "\(folder.path)/no"] + arguments, in: folder.path,
                    environment: environment)
                #expect(!FileManager.default.fileExists(atPath: "\(folder.path)/no_stats.csv"))
                return (end, server.requests.map { $0.line.replacing(" HTTP/1.1", with: "") })
            }
        }

        @Test func everyStepRunsOnceAndInOrder() async throws {
            let (end, lines) = try await debug()
            #expect(end.exitCode == 0, "\(end)")
            #expect(
                lines == ["GET /setup", "POST /start", "GET /missing", "PUT /last", "GET /stop", "GET /guest", "GET /teardown"], "\(end)")
            let steps = end.output.split(separator: "\n").filter { $0.hasPrefix("── ") }.map {
                $0.split(separator: "─")[0].dropFirst().dropLast()
            }
            #expect(
                steps == [
                    "setup", "on_start", "task \"first\"", "task \"broken\"", "task \"last\"", "on_stop", "task \"home\"", "teardown",
                ], "\(end)")
        }

        @Test func requestsAnswersChecksAndErrorsAreShown() async throws {
            let end = try await debug().end
            for words in [
                "→ POST http://127.0.0.1:", "X-Test: yes", "User-Agent: Cicada/", "Content-Type: application/x-www-form-urlencoded",
                "a=b+c",
                "counted as missing", "← 404 in ", "X-From: server", "no w0rd here", "failure: HTTP 404", "sleep 50 ms",
                "print: status\t404".replacing("\t", with: " "),
                "exception at s.lua:13: out of order", "in function 'error'", #"{"list":[1,2]}"#, "counter \"done\": +1",
                "timing \"page\": 125 ms",
                "stop_user(): the user ends here", "self.shared = {\"n\":1}", "] lookup ", "wait ", "7 requests, 1 failed, 1 exception",
            ] { #expect(end.output.contains(words), "\(words): \(end.output)") }
            #expect(!end.output.contains("\u{1B}") && !end.output.contains("Percentiles"))
        }

        @Test func rowsRunOutAndWaitsAreTold() async throws {
            let script = #"""
                local rows = data { "rows.csv", per = "iteration", at_end = "stop_user" }
                user "U" { wait = function(self) return 1.5 end, on_stop = function(self) self.http:get("/stop") end,
                  task { "a", function(self) self.http:get("/" .. rows:row(self).name) end },
                  task { "b", function(self) self.http:get("/" .. rows:row(self).name) end },
                  task { "c", function(self) self.http:get("/" .. rows:row(self).name) end } }
                user "V" { on_start = function(self) stop_user() end, on_stop = function(self) self.http:get("/never") end, task { "t", function(self) end } }
                user "W" { wait = function(self) error("no wait") end, task { "t", function(self) stop_run("enough") end } }
                user "X" { task { "t", function(self) self.http:get("/never") end } }
                """#
            let (end, lines) = try await debug(script, files: ["rows.csv": "name\none\ntwo\n"])
            #expect(lines == ["GET /one", "GET /two", "GET /stop"], "\(end)")
            for words in [
                "no further rows of rows.csv", "wait: 1.5 s (not waited for)", "stop_user(): the user ends here", "stop_run(\"enough\")",
            ] { #expect(end.output.contains(words), "\(words): \(end.output)") }
        }

        @Test func rowsAreHandedOutOnceInTheWholeSessionAndShown() async throws {
            let script = #"""
                local rows = data { "rows.csv", per = "iteration", at_end = "fail" }
                local function draw(self) self.http:get("/" .. rows:row(self).name) end
                user "A" { task { "a", draw } } user "B" { task { "b", draw } } user "C" { task { "c", draw } }
                """#
            let (end, lines) = try await debug(script, files: ["rows.csv": "name,password\none,short\ntwo,a very long password\n"])
            #expect(lines == ["GET /one", "GET /two"], "\(end)")
            for words in [
                "row 1 of rows.csv: name = one, password = short", "row 2 of rows.csv: name = two, password = a very lon… (20 bytes)",
                "no further rows of rows.csv", "no row of rows.csv is left", "2 requests, 0 failed, 1 exception",
            ] { #expect(end.output.contains(words), "\(words): \(end.output)") }
        }

        @Test func nothingOfSetupReachesTheFirstUser() async throws {
            let server = try ScriptedServer { request in
                ScriptedServer.answer(
                    request.head.lowercased().contains("\ncookie:") ? "known" : "new", headers: ["Set-Cookie: id=0123456789abcdef"])
            }
            defer { server.stop() }
            let folder = try TestFolder()
            _ = try folder.file(
                "s.lua",
                #"setup(function(self) self.http:get("/") end) user "U" { task { "t", function(self) print(self.http:get("/").body) end } }"#
            )
            let end = try await CicadaCall.run(["run", "--debug", "s.lua", "--host", server.url], in: folder.path)
            #expect(end.output.contains("print: new") && end.output.contains("Set-Cookie: id=0123456… (19 bytes)"), "\(end)")
        }

        @Test func secretsInHeadersAreCut() async throws {
            let script =
                #"user "U" { task { "t", function(self) self.http:get("/", { headers = { Cookie = "0123456789abc", ["X-CSRF-Token"] = "0123456789abc", ["Api-Key"] = "0123456789abc", Other = "0123456789xyz" } }) end } }"#
            let end = try await debug(script).end
            #expect(!end.output.contains("0123456789abc") && end.output.contains("Other: 0123456789xyz"), "\(end)")
        }

        @Test func eachCheckIsShownUnderItsAnswer() async throws {
            let script = #"""
                user "U" { task { "t", function(self)
                  local r = self.http:get("/") check(r, "one", true) check(r, "two", false) check(r, "three", nil) fail(r, "four")
                  r = self.http:batch { { "GET", "/a" }, { "GET", "/b" } } check(r[2], "five", false) pass(r[1])
                end } }
                """#
            let end = try await debug(script).end
            for words in [
                "check holds: one\n    check fails: two\n    check fails: three\n    fail(): four\n    counted as a failure: check failed: two\n",
                "answer 2 of 2: check fails: five\n    answer 1 of 2: pass()",
                "answer 1 of 2: counted: ok\n    answer 2 of 2: counted as a failure: check failed: five",
            ] { #expect(end.output.contains(words), "\(words): \(end.output)") }
        }

        @Test func whatEndsARunEndsThisToo() async throws {
            let failed = try await debug(
                #"setup(function(self) error("no") end) user "U" { task { "t", function(self) self.http:get("/") end } }"#)
            #expect(
                failed.end.exitCode == 3 && failed.lines.isEmpty && failed.end.errors.contains("setup did not come to its end: s.lua:1: no")
            )
            let greedy = try await debug(
                #"user "U" { task { "t", function(self) local t = {} while true do t[#t + 1] = ("x"):rep(100000) .. #t end end } }"#
            ).end
            #expect(greedy.exitCode == 4 && greedy.errors.contains("the run was not completed: the script needs more memory"), "\(greedy)")
        }

        @Test func outputThatCannotBeWrittenIsToldAndInterruptionsEndInOrder() async throws {
            let (full, end, lines) = try await onOwnThread {
                let server = try ScriptedServer { _ in ScriptedServer.answer("fine") }
                defer { server.stop() }
                let folder = try TestFolder()
                let script = try folder.file(
                    "s.lua",
                    #"teardown(function(self) self.http:get("/teardown") end) user "U" { on_stop = function(self) self.http:get("/stop") end, task { "t", function(self) self.http:get("/") sleep(60) self.http:get("/never") end } }"#
                )
                let running = try RunningProgram("cicada", ["run", "--debug", script, "--host", server.url])
                _ = running.writes("sleep 1 m")
                running.signal(SIGINT)
                let end = try running.waitForEnd()
                let lines = server.requests.map { $0.line.replacing(" HTTP/1.1", with: "") }
                let idle = try folder.file("f.lua", "user 'U' { task { 't', function(self) end } }")
                let path = try RunningProgram.path(ofBuilt: "cicada")
                let full = try RunningProgram(
                    path: "/bin/sh", ["-c", "\(path) run --debug \(idle) --host \(server.url) > /dev/full"]
                ).waitForEnd()
                return (full, end, lines)
            }
            #expect(full.exitCode == 4 && full.errors.contains("the output could not be written to standard output: "), "\(full)")
            #expect(lines == ["GET /", "GET /stop", "GET /teardown"] && end.output.contains("interrupted: on_stop and teardown"), "\(end)")
        }

        @Test func batchesAndBreachesAreShown() async throws {
            let script = #"""
                user "U" { task { "t", function(self)
                  local r = self.http:batch { { "GET", "/one" }, { "POST", "/two", { form = { a = 1 } } } }
                  check(r[2], "is two", false)
                end }, task { "greedy", function(self) local t = {} while true do t[#t + 1] = ("x"):rep(100000) .. #t end end },
                task { "never", function(self) self.http:get("/never") end } }
                """#
            let (end, lines) = try await debug(script)
            #expect(Set(lines) == ["GET /one", "POST /two"], "\(end)")
            for words in [
                "batch of 2 requests", "answer 2 of 2", "failure: check failed: is two", "the run cannot go on: ", "1 failed, 1 exception",
            ] {
                #expect(end.output.contains(words), "\(words): \(end.output)")
            }
        }

        @Test func oneClassCanBeChosen() async throws {
            let (end, lines) = try await debug(Self.script, ["--class", "Guest"])
            #expect(lines == ["GET /setup", "GET /guest", "GET /teardown"], "\(end)")
            let unknown = try await debug(Self.script, ["--class", "Gest"]).end
            #expect(
                unknown.exitCode == 2 && unknown.errors.contains("--class is 'Gest', but the script's user classes are 'Member', 'Guest'"))
            let alone = try await CicadaCall.run(["run", "s.lua", "--class", "Guest"])
            #expect(alone.exitCode == 2 && alone.errors.contains("--class is for --debug"))
        }

        @Test func failuresDecideTheExitCodeWhenAskedTo() async throws {
            #expect(try await debug(Self.script, ["--exit-code-on-failure", "7"]).end.exitCode == 7)
            #expect(try await debug(Self.script, ["--class", "Guest", "--exit-code-on-failure", "7"]).end.exitCode == 0)
            let broken = try await debug("user {").end
            #expect(broken.exitCode == 2 && broken.output.isEmpty, "\(broken)")
        }

        @Test func longAndBinaryBodiesAreCut() async throws {
            let script = #"user "U" { task { "t", function(self) self.http:get("/long") self.http:get("/binary") end } }"#
            let end = try await debug(script) { request in
                request.line.contains("/long")
                    ? ScriptedServer.answer(String(repeating: "ä", count: 3000)) : ScriptedServer.answer("\u{0}\u{1}\u{1B}[31m")
            }.end
            #expect(end.output.contains("… 6,000 bytes in all") && end.output.contains("7 bytes that are no text"), "\(end)")
            #expect(end.output.utf8.count < 6000 && !end.output.contains("\u{1B}"))
        }

        @Test func aServerThatIsNotThereIsShown() async throws {
            let script = #"user "U" { host = "http://127.0.0.1:1", task { "t", function(self) self.http:get("/") end } }"#
            let folder = try TestFolder()
            _ = try folder.file("s.lua", script)
            let end = try await CicadaCall.run(["run", "--debug", "s.lua"], in: folder.path)
            #expect(end.exitCode == 0 && end.output.contains("← Could not connect: Connection refused after"), "\(end)")
            #expect(end.output.contains("failure: Could not connect: Connection refused"))
        }

        @Test(.enabled(if: FileManager.default.isExecutableFile(atPath: "/usr/bin/script"), "script is not installed"))
        func aTerminalHasColours() async throws {
            let end = try await onOwnThread {
                let folder = try TestFolder()
                let script = try folder.file(
                    "s.lua", #"user "U" { host = "http://127.0.0.1:1", task { "t", function(self) self.http:get("/") end } }"#)
                return try RunningProgram(
                    path: "/usr/bin/script", ["-qec", "\(RunningProgram.path(ofBuilt: "cicada")) run --debug \(script)", "/dev/null"],
                    environment: ["TERM": "xterm", "NO_COLOR": ""]
                ).waitForEnd()
            }
            #expect(end.output.contains("\u{1B}[31m← Could not connect: Connection refused"), "\(end)")
        }
    }
}
