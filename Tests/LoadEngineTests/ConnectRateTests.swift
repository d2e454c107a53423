import LoadModel
import TestServers
import Testing

@testable import LoadEngine

struct ConnectRateTests {
    /// Moments at which a pacer that is asked at `times` lets a connection be opened.
    private static func opened(_ ratePerSecond: Double, at times: some Sequence<Int64>) -> [Int64] {
        var pacer = ConnectPacer(ratePerSecond: ratePerSecond, committed: 0)
        var count = 0
        return times.filter { now in
            guard pacer.mayOpen(now: now, committed: count) else { return false }
            count += 1
            return true
        }
    }

    @Test func connectionsAreOpenedAtTheirRate() {
        #expect(Self.opened(100, at: stride(from: 0, to: 1_000_000_000, by: 1_000_000)).count == 100)
        // A loop that comes round too seldom for a connection each time makes up for it.
        let coarse = stride(from: Int64(0), to: 1_000_000_000, by: 5_000_000).flatMap { [Int64](repeating: $0, count: 20) }
        #expect(abs(Self.opened(1_000, at: coarse).count - 1_000) <= 12)
        #expect(Self.opened(1e-9, at: [0, 1, 900_000_000_000_000_000]).count == 1)
    }

    @Test func aPauseIsNotFollowedByAStorm() {
        let after = Self.opened(1_000, at: [0] + [Int64](repeating: 5_000_000_000, count: 1_000))
        // Ten milliseconds' worth.
        #expect(after.count == 1 + 10)
    }

    @Test func whatWasOpenedOtherwiseIsCountedToo() {
        var pacer = ConnectPacer(ratePerSecond: 10, committed: 5)
        func mayOpen(_ milliseconds: Int64, _ committed: Int) -> Bool { pacer.mayOpen(now: milliseconds * 1_000_000, committed: committed) }
        let isFirst = mayOpen(1_000, 5)
        // Six at once, of which five have turned out not to be needed.
        let (isSeventh, dueThen) = (mayOpen(1_000, 11), pacer.next)
        let (isSecond, dueNow) = (mayOpen(1_000, 6), pacer.next)
        #expect([isFirst, isSeventh, isSecond] == [true, false, false])
        #expect([dueThen, dueNow] == [1_590_000_000, 1_090_000_000])
        let isInTime = mayOpen(1_090, 6)
        // Nobody waits longer than a minute for what others have opened, and another rate holds at once.
        let isAfterMany = mayOpen(2_000, 1_000_006)
        #expect(isInTime && !isAfterMany && pacer.next == 62_000_000_000)
        pacer.change(ratePerSecond: 100, now: 2_000_000_000)
        #expect(pacer.next == 2_010_000_000)
    }

    @Test func absurdRatesAndCountsTrapNobody() {
        for rate in [1e-300, 1e-9, 1e9, 1e300] {
            var pacer = ConnectPacer(ratePerSecond: rate, committed: 0)
            for committed in [Int.max / 2, 0, 1, Int.max / 2, 3] { _ = pacer.mayOpen(now: 1_000_000_000_000_000, committed: committed) }
            pacer.change(ratePerSecond: rate, now: 1_000_000_000_000_000)
        }
    }

    /// In production there is always a cap, be it by descriptors.
    @Test(arguments: [0, 20_000]) func whoHasAConnectionGoesOnWhileOthersWaitToOpenTheirs(cap: Int) throws {
        let server = try ScriptedServer { _ in ScriptedServer.answer("") }
        defer { server.stop() }
        var settings = EngineBench.settings(server.url, wait: 20_000_000)
        settings.connectionCap = cap
        let bench = try EngineBench(settings: settings) { SwiftUsers(task: [.get("/")]) }
        bench.post(.connectRate(50))
        bench.spawn(20)
        let (_, early) = try bench.run(milliseconds: 200)
        #expect((5...12).contains(early), "\(early)")
        let (_, late) = try bench.run(milliseconds: 400)
        #expect(late == 20)
        let total = try bench.stop().result.total()
        // The first of them have made some thirty requests, of which none had to wait; the last one's wait is in its response time only.
        #expect(total.requests > 200, "\(total.requests)")
        #expect((total.responseTime.maxNanoseconds ?? 0) > 300_000_000 && (total.serviceTime.maxNanoseconds ?? 0) < 200_000_000)
        #expect(total.responseTime.histogram.microseconds(atPercentile: 50) ?? .max < 100_000)
    }

    @Test func withACapTheyWaitForBoth() throws {
        let server = try ScriptedServer { _ in [.pause(milliseconds: 20)] + ScriptedServer.answer("") }
        defer { server.stop() }
        var settings = EngineBench.settings(server.url, wait: 10_000_000_000, mode: .new)
        settings.connectionCap = 2
        let bench = try EngineBench(settings: settings) { SwiftUsers(task: [.get("/")]) }
        bench.post(.connectRate(50))
        bench.spawn(15)
        let (_, connections) = try bench.run(milliseconds: 100)
        #expect(connections <= 2 && server.connections <= 7, "\(server.connections)")
        try bench.run(milliseconds: 500)
        #expect(try bench.stop().result.total().requests == 15 && server.connections == 15)
    }

    @Test func theStopReachesThoseWhoWait() throws {
        let server = try ScriptedServer { _ in ScriptedServer.answer("") }
        defer { server.stop() }
        let bench = try EngineBench(settings: EngineBench.settings(server.url, wait: 10_000_000_000)) { SwiftUsers(task: [.get("/")]) }
        bench.post(.connectRate(1))
        bench.spawn(30)
        try bench.run(milliseconds: 100)
        let (result, seconds) = try bench.stop()
        #expect(result.total().requests == 1 && server.connections == 1 && seconds < 1)
    }

    @Test func batchesWaitForTheirTurnAndAreSentWhole() throws {
        let server = try ScriptedServer { _ in ScriptedServer.answer("") }
        defer { server.stop() }
        let bench = try EngineBench(settings: EngineBench.settings(server.url, wait: 5_000_000_000)) {
            SwiftUsers(task: [.batch(["/1", "/2", "/3"])])
        }
        bench.post(.connectRate(60))
        bench.spawn(10)
        let (_, early) = try bench.run(milliseconds: 200)
        // Three connections for each user, one user every 50 ms.
        #expect(early % 3 == 0 && (9...18).contains(early), "\(early)")
        try bench.run(milliseconds: 500)
        #expect(try bench.stop().result.total().requests == 30)
    }
}
