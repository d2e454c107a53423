import LoadModel
import Testing

struct LoadOrderTests {
    private static let second: Int64 = 1_000_000_000

    private func declaration(_ texts: [LoadField: String], users: Int? = nil, pool: Int? = nil, iterations: Int? = nil) throws
        -> LoadDeclaration
    {
        var declared = LoadDeclaration()
        for (field, text) in texts { try declared.set(field, text: text, source: field.flag) }
        if let users { declared.set(.users, count: users, source: "--users") }
        if let pool { declared.set(.maxUsers, count: pool, source: "--max-users") }
        if let iterations { declared.set(.iterations, count: iterations, source: "--iterations") }
        return declared
    }

    @Test func nothingSaidIsOneUser() throws {
        let order = try LoadOrder(LoadDeclaration(), seed: 1)
        #expect(order.load == .users(SpawnSchedule(users: 1, ratePerSecond: 1)) && order.endNanoseconds == nil)
    }

    @Test func arrivalsHaveAPool() throws {
        let order = try LoadOrder(declaration([.arrivalRate: "100/s", .maxLateness: "5s", .arrivals: "poisson"], pool: 7), seed: 9)
        let arrivals = try #require(order.load.arrivals)
        #expect(arrivals.mostUsers == 7 && arrivals.mostLatenessNanoseconds == 5 * Self.second)
        #expect(arrivals.schedule == ArrivalSchedule(rate: LoadProfile(constant: 100), spacing: .poisson, seed: 9))
        for (rate, pool) in [("1/h", 10), ("250/s", 250), ("9000000/s", 10_000)] {
            #expect(try LoadOrder(declaration([.arrivalRate: rate]), seed: 1).load.mostUsers == pool)
        }
    }

    @Test func theEndIsTheRunTimeOrThatOfTheStages() throws {
        let stages = try declaration([.stages: "1m:10"])
        #expect(try LoadOrder(stages, seed: 1).endNanoseconds == 60 * Self.second)
        #expect(try LoadOrder(stages, seed: 1).runTimeNanoseconds == nil)
        let longer = try declaration([.stages: "1m:10", .runTime: "2m", .warmUp: "61s"])
        #expect(try LoadOrder(longer, seed: 1).endNanoseconds == 120 * Self.second)
    }

    @Test func startsAreCounted() throws {
        let order = try LoadOrder(declaration([.arrivalStages: "10s:100/s, 10s:100/s"]), seed: 1)
        #expect(order.starts(before: 20 * Self.second) == 1500 && order.starts(before: 1) == 1)
        let few = try LoadOrder(declaration([.arrivalRate: "100/s", .runTime: "10s"], iterations: 30), seed: 1)
        #expect(few.starts(before: 10 * Self.second) == 30 && few.iterationLimit == 30)
    }

    @Test(
        arguments: [
            (
                [LoadField.stages: "1m:1", .shape: "ramp(from=0, to=1, over=1m)"], nil,
                "--stages and --shape both say how much load there is"
            ),
            ([.stages: "1m:1", .arrivalRate: "1/s"], nil, "one counts users, the other one starts"),
            ([.arrivalRate: "1/s"], 5, "--users and --arrival-rate both say"),
            ([.arrivalRate: "1/s", .arrivalStages: "1m:1/s"], nil, "--arrival-rate and --arrival-stages both"),
            ([.maxLateness: "1s"], 5, "--max-lateness belongs to the open model"),
            ([.warmUp: "1m", .runTime: "1m"], 5, "--warm-up is 1 m, but the run lasts 1 m"),
            ([.warmUp: "1m", .stages: "30s:5"], nil, "--warm-up is 1 m, but the run lasts 30 s"),
            ([.arrivalStages: "1s:1/h", .arrivals: "poisson"], nil, "no iteration would start in the 1 s of the run"),
        ] as [([LoadField: String], Int?, String)])
    func contradictionsAreRefused(texts: [LoadField: String], users: Int?, problem: String) throws {
        let declared = try declaration(texts, users: users)
        let error = #expect(throws: LoadError.self) { try LoadOrder(declared, seed: 1) }
        #expect(error?.problem.contains(problem) == true && error?.remedy.isEmpty == false, "\(error.debugDescription)")
    }

    /// Lower ones give what upper ones do not say, but never a second model.
    @Test func whoSaysHowMuchSaysAllOfIt() throws {
        var file = try declaration([.warmUp: "5s"], users: 500)
        file.set(spawnRate: 10, source: "file")
        var flags = LoadDeclaration()
        flags.set(.users, count: 3, source: "--users")
        let both = file.overridden(by: flags, isWhole: false)
        #expect(both.users == 3 && both.spawnRate == 10 && both.warmUpNanoseconds == 5 * Self.second)
        let whole = file.overridden(by: flags, isWhole: true)
        #expect(whole.users == 3 && whole.spawnRate == nil && whole.warmUpNanoseconds == 5 * Self.second)

        let open = try declaration([.arrivalRate: "7/s"], pool: 9)
        let opened = file.overridden(by: open, isWhole: false)
        #expect(opened.users == nil && opened.spawnRate == nil && opened.arrivalRate == 7 && opened.sources[.users] == nil)
        let closed = open.overridden(by: flags, isWhole: false)
        #expect(closed.arrivalRate == nil && closed.maxUsers == nil && closed.users == 3)
        #expect(try LoadOrder(closed, seed: 1).load.arrivals == nil)

        let pool = try declaration([.arrivals: "poisson"], pool: 4)
        let widened = open.overridden(by: pool, isWhole: true)
        #expect(widened.arrivalRate == 7 && widened.maxUsers == 4 && widened.arrivals == .poisson)
        let other = try open.overridden(by: declaration([.arrivalStages: "1m:5/s"]), isWhole: true)
        #expect(other.arrivalRate == nil && other.arrivalStages != nil && other.maxUsers == 9)
    }
}
