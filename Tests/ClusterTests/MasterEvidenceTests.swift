import Statistics
import Testing
import Wire

@testable import Cluster

/// What the master has to judge a run by.
struct MasterEvidenceTests {
    private static let second = MasterHarness.second

    /// A running master with workers a and b.
    private static func cluster() throws -> MasterHarness {
        var cluster = try MasterHarness(users: 4, workers: 2)
        for name in ["a", "b"] { cluster.join(name) }
        return cluster
    }

    private static func heartbeat(_ cluster: MasterHarness, _ name: String, health: WorkerHealth? = nil, clock: ClockReading?)
        -> WorkerMessage
    {
        let allowance = cluster.entry(name).allowance
        return .heartbeat(
            Heartbeat(
                sequence: 100, run: 5, activity: .running, users: allowance.counts, endedUsers: [0], targetsVersion: allowance.version,
                health: health, clock: clock))
    }

    @Test(arguments: [0, 1, -1, 1000, -1000] as [Int64]) func startsAreComparedOnTheMastersClock(shift: Int64) throws {
        var cluster = try Self.cluster()
        let start = try #require(cluster.state.startedAt)
        #expect(cluster.state.evidence(now: cluster.now).workers.allSatisfy { $0.startError == nil && $0.clockOffset == nil })
        for (name, late, seconds) in [("a", 3_000, 0), ("b", 9_000, shift)] as [(String, Int64, Int64)] {
            let clock = ClockReading(
                beganNanoseconds: start + late - seconds * Self.second, offsetNanoseconds: seconds * Self.second, uncertaintyNanoseconds: 50
            )
            cluster.tell(name, Self.heartbeat(cluster, name, clock: clock))
        }
        let workers = cluster.state.evidence(now: cluster.now).workers
        #expect(workers.map(\.name) == ["a", "b"] && workers.map(\.clockOffset) == [0, shift * Self.second])
        #expect(workers.map(\.startError) == [.init(nanoseconds: 3_000, uncertainty: 50), .init(nanoseconds: 9_000, uncertainty: 50)])
    }

    @Test func answersSayWhatTheMastersClockShows() throws {
        var cluster = try Self.cluster()
        cluster.now += 777
        cluster.tell("b", Self.heartbeat(cluster, "b", clock: nil))
        #expect(cluster.hasSent(.heartbeat(HeartbeatReply(sequence: 100, run: 5, clockNanoseconds: cluster.now)), to: "b"))
    }

    @Test func theLastHealthOfEachWorkerIsKept() throws {
        var cluster = try Self.cluster()
        var health = WorkerHealth()
        health.pausedNanoseconds = 5
        cluster.tell("b", Self.heartbeat(cluster, "b", health: health, clock: nil))
        #expect(cluster.state.evidence(now: cluster.now).workers.map { $0.health?.pausedNanoseconds } == [nil, 5])
    }

    @Test func whoIsLostAndWhatItTookAlongIsThere() throws {
        var cluster = try Self.cluster()
        cluster.tell("b", MasterHarness.delta(1, requests: 30))
        cluster.heartbeat("b", issued: 100)
        cluster.advance(by: 6 * Self.second, hearing: ["a"])
        let workers = cluster.state.evidence(now: cluster.now).workers
        #expect(workers.map(\.isLost) == [false, true])
        #expect(workers.map(\.issued) == [0, 100] && workers.map(\.unaccounted) == [0, 70])
    }

    @Test func failuresForWantOfPortsAndDescriptorsAreOurs() throws {
        var cluster = try Self.cluster()
        var snapshot = IntervalSnapshot()
        snapshot.issued = 12
        var figures = RequestInterval(key: RequestKey(method: .get, name: "a"))
        (figures.requests, figures.failures) = (12, 12)
        snapshot.requests = [figures]
        let reasons = [
            ("Could not connect: Cannot assign requested address", 5), ("Could not connect: Connection refused", 4),
            ("Could not connect: Too many open files", 3),
        ]
        snapshot.failures = reasons.map { FailureInterval(key: FailureKey(request: figures.key, reason: $0.0), count: Int64($0.1)) }
        cluster.tell("a", .delta(WorkerDelta(number: 1, run: 5, snapshot: snapshot, users: 1, openConnections: 1, lagNanoseconds: 0)))
        let evidence = cluster.state.evidence(now: cluster.now)
        #expect(evidence.requests == 12 && evidence.portFailures == 5 && evidence.descriptorFailures == 3)
    }
}
