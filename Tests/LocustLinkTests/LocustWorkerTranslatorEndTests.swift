import LoadModel
import Statistics
import Testing
import Wire

@testable import LocustLink

/// How it ends, and what the master, the connection and the script may do to it.
struct LocustWorkerTranslatorEndTests {
    private let three = [LocustUsers("Alpha", 2), LocustUsers("Beta", 1)]

    // MARK: - The end

    @Test func afterAStopComeTheFiguresAndThenANewRun() throws {
        var desk = try LocustWorkerDesk()
        desk.join()
        _ = desk.spawn(three)
        #expect(desk.master(.stop).told == [.stop(StopOrder(graceNanoseconds: 0))])
        #expect(desk.pass(2).told.allSatisfy { if case .heartbeat = $0 { true } else { false } })
        #expect(desk.worker(.delta(desk.delta(1))).sent.isEmpty)
        let end = desk.worker(.stopped)
        #expect(end.reports.map(\.total.requests) == [5] && end.reports[0].users.allSatisfy { $0.count == 0 })
        #expect(end.sent.last == .stopped && end.told == [.quit(reason: nil)])
        #expect(desk.worker(.quit).isEmpty && !desk.translator.isDismissed)
        // The loop begins anew.
        #expect(desk.worker(.hello(LocustWorkerDesk.hello)).sent == [.ready(version: nil)])
        let old = desk.run
        _ = desk.master(.acknowledge(index: 3))
        #expect(desk.run == old + 1)
        desk.ready()
        // The master's clock may have been set back meanwhile.
        #expect(desk.spawn(three, at: 0.5) != nil)
    }

    /// Whoever starts the next test at once does not wait for workers to be back.
    @Test func anOrderBehindAStopIsForTheNextTest() throws {
        for isBack in [false, true] {
            var desk = try LocustWorkerDesk()
            desk.join()
            _ = desk.spawn(three)
            _ = desk.master(.stop)
            let order = LocustSpawn(timestamp: 2, users: [LocustUsers("Beta", 7)])
            if !isBack { #expect(desk.master(.spawn(order)).isEmpty) }
            _ = desk.worker(.stopped)
            if isBack { #expect(desk.master(.spawn(order)).isEmpty) }
            _ = desk.worker(.hello(LocustWorkerDesk.hello))
            #expect(desk.master(.acknowledge(index: 3)).sent.contains(.spawning))
            _ = desk.worker(.ready(WorkerReady(planHash: desk.translator.plan.hash, capacity: 10, limit: "", threads: 1)))
            #expect(desk.heartbeat().targets.map { $0.counts.map(\.count) } == [[0, 7]])
        }
    }

    /// Behind a second stop it is not.
    @Test func anOrderBetweenTwoStopsIsForgotten() throws {
        var desk = try LocustWorkerDesk()
        desk.join()
        _ = desk.spawn(three)
        _ = desk.master(.stop)
        _ = desk.master(.spawn(LocustSpawn(timestamp: 2, users: three)))
        _ = desk.master(.stop)
        _ = desk.worker(.stopped)
        _ = desk.worker(.hello(LocustWorkerDesk.hello))
        #expect(!desk.master(.acknowledge(index: 3)).sent.contains(.spawning))
    }

    @Test func quitIsAnsweredWithinHalfASecond() throws {
        var desk = try LocustWorkerDesk()
        desk.join()
        _ = desk.spawn(three)
        #expect(desk.master(.quit).told == [.stop(StopOrder(graceNanoseconds: 0))])
        #expect(desk.worker(.delta(desk.delta(1))).reports.map(\.total.requests) == [5])
        // What is under way then is cut off.
        #expect(desk.pass(0.25).told.contains(.stop(StopOrder(graceNanoseconds: 0, isImmediate: true))))
        #expect(desk.pass(0.5).told.allSatisfy { if case .heartbeat = $0 { true } else { false } })
        let end = desk.worker(.stopped)
        #expect(end.sent.last == .quit && end.told == [.quit(reason: nil)] && desk.translator.isDismissed)
        #expect(desk.pass(10).isEmpty)
    }

    /// With a stop timeout tasks go on, and what is measured is sent as it comes.
    @Test func quitLeavesTasksTheirTime() throws {
        var desk = try LocustWorkerDesk()
        desk.join()
        _ = desk.master(.spawn(LocustSpawn(timestamp: 1, users: three, stopTimeout: 5)))
        desk.ready()
        #expect(desk.master(.quit).told == [.stop(StopOrder(graceNanoseconds: 5_000_000_000))])
        #expect(!desk.pass(4).told.contains(.stop(StopOrder(graceNanoseconds: 0, isImmediate: true))))
        #expect(desk.worker(.delta(desk.delta(1))).reports.count == 1)
    }

    @Test func quitBehindAStopMeansLeave() throws {
        var desk = try LocustWorkerDesk()
        desk.join()
        _ = desk.spawn(three)
        _ = desk.master(.stop)
        _ = desk.master(.quit)
        _ = desk.master(.stop)
        #expect(desk.worker(.stopped).sent.last == .quit && desk.translator.isDismissed)
    }

    @Test func whoHasNoEngineThreadsYetLeavesAtOnce() throws {
        for message in [LocustMasterMessage.quit, .stop] {
            var desk = try LocustWorkerDesk()
            _ = desk.event(.connected)
            _ = desk.worker(.hello(LocustWorkerDesk.hello))
            _ = desk.master(.acknowledge(index: 0))
            let actions = desk.master(message)
            #expect(actions.told == [.quit(reason: nil)] && actions.sent.last == (message == .quit ? .quit : .stopped))
        }
    }

    @Test func aWorkerThatLeavesByItselfReportsFirst() throws {
        var desk = try LocustWorkerDesk()
        desk.join()
        _ = desk.spawn(three)
        _ = desk.worker(.delta(desk.delta(1)))
        let actions = desk.worker(.quit)
        #expect(actions.reports.map(\.total.requests) == [5] && actions.sent.last == .quit)
        #expect(desk.pass(10).isEmpty && !desk.translator.isDismissed)
    }

    @Test func aMasterThatIsNotHeardIsGivenUp() throws {
        var desk = try LocustWorkerDesk()
        desk.join()
        _ = desk.spawn(three)
        _ = desk.worker(.delta(desk.delta(1)))
        _ = desk.pass(4)
        _ = desk.worker(.delta(desk.delta(2)))
        desk.seconds += 50
        _ = desk.event(.lost)
        _ = desk.event(.tick(canSend: false))
        #expect(!desk.translator.isOrphaned)
        desk.seconds += 12
        let actions = desk.event(.tick(canSend: false))
        #expect(actions.told == [.quit(reason: nil)] && actions.said == ["5 requests could not be reported"] && desk.translator.isOrphaned)
    }

    // MARK: - Other connections, other masters

    @Test func aKnownWorkerSaysAHeartbeatOverANewConnection() throws {
        var desk = try LocustWorkerDesk()
        desk.join()
        _ = desk.spawn(three)
        #expect(desk.master(.reconnect) == [.reconnect])
        _ = desk.event(.lost)
        desk.seconds += 0.2
        let actions = desk.event(.connected)
        #expect(actions.heartbeats.count == 1 && actions.readies == 0)
        _ = desk.master(.heartbeat)
        #expect(desk.pass(20).readies == 0)
    }

    /// Who does not answer a heartbeat over a new connection may be another master: it is asked once, then the connection is made anew.
    @Test func aMasterThatDoesNotKnowTheWorkerIsAsked() throws {
        var desk = try LocustWorkerDesk()
        desk.join()
        _ = desk.spawn(three)
        _ = desk.worker(.delta(desk.delta(1)))
        let old = desk.run
        _ = desk.event(.lost)
        _ = desk.event(.connected)
        #expect(desk.pass(2.5, answers: false).readies == 0)
        #expect(desk.pass(0.5, answers: false).readies == 1)
        #expect(desk.pass(4.5, answers: false).readies == 0)
        #expect(desk.pass(1, answers: false).contains(.reconnect))
        _ = desk.event(.lost)
        _ = desk.event(.connected)
        #expect(desk.pass(3, answers: false).readies == 1)
        let actions = desk.master(.acknowledge(index: 0))
        #expect(
            actions.welcomes.map(\.run) == [old + 1] && actions.said.contains { $0.contains("started anew") && $0.contains("requests") })
        // The old run's users go first; then the worker asks for the new one.
        var hello = LocustWorkerDesk.hello
        hello.run = RunStanding(run: old, planHash: [], acknowledged: 0, issued: 0, delivered: 0)
        #expect(desk.worker(.hello(hello)).welcomes.count == 1)
        desk.ready()
        #expect(desk.spawn(three, at: 0.1) != nil)
    }

    @Test func aSecondAcknowledgementChangesNothing() throws {
        var desk = try LocustWorkerDesk()
        desk.join()
        _ = desk.spawn(three)
        let run = desk.run
        #expect(desk.master(.acknowledge(index: 5)).isEmpty && desk.run == run)
    }

    // MARK: - The script

    @Test func setupComesBeforeUsersAndTeardownBehindThem() throws {
        var desk = try LocustWorkerDesk(hasSetup: true, hasTeardown: true)
        desk.join()
        #expect(desk.master(.spawn(LocustSpawn(timestamp: 1, users: three))).told == [.once(.setup)])
        let actions = desk.worker(.onceDone(OnceAnswer(step: .setup, value: [1, 2])))
        #expect(actions.told.first == .share([1, 2]) && actions.targets.count == 1)
        desk.beat.hasSharedValue = true
        #expect(desk.heartbeat(users: [2, 1], version: actions.targets[0].version).sent.count == 1)
        _ = desk.master(.stop)
        #expect(desk.worker(.stopped) == [.tell(.once(.teardown))])
        let end = desk.worker(.onceDone(OnceAnswer(step: .teardown)))
        #expect(end.sent.last == .stopped)
    }

    @Test func aSetupThatFailsStartsNobody() throws {
        var desk = try LocustWorkerDesk(hasSetup: true)
        desk.join()
        _ = desk.master(.spawn(LocustSpawn(timestamp: 1, users: three)))
        let actions = desk.worker(.onceDone(OnceAnswer(step: .setup, failure: "a.lua:1: no")))
        #expect(actions.said.contains { $0.contains("a.lua:1: no") } && actions.targets.isEmpty)
        #expect(desk.heartbeat().targets.isEmpty)
        #expect(desk.master(.spawn(LocustSpawn(timestamp: 2, users: three))).targets.isEmpty)
    }

    @Test func aScriptThatEndsTheRunEndsItsUsers() throws {
        var desk = try LocustWorkerDesk()
        desk.join()
        _ = desk.spawn(three)
        let wish = EndWish(reason: "enough", userClass: "Alpha", isBreach: false)
        let actions = desk.worker(.endWanted(wish))
        #expect(actions.told == [.stop(StopOrder(graceNanoseconds: 0))] && actions.said.contains { $0.contains("enough") })
        #expect(actions.sent.isEmpty)
        #expect(desk.worker(.endWanted(wish)).isEmpty)
        _ = desk.worker(.delta(desk.delta(1)))
        #expect(desk.worker(.stopped).reports.map(\.total.requests) == [5])
        #expect(desk.worker(.stopped).isEmpty)
        // It stays, without users, until the master ends the test.
        #expect(desk.master(.spawn(LocustSpawn(timestamp: 9, users: three))).isEmpty)
        #expect(desk.pass(4).heartbeats.map(\.activity).contains(.ready))
        #expect(desk.master(.stop).sent.last == .stopped)
    }

    /// A limit that is broken is an exception to the master.
    @Test func aBrokenLimitIsToldAsAnException() throws {
        var desk = try LocustWorkerDesk()
        desk.join()
        _ = desk.spawn(three)
        let actions = desk.worker(.endWanted(EndWish(reason: "too much memory", userClass: "Beta", isBreach: true)))
        let words = "user class Beta wants the test to end: too much memory; users end here, but not on other workers"
        #expect(actions.sent == [.exception(message: words, traceback: words)] && actions.said == [words])
    }

    // MARK: - Rows

    @Test(arguments: [("1/1", 0..<10), ("1/3", 0..<4), ("2/3", 4..<7), ("3/3", 7..<10)])
    func partsCoverAllRowsOnce(text: String, rows: Range<Int>) throws {
        #expect(try #require(LocustDataPart(text)).rows(of: 10) == rows)
    }

    @Test(arguments: ["", "1", "0/2", "3/2", "1/0", "a/b", "1/2/3", "-1/2", "1/99999"]) func otherTextsAreNoParts(text: String) {
        #expect(LocustDataPart(text) == nil)
    }

    @Test func rowsStayInTheirPart() throws {
        var part = LocustDataPart()
        (part.number, part.count) = (2, 2)
        let sources = [DataSource(file: "a", rows: 9), DataSource(file: "b", atEnd: .cyclic, rows: 9), DataSource(file: "c", rows: 1)]
        var rows = LocustRows(sources: sources, part: part)
        #expect(rows.grant(RowRequest(source: 0, number: 1, count: 3)) == RowBlock(source: 0, number: 1, rows: 5..<8, isExhausted: false))
        #expect(rows.grant(RowRequest(source: 0, number: 2, count: 3)) == RowBlock(source: 0, number: 2, rows: 8..<9, isExhausted: true))
        #expect(rows.grant(RowRequest(source: 0, number: 3, count: 3))?.rows.count == 0)
        var drawn: [Int] = []
        for number in 1...4 { drawn += rows.grant(RowRequest(source: 1, number: number, count: 3)).map { Array($0.rows) } ?? [] }
        #expect(drawn == [5, 6, 7, 8, 5, 6, 7, 8])
        #expect(rows.grant(RowRequest(source: 2, number: 1, count: 1)) == RowBlock(source: 2, number: 1, rows: 1..<1, isExhausted: true))
        #expect(rows.grant(RowRequest(source: 3, number: 1, count: 1)) == nil)
    }
}
