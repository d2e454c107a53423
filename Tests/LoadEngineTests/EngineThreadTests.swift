import LoadEngine
import LoadModel
import Statistics
import TestServers
import Testing

@Suite(.serialized, .timeLimit(.minutes(3)))
struct EngineThreadTests {
    @Test func countsEveryRequestThatTheServerAnswered() throws {
        let server = try ScriptedServer { _ in ScriptedServer.answer("hello") }
        defer { server.stop() }
        let bench = try EngineBench(settings: EngineBench.settings(server.url, wait: 1_000_000)) {
            SwiftUsers(task: [.get("/a"), .sleep(milliseconds: 2), .get("/b")])
        }
        bench.spawn(20, interval: 1_000_000)
        let (users, connections) = try bench.run(milliseconds: 300)
        #expect(users == 20 && connections == 20)
        let (result, seconds) = try bench.stop()
        let total = result.total()
        #expect(total.requests > 500)
        #expect(total.requests == server.requests.count)
        #expect(total.failures == 0 && total.interrupted == 0)
        #expect(result.workers.first?.issued == total.requests)
        #expect(seconds < 1)
        #expect(result.requests.map(\.key?.name) == ["/a", "/b"])
    }

    @Test func runsStartOnceAndRepeatsItWhenItFails() throws {
        let server = try ScriptedServer { _ in ScriptedServer.answer("") }
        defer { server.stop() }
        let good = try EngineBench(settings: EngineBench.settings(server.url, wait: 20_000_000, hasOnStart: true)) {
            SwiftUsers(start: [.get("/start")], task: [.get("/task")])
        }
        good.spawn(3)
        try good.run(milliseconds: 200)
        let result = try good.stop().result
        #expect(result.requests.first { $0.key?.name == "/start" }?.requests == 3)
        #expect((result.requests.first { $0.key?.name == "/task" }?.requests ?? 0) >= 12)

        let bad = try EngineBench(settings: EngineBench.settings(server.url, wait: 20_000_000, hasOnStart: true)) {
            SwiftUsers(start: [.raise("no luck")], task: [.get("/never")])
        }
        bad.spawn(1)
        try bad.run(milliseconds: 200)
        let failed = try bad.stop().result
        #expect(failed.total().requests == 0)
        #expect((3...11).contains(failed.exceptions.first?.total.count ?? 0))
    }

    @Test func aFailedCheckMakesTheRequestAFailure() throws {
        let server = try ScriptedServer { _ in ScriptedServer.answer("x") }
        defer { server.stop() }
        let bench = try EngineBench(settings: EngineBench.settings(server.url, wait: 10_000_000)) {
            SwiftUsers(task: [.get("/")], check: { $0.status == 200 ? "not what was asked for" : nil })
        }
        bench.spawn(1)
        try bench.run(milliseconds: 100)
        let result = try bench.stop().result
        #expect(result.total().failures == result.total().requests && result.total().requests > 0)
        #expect(result.failures.first?.key.reason == "not what was asked for")
    }

    @Test func theStopAwaitsWhatWasSentAndCutsOffTheRest() throws {
        let server = try ScriptedServer { request in
            request.line.contains("slow") ? [.pause(milliseconds: 6000)] : [.pause(milliseconds: 700)] + ScriptedServer.answer("")
        }
        defer { server.stop() }
        let bench = try EngineBench(settings: EngineBench.settings(server.url)) { SwiftUsers(task: [.get("/quick"), .get("/slow")]) }
        bench.spawn(4)
        try bench.run(milliseconds: 300)
        let quick = try bench.stop()
        // All four were on their way: awaited, counted, and none goes on to its next request.
        #expect(quick.result.total().requests == 4 && quick.result.total().interrupted == 0)
        #expect((0.2..<1.5).contains(quick.seconds))

        let slow = try EngineBench(settings: EngineBench.settings(server.url)) { SwiftUsers(task: [.get("/slow")]) }
        slow.spawn(3)
        try slow.run(milliseconds: 200)
        let cut = try slow.stop()
        #expect(cut.result.total().requests == 0 && cut.result.total().interrupted == 3)
        #expect((1.9..<3).contains(cut.seconds))
        #expect(cut.result.workers.first?.issued == 3)
    }

    @Test func runningTasksGetTheirGrace() throws {
        let server = try ScriptedServer { _ in ScriptedServer.answer("") }
        defer { server.stop() }
        let bench = try EngineBench(settings: EngineBench.settings(server.url)) {
            SwiftUsers(task: [.get("/1"), .sleep(milliseconds: 400), .get("/2"), .sleep(milliseconds: 60_000)])
        }
        bench.spawn(2)
        try bench.run(milliseconds: 150)
        let (result, seconds) = try bench.stop(graceMilliseconds: 1000)
        #expect(result.requests.map(\.requests) == [2, 2])
        #expect((0.9..<2).contains(seconds))
    }

    @Test func aCapLetsUsersTakeTurnsAndShowsTheWait() throws {
        let server = try ScriptedServer { _ in [.pause(milliseconds: 20)] + ScriptedServer.answer("") }
        defer { server.stop() }
        var settings = EngineBench.settings(server.url, wait: 1_000_000_000)
        settings.connectionCap = 2
        let bench = try EngineBench(settings: settings) { SwiftUsers(task: [.get("/")]) }
        bench.spawn(10)
        let (_, connections) = try bench.run(milliseconds: 600)
        #expect(connections <= 2)
        let total = try bench.stop().result.total()
        #expect(total.requests == 10)
        // Five turns of 20 ms: the last user waited for four of them; its request itself was as quick as the others.
        #expect((total.responseTime.maxNanoseconds ?? 0) > 75_000_000)
        #expect((total.serviceTime.maxNanoseconds ?? 0) < 70_000_000)
    }

    @Test func pacesWaitsWithinAMillisecond() throws {
        let server = try ScriptedServer { _ in ScriptedServer.answer("") }
        defer { server.stop() }
        let bench = try EngineBench(settings: EngineBench.settings(server.url, wait: 50_000_000)) { SwiftUsers(task: [.get("/")]) }
        bench.spawn(5, interval: 10_000_000)
        try bench.run(milliseconds: 1000)
        let total = try bench.stop().result.total()
        #expect((80...100).contains(total.requests))
    }
}
