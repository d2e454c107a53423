import Testing
import Wire
import ZeroMQ

@testable import Cluster

struct PlanIntakeTests {
    private static let plan: [UInt8] = (0..<100).map { UInt8($0) }

    @Test func asksForWhatIsMissingUntilAllIsThere() {
        var intake = PlanIntake(hash: SHA256.hash(Self.plan), size: 100, now: 5)
        #expect(intake.request(now: 6) == .planRequest(offset: 0) && intake.askedAt == 6)
        intake.take(PlanChunk(offset: 0, bytes: Array(Self.plan[..<60])))
        #expect(intake.request(now: 7) == .planRequest(offset: 60) && !intake.isComplete)
        intake.take(PlanChunk(offset: 60, bytes: Array(Self.plan[60...])))
        #expect(intake.isComplete && intake.isGenuine && intake.bytes == Self.plan)
    }

    @Test func partsThatDoNotFollowChangeNothing() {
        var intake = PlanIntake(hash: SHA256.hash(Self.plan), size: 100, now: 0)
        intake.take(PlanChunk(offset: 60, bytes: Array(Self.plan[60...])))
        intake.take(PlanChunk(offset: 0, bytes: Array(Self.plan[..<60])))
        intake.take(PlanChunk(offset: 0, bytes: Array(Self.plan[..<60])))
        intake.take(PlanChunk(offset: 60, bytes: Array(repeating: 1, count: 41)))
        #expect(intake.bytes == Array(Self.plan[..<60]))
    }

    @Test func anotherPlanIsNotTheOnePromised() {
        var intake = PlanIntake(hash: SHA256.hash(Self.plan), size: 100, now: 0)
        intake.take(PlanChunk(offset: 0, bytes: Array(Self.plan.reversed())))
        #expect(intake.isComplete && !intake.isGenuine)
    }
}
