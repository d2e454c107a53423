import LoadModel
import Scripting
import ZeroMQ

@testable import Cluster

/// Plans for tests.
enum SamplePlan {
    /// A plan of a script with so many classes, `C0` and so on, of which each has one task.
    static func make(
        users: Int = 10, rate: Double = 10, weights: [Double] = [1], runTime: Int64? = nil, grace: Int64 = 0
    ) throws -> RunPlan {
        let classes = weights.enumerated().map { number, weight in
            "user \"C\(number)\" { weight = \(weight), host = \"http://127.0.0.1:1\", task { \"t\", function(self) self.http:get(\"/\") end } }\n"
        }
        let script = try Script(name: "test.lua", source: Array(classes.joined().utf8))
        var plan = RunPlan(
            script: script, scenario: try script.scenario(), load: .users(SpawnSchedule(users: users, ratePerSecond: rate)), seed: 1)
        plan.runTimeNanoseconds = runTime
        plan.stopGraceNanoseconds = grace
        return plan
    }

    static func hash(_ bytes: [UInt8]) -> [UInt8] { SHA256.hash(bytes) }
}
