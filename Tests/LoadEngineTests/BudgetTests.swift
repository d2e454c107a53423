import LoadModel
import TestServers
import Testing

@testable import LoadEngine

struct BudgetTests {
    @Test func asksOnceAndBeforeThereIsNothingLeft() {
        var budget = Budget(source: 3)
        #expect(budget.wish() != nil && budget.wish() == nil && !budget.isSpent)
        budget.take(RowGrant(source: 3, rows: 0..<100))
        #expect(budget.left == 100 && budget.wish() == nil)
        budget.spend(50)
        #expect(budget.wish() != nil && budget.wish() == nil)
        budget.spend(60)
        #expect(budget.left == -10 && !budget.isSpent)
        // What was done beyond the lease comes off the next.
        budget.take(RowGrant(source: 3, rows: 100..<105, isExhausted: true))
        #expect(budget.isSpent && budget.wish() == nil)
    }
}

/// So many iterations or requests, on a real engine thread.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct EngineBudgetTests {
    @Test func noIterationBeginsWithoutALease() throws {
        let server = try ScriptedServer { _ in ScriptedServer.answer("") }
        defer { server.stop() }
        var settings = EngineBench.settings(server.url, wait: 1_000_000, hasOnStart: true)
        settings.iterationSource = 0
        let bench = try EngineBench(settings: settings, grants: 700) {
            SwiftUsers(start: [.get("/start")], task: [.get("/a"), .get("/b")])
        }
        bench.spawn(5)
        // Each user ends for good when there is no more to be done.
        #expect(bench.awaitGauges(milliseconds: 20_000) { $0.endedUsers == [5] && $0.activeUsers == [0] } != nil)
        let result = try bench.stop().result
        #expect(result.requests.map(\.requests) == [700, 700, 5])
        #expect(result.iterationTotal.count == 700)
    }

    @Test func usersThatWaitEndWithTheLastIteration() throws {
        let server = try ScriptedServer { _ in ScriptedServer.answer("") }
        defer { server.stop() }
        var settings = EngineBench.settings(server.url, wait: 3_600_000_000_000)
        settings.iterationSource = 0
        let bench = try EngineBench(settings: settings, grants: 3) { SwiftUsers(task: [.get("/")]) }
        bench.spawn(4)
        // An hour's wait is none where nothing comes after it.
        #expect(bench.awaitGauges(milliseconds: 10_000) { $0.endedUsers == [4] } != nil)
        #expect(try bench.stop().result.total().requests == 3)
    }

    @Test func aTaskOfOneRequestTakesOneAndOneOfMoreIsFinished() throws {
        let server = try ScriptedServer { _ in ScriptedServer.answer("") }
        defer { server.stop() }
        for (task, range) in [([SwiftUsers.Act.get("/")], 300...300), ([.get("/"), .get("/"), .get("/")], 300...312)] {
            var settings = EngineBench.settings(server.url)
            settings.requestSource = 0
            let bench = try EngineBench(settings: settings, grants: 300) { SwiftUsers(task: task) }
            bench.spawn(6)
            #expect(bench.awaitGauges(milliseconds: 20_000) { $0.endedUsers == [6] } != nil)
            let count = try bench.stop().result.total().requests
            #expect(range.contains(Int(count)), "\(count)")
        }
    }

    @Test func withoutALeaseNothingBegins() throws {
        let server = try ScriptedServer { _ in ScriptedServer.answer("") }
        defer { server.stop() }
        var settings = EngineBench.settings(server.url)
        settings.iterationSource = 0
        let bench = try EngineBench(settings: settings, grants: -1) { SwiftUsers(task: [.get("/")]) }
        bench.spawn(3)
        #expect(try bench.run(milliseconds: 200).users == 3)
        let (result, seconds) = try bench.stop(graceMilliseconds: 5000)
        #expect(result.total().requests == 0 && seconds < 2)
    }
}
