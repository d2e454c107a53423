import LoadEngine
import LoadModel
import Testing

@testable import Cluster

struct BlockedThreadsTests {
    private static func step(_ turn: Int, _ milliseconds: Int64, _ step: UserStep = .task(0)) -> RunningStep {
        RunningStep(turn: turn, userClass: 0, step: step, nanoseconds: milliseconds * 1_000_000)
    }

    @Test func eachStepIsToldOnceAndThatItHasEnded() {
        let scenario = Scenario(scriptName: "shop.lua", userClasses: [UserClass(name: "X", tasks: [ScenarioTask(name: "y", line: 12)])])
        var blocked = BlockedThreads(scenario: scenario)
        #expect(blocked.look(thread: 0, step: Self.step(1, 900)).isEmpty)
        #expect(
            blocked.look(thread: 0, step: Self.step(1, 1200)) == [
                "user class \"X\": task \"y\" (shop.lua:12) has kept engine thread 0 busy for 1.2 s; its other users stand still"
            ])
        #expect(blocked.look(thread: 0, step: Self.step(1, 3400)).isEmpty)
        #expect(blocked.look(thread: 1, step: nil).isEmpty)
        #expect(
            blocked.look(thread: 0, step: nil) == [
                "user class \"X\": task \"y\" (shop.lua:12) has let go of engine thread 0 after 3.4 s or somewhat more"
            ])
        #expect(blocked.look(thread: 0, step: nil).isEmpty)
        #expect(blocked.look(thread: 0, step: Self.step(2, 1100, .start)).first?.contains("\"X\": on_start has kept") == true)
        // Another one of them has begun meanwhile, and is as long.
        #expect(blocked.look(thread: 0, step: Self.step(3, 1100, .setup)).map { $0.prefix(5) } == ["user ", "setup"])
    }
}
