import Testing

@testable import LoadEngine

struct LeaversTests {
    private static let sent = StopDeadlines.sentRequestNanoseconds

    @Test func tellsTheEndOfTheGraceAndThenTheCutOff() {
        var leavers = Leavers()
        #expect(leavers.nextDeadline == nil)
        leavers.append(slot: 3, until: StopDeadlines(stoppedAt: 100, graceNanoseconds: 50))
        #expect(leavers.mayGoOn(slot: 3, isStopStep: false, now: 149) && !leavers.mayGoOn(slot: 3, isStopStep: false, now: 150))
        #expect(leavers.mayGoOn(slot: 3, isStopStep: true, now: 149 + Self.sent))
        #expect(!leavers.mayGoOn(slot: 3, isStopStep: true, now: 150 + Self.sent))
        #expect(leavers.mayGoOn(slot: 4, isStopStep: false, now: 150))
        #expect(leavers.nextDeadline == 150)
        let early = leavers.popDue(now: 149)
        #expect(early == nil)
        let grace = leavers.popDue(now: 150)
        #expect(grace?.slot == 3 && grace?.end == .grace)
        #expect(leavers.nextDeadline == 150 + Self.sent)
        let between = leavers.popDue(now: 149 + Self.sent)
        #expect(between == nil)
        let cutOff = leavers.popDue(now: 150 + Self.sent)
        #expect(cutOff?.slot == 3 && cutOff?.end == .sentRequest)
        leavers.remove(slot: 3)
        #expect(leavers.nextDeadline == nil)
    }

    @Test func aLateLoopCutsOffAtOnce() {
        var leavers = Leavers()
        leavers.append(slot: 0, until: StopDeadlines(stoppedAt: 0, graceNanoseconds: 10))
        let end = leavers.popDue(now: 11 + Self.sent)
        #expect(end?.end == .sentRequest)
    }

    @Test func theNextUserOfASlotHasItsOwnTime() {
        var leavers = Leavers()
        leavers.append(slot: 1, until: StopDeadlines(stoppedAt: 0, graceNanoseconds: 10))
        leavers.append(slot: 2, until: StopDeadlines(stoppedAt: 0, graceNanoseconds: 500))
        leavers.remove(slot: 1)
        leavers.append(slot: 1, until: StopDeadlines(stoppedAt: 20, graceNanoseconds: 100))
        let outdated = leavers.popDue(now: 119)
        #expect(outdated == nil)
        let grace = leavers.popDue(now: 120)
        #expect(grace?.slot == 1 && grace?.end == .grace)
        leavers.removeAll()
        let none = leavers.popDue(now: .max)
        #expect(none == nil)
    }
}
