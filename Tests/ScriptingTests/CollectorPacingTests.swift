import Testing

@testable import Scripting

struct CollectorPacingTests {
    @Test func collectsFromHalfAsMuchAgainUntilTheCycleEnds() {
        var pacing = CollectorPacing()
        var wants = [pacing.wantsStep(usedBytes: 1 << 19), pacing.wantsStep(usedBytes: 1 << 20)]
        pacing.didStep(endedCollection: false, usedBytes: 1 << 19)
        wants.append(pacing.wantsStep(usedBytes: 1 << 19))
        pacing.didStep(endedCollection: true, usedBytes: 10 << 20)
        wants += [pacing.wantsStep(usedBytes: 15 << 20), pacing.wantsStep(usedBytes: 16 << 20)]
        #expect(wants == [false, true, true, false, true])
    }
}
