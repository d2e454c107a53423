import EventLoop
import Foundation
import Synchronization
import TestServers
import Testing

extension ProgramTests {
    /// Targets of known behaviour give the known figures.
    struct KnownTargetTests {
        @Test func latencyAndFailuresAreMeasuredAsTheyAre() async throws {
            let (end, result, counted) = try await Webapp.with(["--latency", "500ms", "--failure-rate", "2%"]) { webapp in
                let run = try CicadaRun(
                    script: Scripts.restless, ["--host", webapp.url, "--users", "200", "--spawn-rate", "400", "--run-time", "3s"])
                let (end, result) = try run.finish()
                return (end, result, try webapp.count())
            }
            #expect(end.exitCode == 0, "\(end)")
            #expect(result.isConsistent && result.interrupted == 0 && counted == result.merged)
            let median = try #require(result.total.responseTimeMs.percentiles["50"] ?? nil)
            #expect(median >= 500 && median <= 520)
            let requests = Double(result.total.requests)
            #expect(requests > 600)
            // Five standard deviations of the binomial distribution.
            #expect(abs(Double(result.total.failures) - 0.02 * requests) < 5 * (requests * 0.02 * 0.98).squareRoot())
            #expect(result.reasons == ["HTTP 500 Internal Server Error": result.total.failures])
            #expect(result.total.requestsByStatus["500"] == result.total.failures)
            #expect(end.output.contains("HTTP 500 Internal Server Error"))
        }

        @Test func usersStartEvenlyWithinEachSecond() async throws {
            let arrivals = Mutex<[Int64]>([])
            let server = try ScriptedServer { _ in
                arrivals.withLock { $0.append(MonotonicClock.nanoseconds()) }
                return ScriptedServer.answer("")
            }
            defer { server.stop() }
            let (end, _) = try await CicadaRun.run(
                script: #"user "U" { wait = constant(1000), task { "t", function(self) self.http:get("/") end } }"#,
                ["--host", server.url, "--users", "100", "--spawn-rate", "50", "--run-time", "2300ms", "--threads", "2"])
            let times = arrivals.withLock { $0.sorted().map { Double($0) / 1e6 } }
            try #require(end.exitCode == 0 && times.count == 100, "\(end)")
            let gaps = zip(times.dropFirst(), times).map { $0 - $1 }.sorted()
            #expect(abs(gaps[gaps.count / 2] - 20) < 2, "the middle gap is \(gaps[gaps.count / 2]) ms")
            #expect(abs((times[99] - times[0]) - 1980) < 60, "the ramp took \(times[99] - times[0]) ms")
            // Each user against its own moment; a busy machine may hold a few of them up.
            let late = times.enumerated().filter { abs($1 - times[0] - 20 * Double($0)) > 10 }
            #expect(late.count <= 15, "\(late)")
        }

        @Test func redirectsBodiesHeadersAndChecksComeThrough() async throws {
            let server = try ScriptedServer { request in
                switch request.line {
                case "GET /from HTTP/1.1": ScriptedServer.answer("", status: "302 Found", headers: ["Location: /to"])
                case "GET /to HTTP/1.1": ScriptedServer.answer("there", headers: ["X-Token: abc"])
                case "GET /closed HTTP/1.1": [.close]
                case "GET /half HTTP/1.1": [.send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"), .close]
                case "GET /junk HTTP/1.1": [.send("junk\r\n\r\n"), .close]
                case "GET /teapot HTTP/1.1": ScriptedServer.answer("", status: "418 I'm a teapot")
                default: ScriptedServer.answer("ok")
                }
            }
            defer { server.stop() }
            let (end, result) = try await CicadaRun.run(
                script: #"""
                    user "U" { wait = constant(100), task { "t", function(self)
                      local r = self.http:get("/from")
                      check(r, "is redirected", r.body == "there" and r.headers["x-token"] == "abc")
                      for _, path in ipairs { "/closed", "/half", "/junk", "/teapot" } do self.http:get(path) end
                      check(self.http:get("/ok"), "is wrong", false)
                      error("the end")
                    end } }
                    """#,
                ["--host", server.url, "--run-time", "500ms"])
            #expect(end.exitCode == 0, "\(end)")
            #expect(
                result.reasons == [
                    "Connection closed without an answer": 1, "Connection closed in the middle of the answer": 1,
                    "Not an HTTP answer": 1, "HTTP 418": 1, "check failed: is wrong": 1,
                ])
            #expect(result.exceptions.map(\.message) == ["the end"])
            #expect(result.exceptions.map(\.place) == ["script.lua:6"])
            #expect(result.total.requests == 6)
        }
    }
}
