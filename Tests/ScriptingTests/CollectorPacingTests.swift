import Testing

@testable import Scripting

struct CollectorPacingTests {
    @Test func collectsFromTwiceAsMuchUntilTheCycleEnds() {
        var pacing = CollectorPacing()
        var wants = [pacing.wantsStep(usedBytes: 1 << 19), pacing.wantsStep(usedBytes: 1 << 20)]
        pacing.didStep(endedCollection: false, usedBytes: 1 << 19)
        wants.append(pacing.wantsStep(usedBytes: 1 << 19))
        pacing.didStep(endedCollection: true, usedBytes: 10 << 20)
        wants += [pacing.wantsStep(usedBytes: 20 << 20), pacing.wantsStep(usedBytes: 21 << 20)]
        #expect(wants == [false, true, true, false, true])
    }
}
