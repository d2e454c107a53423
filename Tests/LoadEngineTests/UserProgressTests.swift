import LoadEngine
import Testing

struct UserProgressTests {
    @Test func goesFromStartToTaskAtOnceAndThenWaits() {
        var user = UserProgress()
        user.spawn(userClass: 2, hasOnStart: true, due: 5)
        #expect(user.activity == .waiting && user.due == 5 && user.userClass == 2)
        #expect(user.beginStep())
        #expect(user.stepEnded(failed: false) == .taskNow)
        #expect(!user.beginStep())
        #expect(user.stepEnded(failed: false) == .afterWait)
        #expect(!user.beginStep())
        #expect(user.stepEnded(failed: true) == .afterWait)
    }

    @Test func repeatsAFailedStart() {
        var user = UserProgress()
        user.spawn(userClass: 0, hasOnStart: true, due: 0)
        for _ in 0..<3 {
            #expect(user.beginStep())
            #expect(user.stepEnded(failed: true) == .afterWait)
        }
        #expect(user.beginStep())
        #expect(user.stepEnded(failed: false) == .taskNow)
    }

    @Test func aNewUserInTheSlotHasAnotherGeneration() {
        var user = UserProgress()
        user.spawn(userClass: 0, hasOnStart: false, due: 0)
        let generation = user.generation
        user.spawn(userClass: 0, hasOnStart: false, due: 0)
        #expect(user.generation != generation)
        #expect(!user.beginStep())
    }

    @Test func sentRequestsGetTwoSecondsAfterTheGrace() {
        let stop = StopDeadlines(stoppedAt: 100, graceNanoseconds: 50)
        #expect(stop.tasksMayGoOn(now: 149) && !stop.tasksMayGoOn(now: 150))
        #expect(stop.cutOff == 2_000_000_150)
        #expect(StopDeadlines(stoppedAt: 0, graceNanoseconds: -5).graceEnd == 0)
    }
}
