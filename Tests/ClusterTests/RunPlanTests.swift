import HTTPTransport
import LoadModel
import Scripting
import Testing
import Wire

@testable import Cluster

struct RunPlanTests {
    private static let source = """
        user "A" { weight = 0.25, host = "http://script:1", wait = between(0.5, 2), connections = "shared",
          on_start = function(self) end,
          task { "t", weight = 2.5, function(self) self.http:get("/") end },
          task { "ü", function(self) self.http:get("/ü") end } }
        user "B" { task { "u", function(self) self.http:get("/") end } }
        """

    private static func full() throws -> RunPlan {
        var script = try Script(name: "full.lua", source: Array(source.utf8))
        script.resources.environment = ["KEY": "secret", "EMPTY": ""]
        script.resources.files = ["b.csv": Array("x\n1\n".utf8), "a.bin": [0, 255, 10], "empty": []]
        var scenario = try script.scenario()
        scenario.userClasses[0].host = "http://a:1"
        scenario.userClasses[1].host = "http://b:1"
        scenario.userClasses[0].connections = .new
        scenario.userClasses[1].profile = ConnectionProfile(
            proxy: "http://proxy:1", certificate: ClientCertificate(certificate: [1, 2], key: [3], password: "p"))
        var plan = RunPlan(script: script, scenario: scenario, load: .users(SpawnSchedule(users: 12_345, ratePerSecond: 0.1)), seed: .max)
        plan.excludedTags = ["slow", "odd"]
        plan.runTimeNanoseconds = 77
        plan.stopGraceNanoseconds = 3
        plan.engineThreads = 4
        plan.connectionCap = 99
        plan.connectRate = 0.3
        plan.scriptMemoryBytes = 1 << 20
        plan.transport.httpVersion = .http2
        plan.transport.verifiesTLS = false
        plan.transport.certificate = ClientCertificate(certificate: [9])
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
            #expect(copy.script.resources == plan.script.resources)
            #expect(copy.tags == plan.tags && copy.excludedTags == plan.excludedTags)
            #expect(copy.runTimeNanoseconds == plan.runTimeNanoseconds && copy.stopGraceNanoseconds == plan.stopGraceNanoseconds)
            #expect(copy.engineThreads == plan.engineThreads && copy.connectionCap == plan.connectionCap)
            #expect(copy.connectRate == plan.connectRate)
            #expect(copy.scriptMemoryBytes == plan.scriptMemoryBytes)
            #expect(copy.transport.proxy == plan.transport.proxy && copy.transport.httpVersion == plan.transport.httpVersion)
            #expect(copy.transport.verifiesTLS == plan.transport.verifiesTLS && copy.transport.userAgent == plan.transport.userAgent)
            #expect(copy.transport.certificate == plan.transport.certificate)
            #expect(copy.transport.authorities.map { Array($0.bytes) } == plan.transport.authorities.map { Array($0.bytes) })
        }
    }

    private static let loads: [Load] = [
        .users(SpawnSchedule(users: 10_000_000, ratePerSecond: 0.001)),
        .profile(LoadProfile(stages: [(5, nil, 7), (1_000_000_000, 3, 0.5), (0, nil, 9)])),
        .arrivals(Load.Arrivals(schedule: ArrivalSchedule(rate: LoadProfile(constant: 0.25)), mostUsers: 1)),
        .arrivals(
            Load.Arrivals(
                schedule: ArrivalSchedule(rate: LoadProfile(stages: [(7, 1, 2)]), spacing: .poisson, seed: .max), mostUsers: 77,
                mostLatenessNanoseconds: 5)),
    ]

    @Test(arguments: loads) func loadsComeBackAsTheyWere(load: Load) throws {
        var plan = try SamplePlan.make()
        plan.load = load
        plan.iterationLimit = 12
        plan.requestLimit = 1 << 40
        plan.warmUpNanoseconds = 99
        let copy = try RunPlan(decoding: plan.encoded())
        #expect(copy.load == load && copy.iterationLimit == 12 && copy.requestLimit == 1 << 40 && copy.warmUpNanoseconds == 99)
        #expect(copy.isEqual(to: plan))
        copy.load.endNanoseconds.map { #expect($0 == load.endNanoseconds) }
    }

    /// A plan of a week in seconds fits; one line more is refused.
    @Test func profilesAreBounded() throws {
        var plan = try SamplePlan.make()
        let stage: (durationNanoseconds: Int64, from: Double?, to: Double) = (1_000_000_000, 2, 1)
        plan.load = .profile(LoadProfile(stages: Array(repeating: stage, count: LoadBounds.mostLines)))
        #expect(try RunPlan(decoding: plan.encoded()).load == plan.load)
        plan.load = .profile(LoadProfile(stages: Array(repeating: stage, count: LoadBounds.mostLines + 1)))
        let bytes = plan.encoded()
        #expect(throws: WireError.self) { try RunPlan(decoding: bytes) }
    }

    @Test func levelsThatCannotBeAreRefused() throws {
        var plan = try SamplePlan.make()
        let stages: [[(durationNanoseconds: Int64, from: Double?, to: Double)]] = [
            [(5, 0, .nan)], [(5, .infinity, 1)], [(5, -1, 1)], [(5, 1, 10_000_001)], [(.max / 2, 1, 1)],
            [(LoadBounds.longestNanoseconds, 1, 1), (1, 1, 1)], [(5, 0, 0)],
        ]
        for stages in stages {
            plan.load = .profile(LoadProfile(stages: stages))
            let bytes = plan.encoded()
            #expect(throws: WireError.self, "\(stages)") { try RunPlan(decoding: bytes) }
        }
    }

    /// The seed of random starts is drawn anew as well.
    @Test func plansThatDifferInTheSeedOfStartsAreEqual() throws {
        var (plan, other) = (try SamplePlan.make(), try SamplePlan.make())
        plan.load = Self.loads[3]
        guard case .arrivals(var arrivals) = plan.load else { return }
        arrivals.schedule.seed = 5
        other.load = .arrivals(arrivals)
        #expect(plan.isEqual(to: other))
        arrivals.mostUsers += 1
        other.load = .arrivals(arrivals)
        #expect(!plan.isEqual(to: other))
    }

    @Test func whatTheScriptSaysIsReadThereAndNotInThePlan() throws {
        var plan = try Self.full()
        plan.scenario.userClasses[0].weight = 9
        plan.scenario.userClasses[0].wait = .constant(nanoseconds: 1)
        let copy = try RunPlan(decoding: plan.encoded())
        #expect(copy.scenario.userClasses[0].weight == 0.25 && copy.scenario.userClasses[0].host == "http://a:1")
        #expect(copy.scenario.userClasses[0].wait == .between(nanoseconds: 500_000_000...2_000_000_000))
    }

    @Test func aScriptWithOtherClassesIsRefusedInWords() throws {
        var plan = try Self.full()
        plan.scenario.userClasses[1].name = "C"
        let bytes = plan.encoded()
        let error = #expect(throws: PlanMismatch.self) { try RunPlan(decoding: bytes) }
        #expect(error?.description.contains("(A, B) than where the run was planned (A, C)") == true)
    }

    @Test func tagsThatLeaveNothingAreRefused() throws {
        var plan = try Self.full()
        plan.tags = ["none"]
        let bytes = plan.encoded()
        #expect(throws: TaskSelectionError.self) { try RunPlan(decoding: bytes) }
    }

    @Test func cutOrLengthenedBytesAreNoPlan() throws {
        let bytes = try Self.full().encoded()
        for length in 0..<bytes.count { #expect(throws: (any Error).self) { try RunPlan(decoding: Array(bytes[..<length])) } }
        #expect(throws: WireError.self) { try RunPlan(decoding: bytes + [0]) }
    }

    @Test func damagedBytesAreAPlanOrAnErrorButNothingElse() throws {
        let bytes = try Self.full().encoded()
        var random = SplitMix64(seed: 3)
        var errors = 0
        for _ in 0..<1000 {
            var damaged = bytes
            for _ in 0..<Int.random(in: 1...3, using: &random) {
                damaged[Int.random(in: 0..<damaged.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            do { _ = try RunPlan(decoding: damaged).encoded() } catch { errors += 1 }
        }
        #expect(errors > 300)
    }

    @Test func plansThatDifferInTheSeedOnlyAreEqual() throws {
        let plan = try Self.full()
        var other = plan
        other.seed = 1
        #expect(plan.isEqual(to: other))
        other.connectionCap = 98
        #expect(!plan.isEqual(to: other))
        other = plan
        other.script.resources.files["b.csv"] = Array("x\n2\n".utf8)
        #expect(!plan.isEqual(to: other))
    }

    @Test(arguments: ["format", "load", "users", "spawn_rate", "warm_up", "classes", "seed", "files"]) func whatIsMissingIsNamed(
        key: String
    ) throws {
        let bytes = try Self.full().encoded()
        let name = Array(key.utf8)
        let position = try #require(bytes.indices.first { bytes[$0...].starts(with: name) && bytes[$0 - 1] == 0xa0 + UInt8(name.count) })
        var damaged = bytes
        damaged[position] = UInt8(ascii: "_")
        let error = #expect(throws: WireError.self) { try RunPlan(decoding: damaged) }
        #expect("\(error.map { "\($0)" } ?? "")".contains(key))
    }
}
