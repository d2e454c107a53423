import EventLoop
import LoadEngine
import LoadModel
import Statistics
import Synchronization
import TestServers
import Testing

/// Several requests of one user at once.
@Suite(.serialized, .timeLimit(.minutes(3)))
struct BatchTests {
    /// How many requests the server works on at once.
    private final class Concurrency: Sendable {
        private let counts = Mutex((now: 0, most: 0))
        var most: Int { counts.withLock { $0.most } }
        func enter() {
            counts.withLock { counts in
                counts.now += 1
                counts.most = max(counts.most, counts.now)
            }
        }
        func leave() { counts.withLock { $0.now -= 1 } }
    }

    /// Answers after so long with the status that the path says, or 200.
    private func server(_ concurrency: Concurrency = Concurrency(), milliseconds: @escaping @Sendable (String) -> Int) throws
        -> ScriptedServer
    {
        try ScriptedServer { request in
            concurrency.enter()
            defer { concurrency.leave() }
            _ = try? Poller().wait(nanoseconds: Int64(milliseconds(request.line)) * 1_000_000)
            let status = request.line.split(separator: "/").dropFirst().first.flatMap { Int($0.prefix(3)) } ?? 0
            return ScriptedServer.answer("", status: "\(status < 200 ? 200 : status) X")
        }
    }

    private func expectConservation(_ result: RunResult, seen: Int) {
        let total = result.total()
        #expect(result.workers.first?.issued == total.requests + total.interrupted)
        #expect(total.requests <= seen && Int64(seen) <= total.requests + total.interrupted)
    }

    @Test func allRequestsAreUnderWayAtOnceAndTheOutcomesComeInOrder() throws {
        let concurrency = Concurrency()
        let server = try server(concurrency) { $0.contains("slow") ? 300 : 150 }
        defer { server.stop() }
        let journal = SwiftUsers.SharedJournal()
        let bench = try EngineBench(settings: EngineBench.settings(server.url, wait: 60_000_000_000)) {
            SwiftUsers(
                task: [.batch(["/200/slow", "/404", "/201", "/503", "/200/last"]), .get("/after")], journal: journal,
                check: { $0.status == 201 ? "not to be created" : nil })
        }
        bench.spawn(2)
        try bench.run(milliseconds: 800)
        let result = try bench.stop().result
        #expect(journal.read.batches == Array(repeating: [200, 404, 201, 503, 200], count: 2))
        #expect(concurrency.most == 10)
        // Each for itself, under its own name and with its own verdict and time.
        #expect(result.requests.map(\.requests) == [2, 2, 2, 2, 2, 2])
        #expect(
            Set(result.failures.map { "\($0.key.request.name): \($0.key.reason)" }) == [
                "/404: HTTP 404 Not Found", "/201: not to be created", "/503: HTTP 503 Service Unavailable",
            ])
        let times = result.requests.reduce(into: [String: Int64]()) { $0[$1.key?.name ?? ""] = $1.serviceTime.maxNanoseconds }
        #expect((times["/200/slow"] ?? 0) >= 300_000_000 && (times["/200/last"] ?? .max) < 290_000_000)
        // What comes next is due when the last one has ended: no delay of the generator's own.
        #expect((result.requests.first { $0.key?.name == "/after" }?.responseTime.maxNanoseconds ?? .max) < 290_000_000)
        expectConservation(result, seen: server.requests.count)
    }

    @Test func aBatchMayFollowABatchAndAnotherUsersMayLieBetween() throws {
        let server = try server { $0.contains("slow") ? 20 : 1 }
        defer { server.stop() }
        let journal = SwiftUsers.SharedJournal()
        let bench = try EngineBench(settings: EngineBench.settings(server.url, wait: 1_000_000)) {
            SwiftUsers(task: [.batch(["/201/slow", "/202", "/203"]), .batch(["/204"]), .batch(["/205", "/206/slow"])], journal: journal)
        }
        bench.spawn(6)
        try bench.run(milliseconds: 400)
        let result = try bench.stop(graceMilliseconds: 2000).result
        #expect(Set(journal.read.batches) == [[201, 202, 203], [204], [205, 206]])
        let counts = result.requests.map(\.requests)
        #expect(counts.count == 6 && Set(counts).count == 1 && counts[0] > 10)
        #expect(result.total().interrupted == 0)
        expectConservation(result, seen: server.requests.count)
    }

    @Test func whatHasEndedIsCountedWhenABatchIsCutOff() throws {
        let server = try server { $0.contains("slow") ? 5000 : 1 }
        defer { server.stop() }
        let journal = SwiftUsers.SharedJournal()
        let bench = try EngineBench(settings: EngineBench.settings(server.url)) {
            SwiftUsers(task: [.batch(["/200", "/200/slow", "/404", "/200/slow2"])], journal: journal)
        }
        bench.spawn(3)
        try bench.run(milliseconds: 300)
        // Sent requests are awaited for two seconds.
        let (result, seconds) = try bench.stop()
        #expect((1.9..<3).contains(seconds))
        #expect(result.total().requests == 6 && result.total().failures == 3 && result.total().interrupted == 6)
        #expect(journal.read.batches.isEmpty)
        expectConservation(result, seen: server.requests.count)
    }

    @Test func underACapBatchesWaitUntilTheyFitAndLargerOnesGoPieceByPiece() throws {
        for cap in [1, 3, 4] {
            let concurrency = Concurrency()
            let server = try server(concurrency) { _ in 10 }
            defer { server.stop() }
            let journal = SwiftUsers.SharedJournal()
            var settings = EngineBench.settings(server.url, wait: 1_000_000)
            settings.connectionCap = cap
            settings.userClasses[0].tasks = (0..<3).map { ScenarioTask(name: "\($0)") }
            settings.userClasses[0].order = TaskGroup(order: .sequential, items: [.task(0), .task(1), .task(2)])
            let bench = try EngineBench(settings: settings) {
                SwiftUsers(
                    tasks: [[.batch(["/201", "/202", "/203"])], [.get("/one")], [.batch((0..<9).map { "/21\($0)" })]], journal: journal)
            }
            bench.spawn(4)
            var mostOpen = 0
            for _ in 0..<100 {
                mostOpen = max(mostOpen, bench.gauges.openConnections)
                _ = try Poller().wait(nanoseconds: 10_000_000)
            }
            let result = try bench.stop(graceMilliseconds: 5000).result
            #expect(mostOpen <= cap && concurrency.most <= cap, "cap \(cap): \(mostOpen) open, \(concurrency.most) at once")
            #expect(concurrency.most == cap)
            #expect(Set(journal.read.batches.map(\.count)) == [3, 9])
            #expect(result.total().interrupted == 0 && result.total().failures == 0)
            #expect((result.requests.first { $0.key?.name == "/one" }?.requests ?? 0) >= 4)
            expectConservation(result, seen: server.requests.count)
        }
    }

    @Test func batchesThatWaitForConnectionsAreCutShort() throws {
        let server = try server { _ in 400 }
        defer { server.stop() }
        var settings = EngineBench.settings(server.url)
        settings.connectionCap = 2
        settings.userClasses[0].hasOnStop = true
        let bench = try EngineBench(settings: settings) {
            SwiftUsers(task: [.batch(["/1", "/2", "/3", "/4", "/5"])], stop: [.sleep(milliseconds: 1)])
        }
        bench.spawn(3)
        try bench.run(milliseconds: 200)
        // The first user's two requests are awaited, its other three never sent; the others sent nothing.
        let (result, seconds) = try bench.stop()
        #expect(result.total().requests == 2 && result.total().interrupted == 0 && server.requests.count == 2)
        #expect(seconds < 1)
        expectConservation(result, seen: server.requests.count)
    }

    @Test func nothingOfABatchIsSentWithoutALease() throws {
        let server = try server { _ in 1 }
        defer { server.stop() }
        var settings = EngineBench.settings(server.url)
        settings.lease = EngineLease(expiryNanoseconds: MonotonicClock.nanoseconds() + 100_000_000)
        let bench = try EngineBench(settings: settings) {
            SwiftUsers(task: [.block(milliseconds: 150), .batch(["/1", "/2"])])
        }
        bench.spawn(2)
        try bench.run(milliseconds: 500)
        #expect(server.requests.isEmpty && bench.gauges.activeUsers == [0] && bench.gauges.requestsIssued == 0)
        _ = try bench.stop()
    }

    @Test func everyRequestOfEveryBatchIsAccountedForWheneverTheRunEnds() throws {
        let server = try server { $0.contains("slow") ? 25 : 2 }
        defer { server.stop() }
        for seed in 0..<12 {
            let seenBefore = server.requests.count
            var generator = SplitMix64(seed: UInt64(seed))
            let mode = [ConnectionMode.user, .shared, .new][seed % 3]
            var settings = EngineBench.settings(server.url, wait: 2_000_000, mode: mode)
            settings.connectionCap = [0, 5, 2, 0][seed % 4]
            settings.userClasses[0].hasOnStop = seed % 2 == 0
            let bench = try EngineBench(settings: settings) {
                SwiftUsers(
                    task: [.batch(["/1", "/2/slow", "/3"]), .get("/4"), .batch(["/5/slow"])], stop: [.batch(["/6", "/7/slow"])])
            }
            bench.spawn(8)
            try bench.run(milliseconds: Int.random(in: 20...120, using: &generator))
            if seed % 3 == 0 { bench.retire(3, graceMilliseconds: Int64.random(in: 0...30, using: &generator)) }
            if seed % 4 == 1 {
                bench.post(.release)
                bench.spawn(5)
            }
            try bench.run(milliseconds: Int.random(in: 0...40, using: &generator))
            if seed % 5 == 4 { bench.post(.cutOff) }
            let (result, seconds) = try bench.stop(graceMilliseconds: Int.random(in: 0...60, using: &generator))
            #expect(seconds < 2.5, "seed \(seed)")
            #expect(result.total().requests + result.total().interrupted > 0 && result.total().failures == 0, "seed \(seed)")
            expectConservation(result, seen: server.requests.count - seenBefore)
        }
    }
}
