import EventLoop
import LoadEngine
import LoadModel
import Statistics
import TestServers
import Testing

/// How users end, in order and of their own accord.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct UserLifeTests {
    private func settings(_ url: String, wait: WaitTime = .constant(nanoseconds: 0), hasOnStart: Bool = false) -> EngineSettings {
        var userClass = UserClass(name: "Test", host: url, wait: wait, hasOnStart: hasOnStart, tasks: [ScenarioTask(name: "task")])
        userClass.hasOnStop = true
        return EngineSettings(userClasses: [userClass], seed: 1)
    }

    private func count(_ result: RunResult, _ name: String) -> Int64 { result.requests.first { $0.key?.name == name }?.requests ?? 0 }

    private func expectConservation(_ result: RunResult, server: ScriptedServer) {
        let total = result.total()
        #expect(result.workers.first?.issued == total.requests + total.interrupted)
        let seen = Int64(server.requests.count)
        #expect(total.requests <= seen && seen <= total.requests + total.interrupted)
    }

    // MARK: - on_stop

    @Test func waitingAndBusyUsersRunOnStopWhenTheRunStops() throws {
        let server = try ScriptedServer { request in
            request.line.contains("slow") ? [.pause(milliseconds: 500)] + ScriptedServer.answer("") : ScriptedServer.answer("")
        }
        defer { server.stop() }
        let bench = try EngineBench(settings: settings(server.url, wait: .constant(nanoseconds: 60_000_000_000))) {
            SwiftUsers(task: [.get("/task")], stop: [.get("/out"), .sleep(milliseconds: 50), .get("/done")])
        }
        bench.spawn(10)
        try bench.run(milliseconds: 200)
        let waiting = try bench.stop()
        #expect(count(waiting.result, "/task") == 10 && count(waiting.result, "/out") == 10 && count(waiting.result, "/done") == 10)
        #expect(waiting.result.total().interrupted == 0 && waiting.seconds < 1)
        expectConservation(waiting.result, server: server)

        let before = server.requests.count
        let busy = try EngineBench(settings: settings(server.url)) {
            SwiftUsers(task: [.get("/slow"), .get("/never")], stop: [.get("/out")])
        }
        busy.spawn(4)
        try busy.run(milliseconds: 200)
        // Without grace the request is awaited, the task goes no further, and on_stop follows.
        let (result, seconds) = try busy.stop()
        #expect(count(result, "/slow") == 4 && count(result, "/out") == 4 && count(result, "/never") == 0)
        #expect((0.2..<1.5).contains(seconds))
        #expect(server.requests.count - before == 8)
    }

    @Test func sleepingTasksAreCutOffAtTheEndOfTheGraceAndOnStopFollows() throws {
        let server = try ScriptedServer { _ in ScriptedServer.answer("") }
        defer { server.stop() }
        let bench = try EngineBench(settings: settings(server.url)) {
            SwiftUsers(task: [.get("/task"), .sleep(milliseconds: 60_000), .get("/never")], stop: [.get("/out")])
        }
        bench.spawn(5)
        try bench.run(milliseconds: 100)
        let (result, seconds) = try bench.stop(graceMilliseconds: 300)
        #expect(count(result, "/out") == 5 && count(result, "/never") == 0)
        #expect((0.29..<1).contains(seconds))
        expectConservation(result, server: server)
    }

    @Test func onStopIsCutOffTwoSecondsAfterTheGrace() throws {
        let server = try ScriptedServer { request in
            request.line.contains("slow") ? [.pause(milliseconds: 6000)] : ScriptedServer.answer("")
        }
        defer { server.stop() }
        let bench = try EngineBench(settings: settings(server.url, wait: .constant(nanoseconds: 60_000_000_000))) {
            SwiftUsers(task: [], stop: [.get("/out"), .sleep(milliseconds: 1500), .get("/slow"), .get("/never")])
        }
        bench.spawn(3)
        try bench.run(milliseconds: 100)
        let (result, seconds) = try bench.stop()
        // The request after 1.5 s is sent still, and cut off at 2 s.
        #expect(count(result, "/out") == 3 && result.total().interrupted == 3)
        #expect((1.95..<2.6).contains(seconds))
        expectConservation(result, server: server)

        let endless = try EngineBench(settings: settings(server.url, wait: .constant(nanoseconds: 60_000_000_000))) {
            SwiftUsers(task: [], stop: [.sleep(milliseconds: 60_000), .get("/never")])
        }
        endless.spawn(3)
        try endless.run(milliseconds: 100)
        #expect((1.95..<2.6).contains(try endless.stop().seconds))
    }

    @Test func whoLeavesRunsOnStopWithinItsOwnDeadline() throws {
        let server = try ScriptedServer { _ in ScriptedServer.answer("") }
        defer { server.stop() }
        let bench = try EngineBench(settings: settings(server.url, wait: .constant(nanoseconds: 60_000_000_000))) {
            SwiftUsers(task: [.get("/task")], stop: [.get("/out"), .sleep(milliseconds: 300), .get("/done")])
        }
        bench.spawn(6)
        try bench.run(milliseconds: 100)
        let due = bench.retire(4)
        let gone = try #require(bench.awaitGauges(milliseconds: 1500) { $0.activeUsers == [2] })
        #expect((300_000_000..<600_000_000).contains(gone - due))
        #expect(bench.gauges.endedUsers == [0])
        // Those that are in their on_stop are not chosen again.
        bench.retire(1)
        try bench.run(milliseconds: 50)
        bench.retire(1)
        #expect(bench.awaitGauges(milliseconds: 1500) { $0.activeUsers == [0] } != nil)
        let (result, seconds) = try bench.stop()
        #expect(count(result, "/out") == 6 && count(result, "/done") == 6 && seconds < 0.5)
        expectConservation(result, server: server)
    }

    @Test func onlyWhoHasStartedIsStopped() throws {
        let server = try ScriptedServer { request in
            request.line.contains("slow") ? [.pause(milliseconds: 400)] + ScriptedServer.answer("") : ScriptedServer.answer("")
        }
        defer { server.stop() }
        let bench = try EngineBench(settings: settings(server.url, hasOnStart: true)) {
            SwiftUsers(start: [.get("/slow"), .get("/start")], task: [.sleep(milliseconds: 60_000)], stop: [.get("/out")])
        }
        bench.spawn(3)
        try bench.run(milliseconds: 150)
        // Cut off in the middle of on_start.
        let early = try bench.stop().result
        #expect(count(early, "/slow") == 3 && count(early, "/start") == 0 && count(early, "/out") == 0)
        let late = try EngineBench(settings: settings(server.url, hasOnStart: true)) {
            SwiftUsers(start: [.get("/slow"), .get("/start")], task: [.sleep(milliseconds: 60_000)], stop: [.get("/out")])
        }
        late.spawn(3)
        try late.run(milliseconds: 150)
        // With a grace on_start ends by itself.
        let result = try late.stop(graceMilliseconds: 2000).result
        #expect(count(result, "/start") == 3 && count(result, "/out") == 3)
    }

    @Test func anOnStartThatFailsLeavesNobodyToBeStopped() throws {
        let server = try ScriptedServer { _ in ScriptedServer.answer("") }
        defer { server.stop() }
        let bench = try EngineBench(settings: settings(server.url, wait: .constant(nanoseconds: 20_000_000), hasOnStart: true)) {
            SwiftUsers(start: [.raise("no")], task: [], stop: [.get("/out")])
        }
        bench.spawn(2)
        try bench.run(milliseconds: 100)
        let (result, seconds) = try bench.stop()
        #expect(server.requests.isEmpty && seconds < 0.5)
        #expect((result.exceptions.first?.total.count ?? 0) >= 4)
    }

    @Test func onStopIsNotRunWhenUsersAreDropped() throws {
        let server = try ScriptedServer { _ in ScriptedServer.answer("") }
        defer { server.stop() }
        var leased = settings(server.url, wait: .constant(nanoseconds: 60_000_000_000))
        leased.lease = EngineLease(expiryNanoseconds: MonotonicClock.nanoseconds() + 400_000_000)
        let lease = leased.lease
        let bench = try EngineBench(settings: leased) { SwiftUsers(task: [.get("/task")], stop: [.get("/out")]) }
        bench.spawn(3)
        try bench.run(milliseconds: 100)
        bench.post(.release)
        bench.spawn(3)
        try bench.run(milliseconds: 100)
        #expect(bench.awaitGauges(milliseconds: 1000) { $0.activeUsers == [0] } != nil)
        lease.grant(until: .max)
        bench.spawn(3)
        try bench.run(milliseconds: 100)
        bench.post(.cutOff)
        #expect(bench.awaitGauges(milliseconds: 1000) { $0.activeUsers == [0] } != nil)
        let result = try bench.stop().result
        #expect(count(result, "/task") == 9 && count(result, "/out") == 0)
    }

    @Test func tenThousandUsersThatStopAtOnceKeepToTheDeadlines() throws {
        let server = try ScriptedServer { _ in ScriptedServer.answer("") }
        defer { server.stop() }
        // Nobody listens: each request fails at once. Every on_stop holds up the thread for a millisecond.
        let bench = try EngineBench(settings: settings("http://127.0.0.1:1", wait: .constant(nanoseconds: 60_000_000_000))) {
            SwiftUsers(task: [], stop: [.block(milliseconds: 1), .get("/out")])
        }
        bench.spawn(10_000)
        #expect(bench.awaitGauges(milliseconds: 10_000) { $0.activeUsers == [10_000] } != nil)
        let (result, seconds) = try bench.stop()
        #expect((1.9..<3.5).contains(seconds))
        let total = result.total()
        #expect(total.requests > 500 && total.requests < 5000)
        #expect(result.workers.first?.issued == total.requests + total.interrupted)
    }

    @Test func anErrorInOnStopIsCountedAndEndsTheUser() throws {
        let bench = try EngineBench(settings: settings("http://127.0.0.1:1", wait: .constant(nanoseconds: 60_000_000_000))) {
            SwiftUsers(task: [], stop: [.raise("cannot log out")])
        }
        bench.spawn(3)
        try bench.run(milliseconds: 100)
        let (result, seconds) = try bench.stop()
        #expect(result.exceptions.first?.total.count == 3 && seconds < 0.5)
    }

    // MARK: - Of their own accord

    @Test func usersThatStopThemselvesAreGoneForGoodAfterOnStop() throws {
        let server = try ScriptedServer { _ in ScriptedServer.answer("") }
        defer { server.stop() }
        let bench = try EngineBench(settings: settings(server.url)) {
            SwiftUsers(task: [.get("/task"), .stopUser], stop: [.sleep(milliseconds: 200), .get("/out")])
        }
        bench.spawn(5)
        #expect(bench.awaitGauges(milliseconds: 100) { $0.requestsIssued == 5 } != nil)
        #expect(bench.gauges.activeUsers == [5] && bench.gauges.endedUsers == [0])
        #expect(bench.awaitGauges(milliseconds: 1000) { $0.activeUsers == [0] } != nil)
        #expect(bench.gauges.endedUsers == [5])
        bench.spawn(1)
        #expect(bench.awaitGauges(milliseconds: 1000) { $0.endedUsers == [6] } != nil)
        try bench.run(milliseconds: 10)
        #expect(bench.endedUsers == [6])
        let result = try bench.stop().result
        #expect(count(result, "/task") == 6 && count(result, "/out") == 6)
        expectConservation(result, server: server)
    }

    @Test func whoStopsItselfInOnStartOrIsToLeaveAnyway() throws {
        let server = try ScriptedServer { _ in ScriptedServer.answer("") }
        defer { server.stop() }
        let early = try EngineBench(settings: settings(server.url, hasOnStart: true)) {
            SwiftUsers(start: [.get("/start"), .stopUser], task: [.get("/never")], stop: [.get("/out")])
        }
        early.spawn(2)
        #expect(early.awaitGauges(milliseconds: 1000) { $0.endedUsers == [2] } != nil)
        let result = try early.stop().result
        #expect(count(result, "/start") == 2 && count(result, "/out") == 0 && count(result, "/never") == 0)
        // Who was told to leave is not missed.
        let leaver = try EngineBench(settings: settings(server.url)) {
            SwiftUsers(task: [.sleep(milliseconds: 200), .stopUser], stop: [.stopUser])
        }
        leaver.spawn(2)
        try leaver.run(milliseconds: 50)
        leaver.retire(2, graceMilliseconds: 5000)
        #expect(leaver.awaitGauges(milliseconds: 1000) { $0.activeUsers == [0] } != nil)
        #expect(leaver.gauges.endedUsers == [0])
        _ = try leaver.stop()
    }

    @Test func theFirstReasonToStopTheRunIsToldAndTheOthersGoOn() throws {
        let server = try ScriptedServer { _ in ScriptedServer.answer("") }
        defer { server.stop() }
        var settings = settings(server.url, wait: .constant(nanoseconds: 10_000_000))
        settings.userClasses.append(UserClass(name: "Other", host: server.url, tasks: [ScenarioTask(name: "other", weight: 1)]))
        settings.gauges = EngineGauges(userClasses: 2)
        settings.userClasses[1].tasks = [ScenarioTask(name: "unused"), ScenarioTask(name: "other")]
        settings.userClasses[1].order = TaskGroup(items: [.task(1)])
        let bench = try EngineBench(settings: settings) {
            SwiftUsers(
                tasks: [[.get("/enough"), .stopRun("seen enough")], [.get("/other"), .sleep(milliseconds: 5)]], stop: [.get("/out")])
        }
        bench.spawn(1, userClass: 1)
        bench.spawn(3)
        let told = bench.awaitEvent { if case .stopWanted(_, let userClass, let reason) = $0 { (userClass, reason) } else { nil } }
        #expect(told?.0 == 0 && told?.1 == "seen enough")
        let before = server.requests.count
        try bench.run(milliseconds: 200)
        // Who asked begins nothing more; the other user goes on.
        #expect(bench.gauges.activeUsers == [3, 1] && server.requests.count > before + 10)
        let result = try bench.stop(graceMilliseconds: 100).result
        #expect(count(result, "/enough") == 3 && count(result, "/out") == 3)
        #expect(bench.events.count == 1)
        expectConservation(result, server: server)
    }

    // MARK: - Groups

    @Test func usersGoThroughGroupsEachForItself() throws {
        let server = try ScriptedServer { _ in ScriptedServer.answer("") }
        defer { server.stop() }
        var settings = settings(server.url, wait: .constant(nanoseconds: 60_000_000_000))
        settings.userClasses[0].wait = .constant(nanoseconds: 1_000_000)
        settings.userClasses[0].tasks = (0..<4).map { ScenarioTask(name: "\($0)") }
        let inner = TaskGroup(order: .sequential, rounds: 2...2, items: [.task(1), .task(2)])
        settings.userClasses[0].order = TaskGroup(order: .sequential, items: [.task(0), .group(inner), .task(3)])
        let bench = try EngineBench(settings: settings) {
            SwiftUsers(tasks: [[.get("/0")], [.get("/1")], [.get("/2"), .leaveGroup], [.get("/3"), .stopUser]])
        }
        bench.spawn(5)
        #expect(bench.awaitGauges(milliseconds: 2000) { $0.endedUsers == [5] } != nil)
        let result = try bench.stop().result
        #expect(["/0", "/1", "/2", "/3"].map { count(result, $0) } == [5, 5, 5, 5])
    }
}
