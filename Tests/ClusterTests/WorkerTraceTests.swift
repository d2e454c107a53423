import LoadModel
import Statistics
import Testing
import Wire

@testable import Cluster

struct WorkerTraceTests {
    private static let second: Int64 = 1_000_000_000

    private static func delta(_ number: Int, issued: Int64, users: Int) -> WorkerDelta {
        var snapshot = IntervalSnapshot()
        snapshot.issued = issued
        return WorkerDelta(number: number, run: 1, snapshot: snapshot, users: users, openConnections: 0, lagNanoseconds: 0)
    }

    /// Ten users from the start, with 100 requests a second.
    private static var steady: WorkerTrace {
        var trace = WorkerTrace(name: "a")
        trace.note(delta(1, issued: 90, users: 10), second: 0)
        trace.note(delta(2, issued: 100, users: 10), second: 1)
        // What was folded over two seconds.
        trace.note(delta(3, issued: 200, users: 10), second: 3)
        return trace
    }

    @Test func sendsOnAtItsGreatestRate() {
        #expect(Self.steady.greatestRate == 100 && Self.steady.greatestUserRate == 10)
        let ramp = Ramp(from: 0, to: 10, ratePerSecond: 1000)
        // From the middle of second 3 on, and a request that each user had under way.
        #expect(Self.steady.unheardRequests(userRate: 0, ramp: ramp, until: 5 * Self.second) == 10 + 150)
        #expect(Self.steady.unheardRequests(userRate: 20, ramp: ramp, until: 5 * Self.second) == 10 + 300)
        #expect(Self.steady.unheardRequests(userRate: 20, ramp: ramp, until: 3 * Self.second) == 0)
    }

    @Test func usersThatWereStillToComeMayAllHaveComeToIt() {
        let ramp = Ramp(from: 0, to: 100, ratePerSecond: 10)
        #expect(Self.steady.unheardRequests(userRate: 10, ramp: ramp, until: 5 * Self.second) == 25 + 375)
    }
}
