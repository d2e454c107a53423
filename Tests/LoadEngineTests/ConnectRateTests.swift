import LoadModel
import TestServers
import Testing

@testable import LoadEngine

struct ConnectRateTests {
    /// Moments at which a pacer that is asked at `times` lets a connection be opened.
    private static func opened(_ ratePerSecond: Double, at times: some Sequence<Int64>) -> [Int64] {
        var pacer = ConnectPacer(ratePerSecond: ratePerSecond)
        return times.filter { now in
            guard pacer.mayOpen(now: now) else { return false }
            pacer.spend(now: now)
            return true
        }
    }

    @Test func connectionsAreOpenedAtTheirRate() {
        #expect(Self.opened(100, at: stride(from: 0, to: 1_000_000_000, by: 1_000_000)).count == 100 + 1)
        // A loop that comes round too seldom for a connection each time makes up for it.
        let coarse = stride(from: Int64(0), to: 1_000_000_000, by: 5_000_000).flatMap { [Int64](repeating: $0, count: 20) }
        #expect(abs(Self.opened(1_000, at: coarse).count - 1_000) <= 12)
        #expect(Self.opened(1e-9, at: [0, 1, 900_000_000_000_000_000]).count == 1)
    }

    @Test func aPauseIsNotFollowedByAStorm() {
        let after = Self.opened(1_000, at: [0] + [Int64](repeating: 5_000_000_000, count: 1_000))
        // Ten milliseconds' worth, and the one that is due.
        #expect(after.count == 1 + 11)
    }

    @Test func whoHasAConnectionGoesOnWhileOthersWaitToOpenTheirs() throws {
        let server = try ScriptedServer { _ in ScriptedServer.answer("") }
        defer { server.stop() }
        let bench = try EngineBench(settings: EngineBench.settings(server.url, wait: 20_000_000)) { SwiftUsers(task: [.get("/")]) }
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
