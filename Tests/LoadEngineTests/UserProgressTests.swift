import LoadEngine
import Testing

struct UserProgressTests {
    @Test func goesFromStartToTaskAtOnceAndThenWaits() {
        var user = UserProgress()
        user.spawn(userClass: 2, hasOnStart: true, due: 5)
        #expect(user.activity == .waiting && user.due == 5 && user.userClass == 2)
        let step1 = user.beginStep()
        #expect(step1)
        let step2 = user.stepEnded(failed: false)
        #expect(step2 == .taskNow)
        let step3 = user.beginStep()
        #expect(!step3)
        let step4 = user.stepEnded(failed: false)
        #expect(step4 == .afterWait)
        let step5 = user.beginStep()
        #expect(!step5)
        let step6 = user.stepEnded(failed: true)
        #expect(step6 == .afterWait)
    }

    @Test func repeatsAFailedStart() {
        var user = UserProgress()
        user.spawn(userClass: 0, hasOnStart: true, due: 0)
        for _ in 0..<3 {
            let step7 = user.beginStep()
            #expect(step7)
            let step8 = user.stepEnded(failed: true)
            #expect(step8 == .afterWait)
        }
        let step9 = user.beginStep()
        #expect(step9)
        let step10 = user.stepEnded(failed: false)
        #expect(step10 == .taskNow)
    }

    @Test func aNewUserInTheSlotHasAnotherGeneration() {
        var user = UserProgress()
        user.spawn(userClass: 0, hasOnStart: false, due: 0)
        let generation = user.generation
        user.spawn(userClass: 0, hasOnStart: false, due: 0)
        #expect(user.generation != generation)
        let step11 = user.beginStep()
        #expect(!step11)
    }

    @Test func aNewUserInTheSlotIsNotLeaving() {
        var user = UserProgress()
        user.isLeaving = true
        user.spawn(userClass: 0, hasOnStart: false, due: 0)
        #expect(!user.isLeaving)
        // There are 100,000 of them.
        #expect(MemoryLayout<UserProgress>.stride == 32)
    }

    @Test func sentRequestsGetTwoSecondsAfterTheGrace() {
        let stop = StopDeadlines(stoppedAt: 100, graceNanoseconds: 50)
        #expect(stop.tasksMayGoOn(now: 149) && !stop.tasksMayGoOn(now: 150))
        #expect(stop.cutOff == 2_000_000_150)
        #expect(StopDeadlines(stoppedAt: 0, graceNanoseconds: -5).graceEnd == 0)
    }
}
