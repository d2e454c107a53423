import LoadModel
import Scripting
import ZeroMQ

@testable import Cluster

/// Plans for tests.
enum SamplePlan {
    static func make(
        users: Int = 10, rate: Double = 10, weights: [Double] = [1], runTime: Int64? = nil, grace: Int64 = 0
    ) throws -> RunPlan {
        let classes = weights.enumerated().map { number, weight in
            UserClass(name: "C\(number)", weight: weight, host: "http://127.0.0.1:1", tasks: [ScenarioTask(name: "t")])
        }
        var plan = RunPlan(
            script: try Script(name: "test.lua", source: []), scenario: Scenario(scriptName: "test.lua", userClasses: classes),
            load: SpawnSchedule(users: users, ratePerSecond: rate), seed: 1)
        plan.runTimeNanoseconds = runTime
        plan.stopGraceNanoseconds = grace
        return plan
    }

    static func hash(_ bytes: [UInt8]) -> [UInt8] { SHA256.hash(bytes) }
}
