import Foundation
import TestServers
import Testing

extension ClusterTests {
    /// One script is the same load however many processes send it.
    struct SameLoadTests {
        /// Where users are.
        enum Place: Sendable, CustomTestStringConvertible {
            case thisProcess
            case processes(Int)
            case workers(Int)

            var testDescription: String {
                switch self {
                case .thisProcess: "cicada run"
                case .processes(let count): "cicada run --processes \(count)"
                case .workers(let count): "cicada master and \(count) workers"
                }
            }
        }

        private static let (users, rounds) = (20, 30)
        /// So many requests of each user, which then waits for the end.
        private static let script = #"""
            user "U" { wait = constant(1000), task { "work", function(self)
              for i = 1, 30 do
                self.http:get("/", { name = "first" })
                sleep(0.02)
                self.http:post("/login", { form = { deviceid = uuid() }, name = "second" })
                sleep(0.02)
              end
            end } }
            """#

        @Test(arguments: [Place.thisProcess, .processes(2), .workers(1), .workers(2), .workers(4)])
        func thePlaceOfTheUsersChangesNothing(place: Place) async throws {
            let (result, counted) = try await Self.run(place)
            #expect(result.isConsistent && result.interrupted == 0 && counted == result.merged, "\(counted) \(result.workers)")
            #expect(result.requests.map { "\($0.method ?? "") \($0.name ?? "")" } == ["GET first", "POST second"])
            #expect(result.requests.map(\.requests) == [Self.users * Self.rounds, Self.users * Self.rounds])
            #expect(result.total.failures == 0 && result.total.requestsByStatus == ["200": 2 * Self.users * Self.rounds])
            // The target waits for 20 ms before each answer.
            let medians = result.requests.map { ($0.serviceTimeMs.percentiles["50"] ?? nil) ?? 0 }
            #expect(medians.allSatisfy { $0 >= 20 && $0 < 40 }, "\(medians)")
            let shares = result.workers.map(\.merged)
            #expect(shares.allSatisfy { $0 == shares[0] }, "equal numbers of users: \(result.workers)")
        }

        private static func run(_ place: Place) async throws -> (result: ResultFile, counted: Int) {
            let latency = ["--latency", "20ms"]
            let flags = ["--users", "\(users)", "--spawn-rate", "40", "--run-time", "7s"]
            switch place {
            case .workers(let count):
                let end = try await onOwnThread {
                    let fleet = try Fleet(
                        .init(script: script, users: users, spawnRate: 40, runTime: "7s", expectedWorkers: count, server: latency))
                    try fleet.start(workers: count)
                    return try fleet.finish()
                }
                #expect(end.master.exitCode == 0 && end.isComplete, "\(end)")
                return (try #require(end.result), end.counted)
            case .thisProcess, .processes:
                let more = if case .processes(let count) = place { ["--processes", "\(count)"] } else { [String]() }
                return try await Webapp.with(latency) { webapp in
                    let (end, result) = try CicadaRun(script: script, ["--host", webapp.url] + flags + more).finish()
                    if end.exitCode != 0 { throw RawConnectionError(what: "\(end)") }
                    return (result, try webapp.count())
                }
            }
        }
    }
}
