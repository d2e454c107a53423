import EventLoop
import LoadEngine
import LoadModel
import Statistics
import TestServers
import Testing

/// What a thread does beside its users' tasks: rows, `setup` and `teardown`, broken limits, and what it shows of itself.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct EngineEventTests {
    private func expectConservation(_ result: RunResult, server: ScriptedServer) {
        let total = result.total()
        #expect(result.workers.first?.issued == total.requests + total.interrupted)
        let seen = Int64(server.requests.count)
        #expect(total.requests <= seen && seen <= total.requests + total.interrupted)
    }

    // MARK: - Rows

    @Test func usersWaitForRowsAndGetEachOnce() throws {
        let server = try ScriptedServer { _ in ScriptedServer.answer("") }
        defer { server.stop() }
        let journal = SwiftUsers.SharedJournal()
        var settings = EngineBench.settings(server.url)
        settings.gauges = EngineGauges(userClasses: 1, dataSources: 1)
        let bench = try EngineBench(settings: settings, grants: 40) { SwiftUsers(task: [.row], journal: journal) }
        bench.spawn(7)
        // When there are no more rows, each user ends itself.
        #expect(bench.awaitGauges(milliseconds: 5000) { $0.endedUsers == [7] } != nil)
        #expect(bench.gauges.drawnRows == [40])
        let result = try bench.stop().result
        #expect(Set(result.requests.map { $0.key?.name ?? "" }) == Set((0..<40).map { "/row/\($0)" }))
        #expect(result.requests.allSatisfy { $0.requests == 1 })
        // The first seven in the order in which they asked.
        #expect(Array(journal.read.served.prefix(7)) == Array(0..<7))
        expectConservation(result, server: server)
    }

    @Test func usersThatWaitForRowsGoWhenTheyAreTo() throws {
        let server = try ScriptedServer { _ in ScriptedServer.answer("") }
        defer { server.stop() }
        // `UserCommand.rows` with nobody to grant any.
        func bench() throws -> EngineBench {
            let bench = try EngineBench(settings: EngineBench.settings(server.url), grants: -1) { SwiftUsers(task: [.row]) }
            bench.spawn(4)
            try bench.run(milliseconds: 50)
            #expect(bench.gauges.activeUsers == [4])
            return bench
        }
        let stopped = try bench()
        #expect((0.19..<0.6).contains(try stopped.stop(graceMilliseconds: 200).seconds))
        let left = try bench()
        left.retire(3, graceMilliseconds: 100)
        #expect(left.awaitGauges(milliseconds: 1000) { $0.activeUsers == [1] } != nil)
        // Rows that come late are for those who are still there.
        left.post(.rows(RowGrant(source: 0, rows: 0..<1)))
        #expect(left.awaitGauges(milliseconds: 1000) { $0.requestsIssued == 1 } != nil)
        left.post(.release)
        #expect(left.awaitGauges(milliseconds: 1000) { $0.activeUsers == [0] } != nil)
        left.post(.rows(RowGrant(source: 0, rows: 1..<5)))
        try left.run(milliseconds: 50)
        expectConservation(try left.stop().result, server: server)
    }

    // MARK: - Setup and teardown

    @Test func setupRunsBeforeAnyUserAndTeardownAfterTheLast() throws {
        let server = try ScriptedServer { _ in ScriptedServer.answer("") }
        defer { server.stop() }
        let journal = SwiftUsers.SharedJournal()
        let bench = try EngineBench(settings: EngineBench.settings(server.url, wait: 10_000_000)) {
            SwiftUsers(
                tasks: [[.get("/task")]], setup: [.get("/setup"), .sleep(milliseconds: 20), .value("{\"token\":1}")],
                teardown: [.get("/teardown")], journal: journal)
        }
        #expect(try bench.runOnce(.setup) == .done(value: Array("{\"token\":1}".utf8)))
        #expect(bench.gauges.activeUsers == [0] && bench.gauges.requestsIssued == 1 && bench.reportCount == 0)
        bench.post(.share(Array("{\"token\":1}".utf8)))
        bench.spawn(3)
        try bench.run(milliseconds: 100)
        #expect(journal.read.shared == ["{\"token\":1}"])
        _ = try bench.stopUsers()
        let reports = bench.reportCount
        #expect(try bench.runOnce(.teardown, awaitsReport: true) == .done(value: []))
        #expect(bench.reportCount == reports + 1)
        let result = bench.end()
        let names = server.requests.map { $0.line.split(separator: " ")[1] }
        #expect(names.first == "/setup" && names.contains("/task") && names.filter { $0 == "/teardown" }.count == 1)
        #expect(result.requests.first { $0.key?.name == "/setup" }?.requests == 1)
        #expect(result.requests.first { $0.key?.name == "/teardown" }?.requests == 1)
        expectConservation(result, server: server)
    }

    @Test func anErrorInSetupIsToldAndNotCounted() throws {
        let bench = try EngineBench(settings: EngineBench.settings("http://127.0.0.1:1")) {
            SwiftUsers(tasks: [[]], setup: [.sleep(milliseconds: 1), .raise("no database")], teardown: [.stopUser])
        }
        let expected = ScriptException(place: "test:1", message: "no database")
        #expect(try bench.runOnce(.setup) == .failed(expected))
        #expect(try bench.runOnce(.teardown) == .done(value: []))
        #expect(bench.gauges.endedUsers == [0])
        #expect(try bench.stop().result.exceptions.isEmpty)
    }

    @Test func aStopBreaksSetupOffAndAnImmediateOneTeardown() throws {
        let server = try ScriptedServer { _ in [.pause(milliseconds: 6000)] }
        defer { server.stop() }
        let bench = try EngineBench(settings: EngineBench.settings(server.url)) {
            SwiftUsers(tasks: [[]], setup: [.get("/slow")], teardown: [.get("/slow")])
        }
        bench.post(.runOnce(.setup))
        #expect(bench.awaitGauges(milliseconds: 1000) { $0.requestsIssued == 1 } != nil)
        #expect(try bench.stopUsers(graceMilliseconds: 10_000) < 0.5)
        #expect(bench.events == [.onceEnded(thread: 0, .cutOff)])
        bench.post(.runOnce(.teardown))
        #expect(bench.awaitGauges(milliseconds: 1000) { $0.requestsIssued == 2 } != nil)
        // A repeated order to stop is no reason; one that is immediate is.
        bench.post(.stop(graceNanoseconds: 0))
        try bench.run(milliseconds: 200)
        #expect(bench.events.count == 1)
        bench.post(.cutOff)
        #expect(try bench.awaitReport { $0.snapshot.requests.first?.interrupted == 1 })
        #expect(bench.awaitEvent(after: 1) { $0 } == .onceEnded(thread: 0, .cutOff))
        let result = bench.end()
        #expect(result.total().requests == 0 && result.total().interrupted == 2)
        expectConservation(result, server: server)
    }

    @Test func setupNeedsTheLease() throws {
        let server = try ScriptedServer { _ in ScriptedServer.answer("") }
        defer { server.stop() }
        var settings = EngineBench.settings(server.url)
        settings.lease = EngineLease(expiryNanoseconds: MonotonicClock.nanoseconds() + 150_000_000)
        let bench = try EngineBench(settings: settings) {
            SwiftUsers(tasks: [[]], setup: [.get("/1"), .sleep(milliseconds: 400), .get("/2")])
        }
        #expect(try bench.runOnce(.setup) == .cutOff)
        #expect(try bench.runOnce(.setup) == .cutOff)
        let result = try bench.stop().result
        #expect(server.requests.count == 1)
        expectConservation(result, server: server)
    }

    @Test func aThreadThatEndsInTheMiddleOfSetupCountsNobodyAsGone() throws {
        let server = try ScriptedServer { _ in [.pause(milliseconds: 1000)] }
        defer { server.stop() }
        let bench = try EngineBench(settings: EngineBench.settings(server.url)) { SwiftUsers(tasks: [[]], setup: [.get("/slow")]) }
        bench.post(.runOnce(.setup))
        #expect(bench.awaitGauges(milliseconds: 1000) { $0.requestsIssued == 1 } != nil)
        _ = bench.end()
        #expect(bench.gauges.activeUsers == [0])
    }

    // MARK: - Limits

    @Test func aBrokenLimitDropsAllUsersAndTakesNoMore() throws {
        let server = try ScriptedServer { _ in [.pause(milliseconds: 100)] + ScriptedServer.answer("") }
        defer { server.stop() }
        var settings = EngineBench.settings(server.url, classes: 2)
        settings.userClasses[0].hasOnStop = true
        settings.userClasses[1].tasks = [ScenarioTask(name: "unused"), ScenarioTask(name: "greedy")]
        settings.userClasses[1].order = TaskGroup(items: [.task(1)])
        let bench = try EngineBench(settings: settings) {
            SwiftUsers(tasks: [[.get("/")], [.sleep(milliseconds: 150), .breach("more than 1 MiB of memory")]], stop: [.get("/never")])
        }
        bench.spawn(10)
        bench.spawn(2, userClass: 1)
        let start = MonotonicClock.nanoseconds()
        #expect(try bench.awaitReport { $0.fault != nil })
        #expect(Double(MonotonicClock.nanoseconds() - start) / 1e9 < 0.6)
        #expect(bench.events == [.breached(thread: 0, userClass: 1, reason: "more than 1 MiB of memory")])
        #expect(bench.faults == ["user class \"Test 1\": more than 1 MiB of memory"])
        #expect(bench.gauges.activeUsers == [0, 0])
        bench.spawn(5)
        #expect(try bench.runOnce(.setup) == .cutOff)
        try bench.run(milliseconds: 50)
        #expect(bench.gauges.activeUsers == [0, 0])
        let result = try bench.stop().result
        #expect(!result.requests.contains { $0.key?.name == "/never" })
        expectConservation(result, server: server)
    }

    // MARK: - Gauges

    @Test func whoHoldsUpTheThreadIsShown() throws {
        var settings = EngineBench.settings("http://127.0.0.1:1", wait: 1_000_000, classes: 2)
        settings.userClasses[1].tasks = (0..<3).map { ScenarioTask(name: "\($0)") }
        settings.userClasses[1].order = TaskGroup(items: [.task(2)])
        let bench = try EngineBench(settings: settings) {
            SwiftUsers(tasks: [[], [], [.sleep(milliseconds: 300), .block(milliseconds: 700), .sleep(milliseconds: 60_000)]])
        }
        bench.spawn(5)
        bench.spawn(1, userClass: 1)
        var watch = StepWatch()
        var seen: [RunningStep] = []
        let end = MonotonicClock.nanoseconds() + 1_300_000_000
        while MonotonicClock.nanoseconds() < end {
            if let step = watch.look(at: bench.gauges, now: MonotonicClock.nanoseconds()), step.nanoseconds > 300_000_000 {
                seen.append(step)
            }
            _ = try Poller().wait(nanoseconds: 50_000_000)
        }
        #expect(seen.count >= 4)
        #expect(seen.allSatisfy { $0.userClass == 1 && $0.step == .task(2) && $0.turn == seen[0].turn })
        #expect((seen.last?.nanoseconds ?? 0) < 750_000_000)
        _ = try bench.stop()
    }

    @Test func aStatusThatTheScriptAcceptsIsNoFailure() throws {
        let server = try ScriptedServer { _ in ScriptedServer.answer("", status: "404 Not Found") }
        defer { server.stop() }
        for (reason, expected) in [("", nil), ("wrong page", "HTTP 404 Not Found")] as [(String, String?)] {
            let bench = try EngineBench(settings: EngineBench.settings(server.url, wait: 10_000_000)) {
                SwiftUsers(task: [.get("/")], check: { _ in reason })
            }
            bench.spawn(1)
            try bench.run(milliseconds: 100)
            let result = try bench.stop().result
            #expect(result.total().requests > 0 && result.failures.first?.key.reason == expected)
        }
    }

    @Test func eachHopOfARedirectHasItsPhases() throws {
        let server = try ScriptedServer { request in
            request.line.contains("/old")
                ? ScriptedServer.answer("", status: "302 Found", headers: ["Location: /new"]) : ScriptedServer.answer("")
        }
        defer { server.stop() }
        let bench = try EngineBench(settings: EngineBench.settings(server.url, wait: 60_000_000_000)) { SwiftUsers(task: [.get("/old")]) }
        bench.spawn(1)
        try bench.run(milliseconds: 200)
        let total = try bench.stop().result.total()
        #expect(total.requests == 1 && total.failures == 0 && server.requests.count == 2)
        #expect(total.phases[.wait]?.count == 2 && total.phases[.connect]?.count == 1)
    }

    @Test func figuresOfTheScriptsOwnReachTheResult() throws {
        let bench = try EngineBench(settings: EngineBench.settings("http://127.0.0.1:1", wait: 60_000_000_000)) {
            SwiftUsers(
                tasks: [[.measure(.counter(name: "orders", amount: 2)), .measure(.timing(name: "checkout", nanoseconds: 5_000_000))]],
                setup: [.measure(.counter(name: "orders", amount: 0.5))])
        }
        #expect(try bench.runOnce(.setup) == .done(value: []))
        bench.spawn(3)
        try bench.run(milliseconds: 100)
        let result = try bench.stop().result
        let figures = result.custom.map { "\($0.key.kind) \($0.key.name) \($0.count) \($0.sum)" }
        #expect(figures.sorted() == ["counter orders 4 6.5", "timing checkout 3 0.0"])
    }
}
