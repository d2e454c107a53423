import LoadModel
import Statistics
import Testing
import Wire

@testable import Cluster

/// Another process takes the place of a worker of an Indexed Job.
struct SuccessionTests {
    private static let second = MasterHarness.second

    /// Two workers with indexes, with users.
    private static func fleet(workers: Int = 2, users: Int = 10) throws -> MasterHarness {
        var master = try MasterHarness(users: users, rate: 1000, workers: workers)
        for index in 0..<workers { master.join("worker-\(index)", place: index) }
        master.advance(by: second, hearing: (0..<workers).map { "worker-\($0)" })
        return master
    }

    /// Lets time pass while others speak and one asks for its place, twice a second.
    private static func ask(_ master: inout MasterHarness, _ name: String, index: Int, session: UInt64, seconds: Double, hearing: [String])
        -> [MasterMessage]
    {
        var answers: [MasterMessage] = []
        for _ in 0..<Int(seconds * 2) {
            master.hello(name, session: session, index: index)
            answers += master.sent.filter { $0.name == name }.map(\.message)
            if !answers.contains(where: \.isWait) || answers.contains(where: { !$0.isWait }) { break }
            master.advance(by: second / 2, hearing: hearing)
        }
        return answers
    }

    @Test func theNextProcessWaitsUntilThePredecessorIsLost() throws {
        var master = try Self.fleet()
        #expect(master.told("worker-0", "worker-1") == [5, 5])
        let answers = Self.ask(&master, "worker-1", index: 1, session: 2, seconds: 10, hearing: ["worker-0"])
        // As long as the predecessor may have users: its lease and the margin.
        #expect((9...11).contains(answers.count { $0.isWait }), "\(answers.count)")
        guard case .welcome(let welcome)? = answers.last else {
            Issue.record("not let in: \(answers)")
            return
        }
        #expect(welcome.place == 1 && welcome.index == 2 && welcome.workers == 2)
        master.ready("worker-1")
        master.advance(by: 2 * Self.second, hearing: ["worker-0", "worker-1"])
        #expect(master.told("worker-0", "worker-1") == [5, 5])
        let rows = master.state.rows(now: master.now, isFinal: true)
        #expect(rows.map(\.name) == ["worker-0", "worker-1", "worker-1#2"])
        #expect(rows.map(\.state)[1] == "replaced" && rows[2].machine.index == 1)
    }

    @Test func aPlaceWhoseHolderHasLeftIsFreeAtOnce() throws {
        var master = try Self.fleet()
        master.tell("worker-1", .quit)
        master.hello("worker-1", session: 2, index: 1)
        #expect(master.sent.contains { if case .welcome(let welcome) = $0.message { welcome.place == 1 } else { false } })
    }

    @Test func aDoubleOfALivingWorkerIsRefusedAfterABoundedTime() throws {
        var master = try Self.fleet()
        let answers = Self.ask(&master, "worker-1", index: 1, session: 2, seconds: 40, hearing: ["worker-0", "worker-1"])
        guard case .quit(let reason?)? = answers.last else {
            Issue.record("not refused: \(answers.count)")
            return
        }
        #expect(reason.contains("index 1") && reason.contains("alive") && answers.count == 42, "\(answers.count) \(reason)")
        // The other one has noticed nothing.
        #expect(master.told("worker-0", "worker-1") == [5, 5])
    }

    @Test func oneThatIsToldToEndMayTakeItsTime() throws {
        var master = try Self.fleet()
        for step in 0..<20 {
            master.hello("worker-1", session: 2, index: 1)
            #expect(master.sent.first?.message.isWait == true)
            master.advance(by: Self.second / 2, hearing: ["worker-0"])
            if step < 19 {
                master.heartbeat("worker-1", session: 1, activity: .stopping)
            } else {
                master.tell("worker-1", session: 1, .quit)
            }
        }
        master.hello("worker-1", session: 2, index: 1)
        #expect(master.sent.contains { if case .welcome = $0.message { true } else { false } })
    }

    @Test func theMastersOwnPauseIsNobodysFault() throws {
        var master = try Self.fleet()
        master.hello("worker-1", session: 2, index: 1)
        master.now += 60 * Self.second
        master.hello("worker-1", session: 2, index: 1)
        #expect(master.sent.first?.message.isWait == true, "\(master.sent)")
    }

    @Test func anIndexUnderAnotherNameIsTheSamePlace() throws {
        var master = try Self.fleet()
        master.hello("mine", session: 2, index: 1)
        #expect(master.sent.first?.message.isWait == true)
        master.advance(by: 5 * Self.second, hearing: ["worker-0"])
        master.hello("mine", session: 2, index: 1)
        #expect(master.sent.contains { if case .welcome(let welcome) = $0.message { welcome.place == 1 } else { false } })
        // The one that was lost does not come back beside it.
        master.heartbeat("worker-1")
        #expect(master.entry("worker-1").phase == .failed)
    }

    @Test(arguments: [2, 9999]) func anIndexBeyondTheRunsWorkersIsRefused(index: Int) throws {
        var master = try MasterHarness(workers: 2)
        master.hello("worker-\(index)", index: index)
        guard case .quit(let reason?)? = master.sent.first?.message else {
            Issue.record("not refused")
            return
        }
        #expect(reason.contains("index \(index)") && reason.contains("0 to 1") && reason.contains("--expect-workers"), "\(reason)")
    }

    @Test func theLastWorkersSuccessorKeepsTheRunAlive() throws {
        var master = try Self.fleet(workers: 1)
        let answers = Self.ask(&master, "worker-0", index: 0, session: 2, seconds: 10, hearing: [])
        guard case .welcome? = answers.last else {
            Issue.record("not let in: \(answers)")
            return
        }
        master.ready("worker-0")
        master.advance(by: 2 * Self.second, hearing: ["worker-0"])
        #expect(master.state.phase == .running && master.told("worker-0") == [10])
    }

    @Test func aSuccessorThatDoesNotComeEndsTheRun() throws {
        var master = try Self.fleet(workers: 1)
        master.advance(by: 3 * Self.second)
        master.hello("worker-0", session: 2, index: 0)
        // Lost by now; somebody has asked for its place a moment ago.
        master.advance(by: Self.second * 9 / 5)
        #expect(master.state.phase == .running && master.state.presentWorkers == 0)
        master.advance(by: 2 * Self.second)
        #expect(master.state.ending == .failed("the last worker was lost"))
    }

    @Test func aPodThatComesWhenTheRunIsEndingHasNothingToDo() throws {
        var master = try Self.fleet()
        master.event(.interrupted)
        master.tell("worker-1", .quit)
        master.hello("worker-1", session: 2, index: 1)
        #expect(master.hasSent(.quit(reason: nil), to: "worker-1"))
    }

    @Test func placesOfWorkersWithAndWithoutIndexDiffer() throws {
        var master = try MasterHarness(users: 10, workers: 3)
        func place(_ sent: [(message: MasterMessage, name: String)]) -> Int? {
            sent.compactMap { if case .welcome(let welcome) = $0.message { welcome.place } else { nil } }.first
        }
        var places: [Int?] = []
        for (name, index) in [("a", nil), ("worker-0", 0), ("b", nil), ("worker-2", 2), ("c", nil)] as [(String, Int?)] {
            master.hello(name, index: index)
            places.append(place(master.sent))
        }
        #expect(Set(places.compactMap(\.self)).count == 5, "\(places)")
        // A place that is taken already is not shared.
        #expect(places[0] == 0 && places[1] != 0)
    }

    @Test func usersNumbersGoByThePlaceAndChancesByTheIndex() throws {
        let welcome = Welcome(
            index: 7, version: "0.1.0", protocolVersion: Protocol.version, run: 5, planHash: [], planSize: 0, acknowledged: 0,
            leaseNanoseconds: nil, workers: 4, place: 2)
        let bytes = MasterMessage.welcome(welcome).encoded(nodeID: "worker-2")
        guard case .welcome(let read) = try MasterMessage.decode(bytes).message else {
            Issue.record("no welcome")
            return
        }
        #expect(read.place == 2 && read.index == 7)
    }
}

extension MasterMessage {
    fileprivate var isWait: Bool { if case .wait = self { true } else { false } }
}
