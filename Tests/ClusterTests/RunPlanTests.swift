import HTTPTransport
import LoadModel
import Scripting
import Testing
import Wire

@testable import Cluster

struct RunPlanTests {
    private static func full() throws -> RunPlan {
        var plan = RunPlan(
            script: try Script(name: "full.lua", source: Array("-- nothing\n".utf8)),
            scenario: Scenario(
                scriptName: "full.lua",
                userClasses: [
                    UserClass(
                        name: "A", weight: 0.25, host: "http://a:1", wait: .between(nanoseconds: 5...9), hasOnStart: true,
                        connections: .shared,
                        tasks: [ScenarioTask(name: "t", weight: 2.5), ScenarioTask(name: "ü")]),
                    UserClass(name: "B", host: nil, tasks: [ScenarioTask(name: "u")]),
                ]),
            load: SpawnSchedule(users: 12_345, ratePerSecond: 0.1), seed: .max)
        plan.runTimeNanoseconds = 77
        plan.stopGraceNanoseconds = 3
        plan.engineThreads = 4
        plan.connectionCap = 99
        plan.transport.httpVersion = .http2
        plan.transport.verifiesTLS = false
        plan.transport.proxy = "http://proxy:3128"
        plan.transport.userAgent = "test"
        plan.transport.authorities = Authorities([1, 2, 3])
        return plan
    }

    @Test func comesBackAsItWas() throws {
        for plan in [try Self.full(), try SamplePlan.make()] {
            let copy = try RunPlan(decoding: plan.encoded())
            #expect(copy.encoded() == plan.encoded())
            #expect(copy.scenario == plan.scenario && copy.load == plan.load && copy.seed == plan.seed)
            #expect(copy.script.source == plan.script.source && copy.script.name == plan.script.name)
            #expect(copy.runTimeNanoseconds == plan.runTimeNanoseconds && copy.stopGraceNanoseconds == plan.stopGraceNanoseconds)
            #expect(copy.engineThreads == plan.engineThreads && copy.connectionCap == plan.connectionCap)
            #expect(copy.transport.proxy == plan.transport.proxy && copy.transport.httpVersion == plan.transport.httpVersion)
            #expect(copy.transport.verifiesTLS == plan.transport.verifiesTLS && copy.transport.userAgent == plan.transport.userAgent)
            #expect(copy.transport.authorities.map { Array($0.bytes) } == plan.transport.authorities.map { Array($0.bytes) })
        }
    }

    @Test func cutBytesAreNoPlan() throws {
        let bytes = try Self.full().encoded()
        for length in 0..<bytes.count { #expect(throws: (any Error).self) { try RunPlan(decoding: Array(bytes[..<length])) } }
    }

    @Test func damagedBytesAreAPlanOrAnErrorButNothingElse() throws {
        let bytes = try Self.full().encoded()
        var random = SplitMix64(seed: 3)
        var errors = 0
        for _ in 0..<3000 {
            var damaged = bytes
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                damaged[Int.random(in: 0..<damaged.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            do { _ = try RunPlan(decoding: damaged).encoded() } catch { errors += 1 }
        }
        #expect(errors > 1000)
    }

    @Test func plansThatDifferInTheSeedOnlyAreEqual() throws {
        let plan = try Self.full()
        var other = plan
        other.seed = 1
        #expect(plan.isEqual(to: other))
        other.connectionCap = 98
        #expect(!plan.isEqual(to: other))
    }

    @Test(arguments: ["format", "users", "spawn_rate", "classes", "seed"]) func whatIsMissingIsNamed(key: String) throws {
        let bytes = try Self.full().encoded()
        let name = Array(key.utf8)
        let position = try #require(bytes.indices.first { bytes[$0...].starts(with: name) && bytes[$0 - 1] == 0xa0 + UInt8(name.count) })
        var damaged = bytes
        damaged[position] = UInt8(ascii: "_")
        let error = #expect(throws: WireError.self) { try RunPlan(decoding: damaged) }
        #expect("\(error.map { "\($0)" } ?? "")".contains(key))
    }
}
