import LoadModel
import Statistics
import Testing
import Wire

@testable import LocustLink

struct LocustWorkerTranslatorTests {
    private let three = [LocustUsers("Alpha", 2), LocustUsers("Beta", 1)]

    // MARK: - Joining

    /// A Locust master deals a worker that repeats `client_ready` a double share.
    @Test func readyIsSaidOnceIn5SecondsAndNeverAgain() throws {
        var desk = try LocustWorkerDesk()
        #expect(desk.pass(3).isEmpty)
        _ = desk.event(.connected)
        #expect(desk.worker(.hello(LocustWorkerDesk.hello)).sent == [.ready(version: nil)])
        for _ in 0..<9 {
            #expect(desk.pass(0.5).sent.isEmpty)
            #expect(desk.worker(.hello(LocustWorkerDesk.hello)).sent.isEmpty)
        }
        let again = desk.pass(0.5)
        #expect(again.sent == [.ready(version: nil)] && again.said == ["whoever listens there does not answer: is it a Locust master?"])
        #expect(desk.master(.acknowledge(index: 3)).welcomes.map(\.index) == [3])
        #expect(desk.pass(30).readies == 0)
    }

    /// A socket can send a moment before it says that it is connected.
    @Test func aConnectionIsGreetedOnce() throws {
        var desk = try LocustWorkerDesk()
        #expect(desk.worker(.hello(LocustWorkerDesk.hello)).readies == 0)
        #expect(desk.event(.tick(canSend: true)).readies == 0)
        #expect(desk.event(.connected).readies == 1)
        _ = desk.event(.lost)
        #expect(desk.event(.tick(canSend: true)).readies == 0 && desk.event(.connected).readies == 1)
    }

    @Test func nothingIsSentWithoutAConnection() throws {
        var desk = try LocustWorkerDesk()
        #expect(desk.worker(.hello(LocustWorkerDesk.hello)).isEmpty)
        desk.join()
        _ = desk.event(.lost)
        desk.seconds += 10
        #expect(desk.event(.tick(canSend: false)).isEmpty)
        // Figures wait for the connection.
        _ = desk.worker(.delta(desk.delta(1)))
        #expect(desk.event(.tick(canSend: true)).reports.map(\.total.requests) == [5])
    }

    @Test func heartbeatsEachSecondAndReportsEachThree() throws {
        var desk = try LocustWorkerDesk()
        desk.join()
        let actions = desk.pass(30)
        #expect((29...31).contains(actions.heartbeats.count) && (9...11).contains(actions.reports.count))
        #expect(
            actions.reports.allSatisfy { $0.total.requests == 0 && $0.entries.isEmpty && $0.users.map(\.userClass) == ["Alpha", "Beta"] })
        // What is idle says nothing of times before the report.
        #expect(actions.reports.last?.total.startTime ?? 0 > 1_000_000_125)
    }

    @Test func thePlanIsServedInParts() throws {
        var desk = try LocustWorkerDesk()
        desk.join()
        var bytes: [UInt8] = []
        while bytes.count < desk.translator.plan.bytes.count {
            guard case .planChunk(let chunk) = desk.worker(.planRequest(offset: bytes.count)).told.first else { break }
            #expect(chunk.offset == bytes.count && chunk.bytes.count <= PlanChunk.largest)
            bytes += chunk.bytes
        }
        #expect(bytes == desk.translator.plan.bytes)
        #expect(desk.worker(.planRequest(offset: -1)).told.isEmpty && desk.worker(.planRequest(offset: 1 << 40)).told.isEmpty)
    }

    /// The lease is the Locust master's: an answer to our heartbeat answers the worker's.
    @Test func heartbeatAnswersArePassedOn() throws {
        var desk = try LocustWorkerDesk()
        desk.join()
        _ = desk.heartbeat()
        #expect(desk.pass(1, answers: false).heartbeats.count == 1)
        let sequence = desk.beat.sequence
        _ = desk.heartbeat()
        #expect(desk.master(.heartbeat).told == [.heartbeat(HeartbeatReply(sequence: sequence, run: desk.run))])
    }

    @Test func heartbeatsTellProcessorTimeOfAThread() throws {
        var desk = try LocustWorkerDesk()
        desk.join()
        desk.beat.cpuPercent = 150
        desk.beat.memoryBytes = 99
        _ = desk.heartbeat()
        let beat = desk.pass(1).heartbeats.last
        #expect(beat == LocustHeartbeat(activity: .ready, cpuPercent: 75, memoryBytes: 99))
    }

    // MARK: - Orders

    @Test func ordersAreAbsoluteTargets() throws {
        var desk = try LocustWorkerDesk()
        desk.join()
        let actions = desk.master(.spawn(LocustSpawn(timestamp: 5, users: [LocustUsers("Alpha", 3)])))
        #expect(actions.sent == [.spawning])
        let targets = try #require(actions.targets.first)
        #expect(
            targets.counts == [ClassCount("Alpha", 3), ClassCount("Beta", 0)] && targets.firstDueIn == 0 && targets.intervalNanoseconds == 0
        )
        #expect(desk.pass(1).heartbeats.map(\.activity) == [.spawning])
        // Until a heartbeat shows them they are told again; then `spawning_complete` is said, once.
        #expect(desk.heartbeat(users: [1, 0], version: 0, activity: .spawning).targets.map(\.version) == [targets.version])
        #expect(desk.heartbeat(users: [2, 0], version: targets.version, activity: .spawning).isEmpty)
        #expect(
            desk.heartbeat(users: [3, 0], version: targets.version).sent == [
                .spawningComplete([LocustUsers("Alpha", 3), LocustUsers("Beta", 0)])
            ])
        #expect(desk.heartbeat(users: [3, 0], version: targets.version).isEmpty)
        #expect(desk.pass(1).heartbeats.map(\.activity) == [.running])
        let more = desk.master(.spawn(LocustSpawn(timestamp: 6, users: three)))
        let next = try #require(more.targets.first)
        #expect(next.version > targets.version)
    }

    @Test func oldOrdersAreDropped() throws {
        var desk = try LocustWorkerDesk()
        desk.join()
        _ = desk.spawn(three, at: 5)
        for timestamp in [5, 4.9, 0] {
            let actions = desk.master(.spawn(LocustSpawn(timestamp: timestamp, users: [LocustUsers("Alpha", 50)])))
            #expect(actions.sent == [.spawning] && actions.targets.isEmpty)
        }
        #expect(desk.spawn(three, at: 5.1) != nil)
    }

    @Test func ordersThatComeBeforeThePlanIsReadAreKept() throws {
        var desk = try LocustWorkerDesk()
        _ = desk.event(.connected)
        _ = desk.worker(.hello(LocustWorkerDesk.hello))
        _ = desk.master(.acknowledge(index: nil))
        #expect(desk.master(.spawn(LocustSpawn(timestamp: 1, users: three))).targets.isEmpty)
        #expect(desk.master(.spawn(LocustSpawn(timestamp: 2, users: [LocustUsers("Beta", 4)]))).targets.isEmpty)
        _ = desk.worker(.ready(WorkerReady(planHash: desk.translator.plan.hash, capacity: 10, limit: "", threads: 1)))
        #expect(desk.heartbeat(epoch: 2).targets.map { [$0.counts[0].count, $0.counts[1].count, $0.epoch] } == [[0, 4, 2]])
    }

    /// Another host is another plan, and so a new run; the same one is not.
    @Test func hostTagsAndStopTimeoutMakeANewPlan() throws {
        var desk = try LocustWorkerDesk()
        desk.join()
        var order = LocustSpawn(timestamp: 1, users: three, host: "http://b", stopTimeout: 2)
        order.options = ["tags": "x, y"]
        let actions = desk.master(.spawn(order))
        #expect(actions.welcomes.map(\.planHash) == [desk.translator.plan.hash] && actions.welcomes[0].run == 8)
        #expect(desk.translator.terms.tags == ["x", "y"] && desk.translator.terms.host == "http://b")
        desk.ready()
        #expect(desk.translator.targets != nil)
        order.timestamp = 2
        #expect(desk.master(.spawn(order)).welcomes.isEmpty)
        order.timestamp = 3
        order.host = "http://c"
        let later = desk.master(.spawn(order))
        #expect(later.welcomes.isEmpty && later.said.count == 1 && later.said[0].contains("from the next start"))
        order.timestamp = 4
        #expect(desk.master(.spawn(order)).said.isEmpty)
        guard case .stop(let stop) = desk.master(.stop).told.first else { return #expect(Bool(false), "no stop") }
        #expect(stop == StopOrder(graceNanoseconds: 2_000_000_000))
    }

    @Test func termsThatCannotBeMetAreToldOnce() throws {
        var desk = try LocustWorkerDesk(refuses: "b")
        desk.join()
        let first = desk.master(.spawn(LocustSpawn(timestamp: 1, users: three, host: "b")))
        #expect(first.said.count == 1 && first.said[0].contains("no such host") && first.targets.isEmpty)
        // The master is told, and does not wait for users in vain.
        #expect(first.sent.contains { if case .exception = $0 { true } else { false } })
        #expect(first.sent.contains(.spawningComplete([LocustUsers("Alpha", 0), LocustUsers("Beta", 0)])))
        #expect(desk.master(.spawn(LocustSpawn(timestamp: 2, users: three, host: "b"))).said.isEmpty)
        #expect(desk.spawn(three, at: 3) != nil)
    }

    @Test func classesThatAreUnknownAreToldOnceAndLeftOut() throws {
        var desk = try LocustWorkerDesk()
        desk.join()
        let actions = desk.master(
            .spawn(LocustSpawn(timestamp: 1, users: [LocustUsers("Alhpa", 2), LocustUsers("Beta", 2), LocustUsers("Zeta", 0)])))
        #expect(actions.said.count == 1 && actions.said[0].contains("'Alhpa'") && actions.said[0].contains("did you mean 'Alpha'?"))
        #expect(actions.targets[0].counts == [ClassCount("Alpha", 0), ClassCount("Beta", 2)])
        #expect(desk.master(.spawn(LocustSpawn(timestamp: 2, users: [LocustUsers("Alhpa", 3)]))).said.isEmpty)
    }

    /// After a lease that has ended targets are told for the new epoch, but only when the master is heard.
    @Test func usersAreCalledBackWhenTheMasterIsHeardAgain() throws {
        var desk = try LocustWorkerDesk()
        desk.join()
        let spawned = desk.spawn(three)
        let targets = try #require(spawned)
        _ = desk.pass(59, answers: false)
        #expect(
            desk.heartbeat(users: [0, 0], version: 0, epoch: 1).targets.map { [Int64($0.epoch), $0.version] } == [[1, targets.version]])
        _ = desk.pass(1.1, answers: false)
        #expect(desk.heartbeat(users: [0, 0], version: 0, epoch: 1).targets.isEmpty)
    }

    // MARK: - Figures

    @Test func deltasAreAcknowledgedAtOnceAndReportedOnce() throws {
        var desk = try LocustWorkerDesk()
        desk.join()
        _ = desk.spawn(three)
        _ = desk.pass(3)
        for number in 1...3 { #expect(desk.worker(.delta(desk.delta(number))).told == [.acknowledge(delta: number)]) }
        #expect(desk.worker(.delta(desk.delta(3))).told == [.acknowledge(delta: 3)])
        var stranger = desk.delta(4)
        stranger.run = 99
        #expect(desk.worker(.delta(stranger)).isEmpty)
        let reports = desk.pass(6).reports
        #expect(reports.map(\.total.requests) == [15, 0] && reports[0].entries.map(\.name) == ["/"])
        #expect(reports[0].users == [LocustUsers("Alpha", 2), LocustUsers("Beta", 1)])
    }

    /// A report that the socket does not take comes with the next one; one that it takes does not.
    @Test func reportsThatAreNotTakenAreNotLost() throws {
        var desk = try LocustWorkerDesk()
        desk.join()
        _ = desk.spawn(three)
        for _ in 0..<20 { desk.translator.reportWasTaken(true) }
        _ = desk.worker(.delta(desk.delta(1)))
        let refused = desk.pass(3).reports
        desk.translator.reportWasTaken(false)
        #expect(refused.map(\.total.requests) == [5])
        _ = desk.worker(.delta(desk.delta(2, requests: 3)))
        let next = desk.pass(3).reports
        let whole = try #require(next.first)
        desk.translator.reportWasTaken(true)
        #expect(whole.total.requests == 8 && whole.entries.map(\.requests) == [8] && whole.total.totalResponseTime == 4)
        #expect(whole.total.startTime <= refused[0].total.startTime && whole.total.requestsPerSecond.reduce(0) { $0 + $1.count } == 8)
        #expect(desk.pass(3).reports.map(\.total.requests) == [0])
    }

    @Test func exceptionsAreSentOneByOneUpToALimit() throws {
        var desk = try LocustWorkerDesk()
        desk.join()
        _ = desk.spawn(three)
        let few = desk.worker(.delta(desk.delta(1, exceptions: 3)))
        #expect(few.sent == Array(repeating: .exception(message: "boom", traceback: "a.lua:3\nin task"), count: 3))
        let many = desk.worker(.delta(desk.delta(2, exceptions: 1000)))
        #expect(many.sent.count == 100 && many.said.count == 1)
        let lines = desk.pass(11).sent.compactMap { if case .logs(let lines) = $0 { lines } else { nil } }
        #expect(lines.last?.contains { $0.contains("900 more exceptions at a.lua:3") } == true)
        #expect(desk.worker(.delta(desk.delta(3, exceptions: 1000))).said.isEmpty)
    }

    @Test func theLogIsSentWholeWhenItHasChanged() throws {
        var desk = try LocustWorkerDesk()
        desk.join()
        _ = desk.worker(.logs(["a"]))
        _ = desk.worker(.logs((0..<600).map { "line \($0)" }))
        let logs = desk.pass(25).sent.compactMap { if case .logs(let lines) = $0 { lines } else { nil } }
        #expect(logs == [(100..<600).map { "line \($0)" }])
        _ = desk.worker(.logs(["last"]))
        let later = desk.pass(11).sent.compactMap { if case .logs(let lines) = $0 { lines } else { nil } }
        #expect(later.map(\.count) == [500] && later[0].last == "last")
    }
}
