import EventLoop
import LoadModel
import Statistics
import TestServers
import Testing

@testable import LoadEngine

/// The open model on a real engine thread, against a real server.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct EngineArrivalsTests {
    private static func settings(_ url: String, rate: Double, lateness: Int64? = nil, hasOnStart: Bool = false, classes: Int = 1)
        -> EngineSettings
    {
        // The wait is none in the open model.
        var settings = EngineBench.settings(url, wait: 3_600_000_000_000, hasOnStart: hasOnStart, classes: classes)
        settings.arrivals = Load.Arrivals(
            schedule: ArrivalSchedule(rate: LoadProfile(constant: rate)), mostUsers: 10, mostLatenessNanoseconds: lateness)
        return settings
    }

    private static func claim(_ bench: EngineBench, milliseconds: Int64? = nil) {
        bench.post(
            .arrivals(
                ArrivalOrder(
                    runStart: MonotonicClock.nanoseconds(),
                    claims: [ArrivalClaim(from: 0, until: milliseconds.map { $0 * 1_000_000 } ?? .max)])))
    }

    @Test func usersRestUntilAStartFallsToThem() throws {
        let server = try ScriptedServer { _ in ScriptedServer.answer("") }
        defer { server.stop() }
        let bench = try EngineBench(settings: Self.settings(server.url, rate: 200)) { SwiftUsers(task: [.get("/")]) }
        bench.spawn(5)
        #expect(try bench.run(milliseconds: 100).users == 5)
        #expect(server.requests.isEmpty && bench.gauges.pendingStarts == 0)
        Self.claim(bench, milliseconds: 500)
        try bench.run(milliseconds: 700)
        // 200/s for half a second, however long the users' wait is.
        #expect(server.requests.count == 100 && bench.gauges.pendingStarts == 0)
        let total = try bench.stop().result.total()
        #expect(total.requests == 100 && total.interrupted == 0)
    }

    /// Two users who need 50 ms each for what is due every 10 ms: the starts wait and keep their times, and what has not begun at the end is dropped.
    @Test func startsWaitForAUserAndKeepTheirTimes() throws {
        let server = try ScriptedServer { _ in [.pause(milliseconds: 50)] + ScriptedServer.answer("") }
        defer { server.stop() }
        let bench = try EngineBench(settings: Self.settings(server.url, rate: 100)) { SwiftUsers(task: [.get("/")]) }
        bench.spawn(2)
        Self.claim(bench, milliseconds: 200)
        try bench.run(milliseconds: 1000)
        let total = try bench.stop().result.total()
        #expect(total.requests == 20)
        // The last one is due at 190 ms and begins with the tenth pair, 450 ms or more after the first.
        let greatest = Double(total.responseTime.maxNanoseconds ?? 0) / 1e6
        #expect((300..<600).contains(greatest), "\(greatest)")
        #expect((total.serviceTime.maxNanoseconds ?? 0) < 150_000_000)
    }

    @Test func startsThatAreTooLateAreNotMade() throws {
        let server = try ScriptedServer { _ in [.pause(milliseconds: 100)] + ScriptedServer.answer("") }
        defer { server.stop() }
        let bench = try EngineBench(settings: Self.settings(server.url, rate: 100, lateness: 150_000_000)) { SwiftUsers(task: [.get("/")]) }
        bench.spawn(1)
        Self.claim(bench, milliseconds: 400)
        try bench.run(milliseconds: 900)
        let total = try bench.stop().result.total()
        // Each 100 ms one; nothing begins more than 150 ms after it was due, so the last at 540 ms.
        #expect((4...6).contains(total.requests), "\(total.requests)")
        #expect((total.responseTime.maxNanoseconds ?? 0) < 300_000_000)
    }

    @Test func aUserIsSetUpWithItsFirstStart() throws {
        let server = try ScriptedServer { _ in ScriptedServer.answer("") }
        defer { server.stop() }
        let bench = try EngineBench(settings: Self.settings(server.url, rate: 50, hasOnStart: true)) {
            SwiftUsers(start: [.get("/start")], task: [.get("/task")])
        }
        bench.spawn(4)
        Self.claim(bench, milliseconds: 300)
        try bench.run(milliseconds: 500)
        let result = try bench.stop().result
        let counts = Dictionary(uniqueKeysWithValues: result.requests.map { ($0.key?.name ?? "", $0.requests) })
        #expect(counts["/task"] == 15 && (1...4).contains(counts["/start"] ?? 0))
    }

    /// A user whose `on_start` fails tries it again with the next start that falls to it; nothing turns without pause.
    @Test func aFailedSetUpTakesItsStartWithIt() throws {
        let server = try ScriptedServer { _ in ScriptedServer.answer("") }
        defer { server.stop() }
        let bench = try EngineBench(settings: Self.settings(server.url, rate: 50, hasOnStart: true)) {
            SwiftUsers(start: [.raise("no luck")], task: [.get("/never")])
        }
        bench.spawn(2)
        Self.claim(bench, milliseconds: 200)
        try bench.run(milliseconds: 400)
        let result = try bench.stop().result
        #expect(result.total().requests == 0 && result.exceptions.first?.total.count == 10)
    }

    @Test func whoNeverHadAStartIsNotStopped() throws {
        let server = try ScriptedServer { _ in ScriptedServer.answer("") }
        defer { server.stop() }
        var settings = Self.settings(server.url, rate: 10)
        settings.userClasses[0].hasOnStop = true
        let bench = try EngineBench(settings: settings) { SwiftUsers(task: [.get("/")], stop: [.get("/stop")]) }
        bench.spawn(5)
        Self.claim(bench, milliseconds: 50)
        try bench.run(milliseconds: 100)
        let result = try bench.stop(graceMilliseconds: 100).result
        #expect(result.requests.map(\.requests) == [1, 1])
    }

    @Test func aReleasedThreadForgetsItsClaims() throws {
        let server = try ScriptedServer { _ in ScriptedServer.answer("") }
        defer { server.stop() }
        let bench = try EngineBench(settings: Self.settings(server.url, rate: 100)) { SwiftUsers(task: [.get("/")]) }
        bench.spawn(3)
        Self.claim(bench)
        try bench.run(milliseconds: 100)
        bench.post(.release)
        #expect(try bench.run(milliseconds: 20).users == 0)
        let before = server.requests.count
        bench.spawn(3)
        try bench.run(milliseconds: 200)
        #expect(server.requests.count == before && bench.gauges.pendingStarts == 0)
        _ = try bench.stop()
    }

    @Test func restingUsersLeaveAtOnceAndOthersTakeTheirStarts() throws {
        let server = try ScriptedServer { _ in ScriptedServer.answer("") }
        defer { server.stop() }
        let bench = try EngineBench(settings: Self.settings(server.url, rate: 100)) { SwiftUsers(task: [.get("/")]) }
        bench.spawn(6)
        Self.claim(bench, milliseconds: 600)
        try bench.run(milliseconds: 100)
        bench.retire(5)
        #expect(try bench.run(milliseconds: 100).users == 1)
        try bench.run(milliseconds: 500)
        #expect(try bench.stop().result.total().requests == 60)
    }

    /// A thread that waits for its next start sleeps until then, and is on time.
    @Test func sleepsUntilTheNextStart() throws {
        let server = try ScriptedServer { _ in ScriptedServer.answer("") }
        defer { server.stop() }
        let journal = SwiftUsers.SharedJournal()
        let bench = try EngineBench(settings: Self.settings(server.url, rate: 20)) {
            SwiftUsers(task: [.sleep(milliseconds: 1)], journal: journal)
        }
        bench.spawn(3)
        Self.claim(bench)
        let milliseconds = try bench.processorMilliseconds(during: 1000)
        #expect(milliseconds < 60, "\(milliseconds)")
        _ = try bench.stop()
        let begins = journal.read.begins.values.flatMap(\.self).sorted()
        let gaps = zip(begins, begins.dropFirst()).map { Double($1 - $0) / 1e6 }
        #expect(begins.count >= 18)
        #expect(gaps.sorted()[gaps.count / 2] > 49 && gaps.sorted()[gaps.count / 2] < 51, "\(gaps)")
    }
}
