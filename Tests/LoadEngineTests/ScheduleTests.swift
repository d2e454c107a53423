import EventLoop
import LoadEngine
import LoadModel
import Statistics
import Synchronization
import TestServers
import Testing

/// When tasks begin: schedules, and pauses that the script says itself.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct ScheduleTests {
    private static let millisecond: Int64 = 1_000_000

    private func settings(_ url: String, _ wait: WaitTime, hasOnStart: Bool = false, classes: Int = 1) -> EngineSettings {
        EngineSettings(
            userClasses: (0..<classes).map {
                UserClass(name: "Test \($0)", host: url, wait: wait, hasOnStart: hasOnStart, tasks: [ScenarioTask(name: "task")])
            }, seed: 1)
    }

    /// When requests came in, in milliseconds since the first.
    private final class Arrivals: Sendable {
        private let times = Mutex<[Int64]>([])
        func note() { times.withLock { $0.append(MonotonicClock.nanoseconds()) } }
        var nanoseconds: [Int64] { times.withLock { $0 } }
        var milliseconds: [Double] { times.withLock { times in times.map { Double($0 - times[0]) / 1e6 } } }
    }

    /// By how much response times are longer than service times, all together, in milliseconds.
    private func delays(_ total: RequestStatistics) -> Double {
        (total.averageSchedulingDelayNanoseconds ?? 0) * Double(total.requests) / 1e6
    }

    @Test func tasksBeginOnTheirTimesHoweverLongTheyTake() throws {
        let arrivals = Arrivals()
        let server = try ScriptedServer { _ in
            arrivals.note()
            return [.pause(milliseconds: 20)] + ScriptedServer.answer("")
        }
        defer { server.stop() }
        let wait = WaitTime.schedule(intervalNanoseconds: 50 * Self.millisecond, catchesUp: true)
        let bench = try EngineBench(settings: settings(server.url, wait)) { SwiftUsers(task: [.get("/")]) }
        let start = MonotonicClock.nanoseconds() + 20 * Self.millisecond
        bench.post(.spawn(SpawnOrder(firstDue: start, intervalNanoseconds: 0, userClasses: [0], firstNumber: 0, numberStride: 1)))
        try bench.run(milliseconds: 1040)
        let total = try bench.stop().result.total()
        let delays = arrivals.nanoseconds.enumerated().map { Double($0.element - start) / 1e6 - Double($0.offset) * 50 }
        #expect((20...22).contains(delays.count))
        // Never early; late only as far as this machine is busy, and no longer from task to task.
        #expect(delays.allSatisfy { $0 >= 0 && $0 < 45 } && delays.sorted()[delays.count / 2] < 8, "\(delays) ms")
        #expect((total.responseTime.maxNanoseconds ?? 0) < 100 * Self.millisecond)
    }

    @Test func theScheduleBeginsWithTheFirstTask() throws {
        let journal = SwiftUsers.SharedJournal()
        let wait = WaitTime.schedule(intervalNanoseconds: 100 * Self.millisecond, catchesUp: true)
        let bench = try EngineBench(settings: settings("http://127.0.0.1:1", wait, hasOnStart: true)) {
            SwiftUsers(start: [.sleep(milliseconds: 250)], task: [.sleep(milliseconds: 10)], journal: journal)
        }
        bench.spawn(1)
        try bench.run(milliseconds: 700)
        _ = try bench.stop()
        let begins = journal.read.begins[0] ?? []
        #expect((4...5).contains(begins.count))
        for (index, time) in begins.enumerated() {
            #expect(abs(Double(time - begins[0]) / 1e6 - Double(index) * 100) < 45)
        }
    }

    @Test func lateTasksBeginAtOnceAndTheirResponseTimesRunFromTheirOwnTimes() throws {
        let arrivals = Arrivals()
        let server = try ScriptedServer { request in
            arrivals.note()
            // The second answer takes five intervals.
            return request.indexOnConnection == 1 ? [.pause(milliseconds: 500)] + ScriptedServer.answer("") : ScriptedServer.answer("")
        }
        defer { server.stop() }
        let wait = WaitTime.schedule(intervalNanoseconds: 100 * Self.millisecond, catchesUp: true)
        let bench = try EngineBench(settings: settings(server.url, wait)) { SwiftUsers(task: [.get("/")]) }
        bench.spawn(1)
        try bench.run(milliseconds: 1050)
        let total = try bench.stop().result.total()
        let times = arrivals.milliseconds
        #expect((10...12).contains(times.count))
        // 0, 100; then 200 to 500 are late and come together at 600, from there on all is as it was.
        let expected = [0.0, 100, 600, 600, 600, 600, 600, 700, 800, 900, 1000]
        for (time, expected) in zip(times, expected) { #expect(abs(time - expected) < 45, "\(times)") }
        // Meant for 200 ms, sent at 600 ms: 400 ms of response time, next to nothing of service time.
        #expect(delays(total) > 400 + 300 + 200 + 100 - 60)
        #expect((total.responseTime.maxNanoseconds ?? 0) < 600 * Self.millisecond)
    }

    @Test func withoutCatchingUpTheScheduleBeginsAnew() throws {
        let arrivals = Arrivals()
        let server = try ScriptedServer { request in
            arrivals.note()
            return request.indexOnConnection == 1 ? [.pause(milliseconds: 350)] + ScriptedServer.answer("") : ScriptedServer.answer("")
        }
        defer { server.stop() }
        let wait = WaitTime.schedule(intervalNanoseconds: 100 * Self.millisecond, catchesUp: false)
        let bench = try EngineBench(settings: settings(server.url, wait)) { SwiftUsers(task: [.get("/")]) }
        bench.spawn(1)
        try bench.run(milliseconds: 900)
        let total = try bench.stop().result.total()
        let expected = [0.0, 100, 450, 550, 650, 750, 850]
        for (time, expected) in zip(arrivals.milliseconds, expected) { #expect(abs(time - expected) < 45, "\(arrivals.milliseconds)") }
        #expect((6...8).contains(arrivals.milliseconds.count))
        #expect(delays(total) == 0)
    }

    @Test func aLongBacklogDoesNotStarveOtherUsers() throws {
        let journal = SwiftUsers.SharedJournal()
        // One user has 3,000 tasks to make up for; the other wants to go on every 5 ms.
        var settings = settings("http://127.0.0.1:1", .schedule(intervalNanoseconds: Self.millisecond, catchesUp: true), classes: 2)
        settings.userClasses[1].wait = .constant(nanoseconds: 5 * Self.millisecond)
        settings.userClasses[0].tasks = [ScenarioTask(name: "late"), ScenarioTask(name: "other")]
        settings.userClasses[0].order = TaskGroup(items: [.task(0)])
        settings.userClasses[1].tasks = settings.userClasses[0].tasks
        settings.userClasses[1].order = TaskGroup(items: [.task(1)])
        let bench = try EngineBench(settings: settings) { SwiftUsers(tasks: [[], [.sleep(milliseconds: 1)]], journal: journal) }
        let start = MonotonicClock.nanoseconds()
        bench.post(
            .spawn(
                SpawnOrder(
                    firstDue: start - 3000 * Self.millisecond, intervalNanoseconds: 0, userClasses: [0], firstNumber: 0, numberStride: 1)))
        bench.post(.spawn(SpawnOrder(firstDue: start, intervalNanoseconds: 0, userClasses: [1], firstNumber: 1, numberStride: 1)))
        try bench.run(milliseconds: 300)
        _ = try bench.stop()
        let (late, other) = (journal.read.begins[0]?.count ?? 0, journal.read.begins[1] ?? [])
        // The backlog is gone, and no task of it was left out.
        #expect((3200...3400).contains(late))
        #expect(other.count > 25)
        #expect(zip(other, other.dropFirst()).map { $1 - $0 }.max() ?? 0 < 60 * Self.millisecond)
    }

    @Test func theScriptsOwnPausesAreKept() throws {
        let journal = SwiftUsers.SharedJournal()
        let pauses = Mutex<[Int64]>([50, 100, -5, 150])
        let bench = try EngineBench(settings: settings("http://127.0.0.1:1", .scripted)) {
            SwiftUsers(
                task: [], pause: { pauses.withLock { $0.isEmpty ? 60_000 : $0.removeFirst() } * Self.millisecond }, journal: journal)
        }
        bench.spawn(1)
        try bench.run(milliseconds: 500)
        _ = try bench.stop()
        let begins = journal.read.begins[0] ?? []
        let pausesSeen = zip(begins, begins.dropFirst()).map { Double($1 - $0) / 1e6 }
        #expect(pausesSeen.count == 4)
        for (seen, expected) in zip(pausesSeen, [50.0, 100, 0, 150]) { #expect((expected..<expected + 45).contains(seen), "\(pausesSeen)") }
    }

    @Test func aWaitFunctionThatFailsIsCountedAndDoesNotSpin() throws {
        let journal = SwiftUsers.SharedJournal()
        let bench = try EngineBench(settings: settings("http://127.0.0.1:1", .scripted)) {
            SwiftUsers(task: [], pause: { nil }, journal: journal)
        }
        bench.spawn(2)
        try bench.run(milliseconds: 1200)
        let result = try bench.stop().result
        #expect(journal.read.begins.mapValues(\.count) == [0: 2, 1: 2])
        #expect(result.exceptions.first?.total.count == 4 && result.exceptions.first?.total.example.message == "no pause")
    }
}
