import LoadModel
import Testing

@testable import LoadEngine

struct UserProgressTests {
    /// Begins the next step; answers whether that is `on_start`.
    private func begin(_ user: inout UserProgress) -> Bool {
        let isStart = user.isToStart
        user.step = isStart ? .start : .task(0)
        return isStart
    }

    @Test func goesFromStartToTaskAtOnceAndThenWaits() {
        var user = UserProgress()
        user.spawn(userClass: 2, hasOnStart: true, due: 5)
        #expect(user.activity == .waiting && user.due == 5 && user.userClass == 2)
        let answer1 = begin(&user)
        #expect(answer1)
        let answer2 = user.stepEnded(failed: false)
        #expect(answer2 == .taskNow)
        let answer3 = begin(&user)
        #expect(!answer3)
        let answer4 = user.stepEnded(failed: false)
        #expect(answer4 == .afterWait)
        let answer5 = begin(&user)
        #expect(!answer5)
        let answer6 = user.stepEnded(failed: true)
        #expect(answer6 == .afterWait)
    }

    @Test func repeatsAFailedStart() {
        var user = UserProgress()
        user.spawn(userClass: 0, hasOnStart: true, due: 0)
        for _ in 0..<3 {
            let answer7 = begin(&user)
            #expect(answer7)
            let answer8 = user.stepEnded(failed: true)
            #expect(answer8 == .afterWait)
        }
        let answer9 = begin(&user)
        #expect(answer9)
        let answer10 = user.stepEnded(failed: false)
        #expect(answer10 == .taskNow)
    }

    @Test func aNewUserInTheSlotHasAnotherGeneration() {
        var user = UserProgress()
        user.spawn(userClass: 0, hasOnStart: false, due: 0)
        let generation = user.generation
        user.spawn(userClass: 0, hasOnStart: false, due: 0)
        #expect(user.generation != generation)
        #expect(!user.isToStart)
    }

    @Test func aNewUserInTheSlotIsNotLeaving() {
        var user = UserProgress()
        user.isLeaving = true
        user.hasEndedItself = true
        user.step = .stop
        user.spawn(userClass: 0, hasOnStart: false, due: 0)
        #expect(!user.isLeaving && !user.hasEndedItself && !user.step.isLast)
        // There are 100,000 of them.
        #expect(MemoryLayout<UserProgress>.stride == 48)
    }

    @Test func onlyWhoHasStartedIsStoppedAndOnce() {
        var user = UserProgress()
        user.spawn(userClass: 0, hasOnStart: true, due: 0)
        _ = begin(&user)
        let answer11 = user.isToStop(hasOnStop: true)
        #expect(!answer11)
        _ = user.stepEnded(failed: false)
        let answer12 = user.isToStop(hasOnStop: false)
        #expect(!answer12)
        let generation = user.generation
        let answer13 = user.isToStop(hasOnStop: true)
        #expect(answer13)
        #expect(user.activity == .ending && user.step == .stop && user.generation != generation)
        let answer14 = user.isToStop(hasOnStop: true)
        #expect(!answer14)
    }

    @Test func aStepIsFourBytes() {
        let steps: [UserStep] = [.start, .task(0), .task(70_000), .stop, .setup, .teardown]
        for step in steps { #expect(StepCode(step).step == step) }
        #expect(steps.map { StepCode($0).isLast } == [false, false, false, true, true, true])
        #expect(steps.map { StepCode($0).isOnce } == [false, false, false, false, true, true])
        for step in steps {
            let mark = StepMark(turn: 9, userClass: 3, step: StepCode(step))
            #expect(mark.isInStep && mark.turn == 9 && mark.userClass == 3 && mark.step.step == step)
        }
        #expect(!StepMark.none.isInStep)
    }

    @Test func sentRequestsGetTwoSecondsAfterTheGrace() {
        let stop = StopDeadlines(stoppedAt: 100, graceNanoseconds: 50)
        #expect(stop.mayGoOn(isStopStep: false, now: 149) && !stop.mayGoOn(isStopStep: false, now: 150))
        #expect(stop.cutOff == 2_000_000_150)
        #expect(stop.mayGoOn(isStopStep: true, now: 2_000_000_149) && !stop.mayGoOn(isStopStep: true, now: 2_000_000_150))
        #expect(StopDeadlines(stoppedAt: 0, graceNanoseconds: -5).graceEnd == 0)
    }
}
