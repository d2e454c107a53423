import Testing
import Wire

@testable import Cluster

/// What a peer can do that says hello and takes no part: with `--plain` anybody, otherwise whoever has the join token.
struct MasterStrangerTests {
    private static let second = MasterHarness.second

    /// A run with a worker at work and a stranger who has said hello.
    private func master() throws -> MasterHarness {
        var master = try MasterHarness()
        master.join("a")
        master.advance(by: Self.second, hearing: ["a"])
        master.hello("x")
        return master
    }

    @Test func cannotStopTheRun() throws {
        var master = try master()
        master.tell("x", .stopped)
        #expect(master.state.phase == .running)
        master.hello("y", run: RunStanding(run: 5, planHash: SamplePlan.hash([1]), acknowledged: 0, issued: 0, delivered: 0))
        master.tell("y", .stopped)
        #expect(master.state.phase == .running && master.state.stoppedAt == nil)
        for message in [WorkerMessage.failed("no"), .quit, .stopped] { master.tell("x", message) }
        master.advance(by: Self.second, hearing: ["a"])
        #expect(master.state.phase == .running && master.state.users > 0)
    }

    @Test func isNotWaitedForAtTheEnd() throws {
        var master = try master()
        master.advance(by: 6 * Self.second, hearing: ["a"])
        #expect(master.entry("x").phase == .lost)
        master.event(.interrupted)
        #expect(master.notices.isEmpty)
        master.tell("a", .stopped)
        #expect(master.hasSent(.quit(reason: nil), to: "a"))
    }

    @Test func hasNoAccount() throws {
        var master = try master()
        for sequence in 1...20 {
            master.advance(by: 250_000_000, hearing: ["a"])
            master.tell("x", .heartbeat(Heartbeat(sequence: Int64(sequence), run: 6, activity: .running, issued: Int64(sequence) * 1000)))
        }
        master.event(.interrupted)
        master.tell("a", .stopped)
        #expect(master.state.result.workers.map(\.name) == ["a"])
    }

    @Test func isToldOnceThatItsPlanIsAnother() throws {
        var master = try master()
        let ready = WorkerMessage.ready(WorkerReady(planHash: [9], capacity: 1, limit: "", threads: 1))
        master.tell("x", ready)
        #expect(master.notices.count == 1 && master.sent.count == 1)
        for message in [ready, .failed("no"), .quit] {
            master.tell("x", message)
            #expect(master.notices.isEmpty && master.sent.isEmpty)
        }
        // A right one comes too late.
        master.ready("x")
        #expect(master.entry("x").phase == .failed)
    }

    @Test func makesABoundedNumberOfLines() throws {
        var master = try master()
        var lines = 0
        for number in 0..<500 {
            master.hello("y\(number)", version: number % 2 == 0 ? "9.0.0" : "0.1.0")
            lines += master.notices.count
            master.tell("y\(number)", .failed("no"))
            lines += master.notices.count
        }
        #expect(lines == MasterState.mostLinesAboutStrangers)
        // What workers have to say is said all the same.
        master.join("b")
        #expect(master.notices.count == 1)
    }

    @Test func scriptsLinesAreBoundedBySecond() throws {
        var master = try master()
        var lines = 0
        for _ in 0..<50 {
            master.tell("x", .logs((0..<20).map { "line \($0)" }))
            lines += master.notices.count
        }
        #expect(lines == PrintedLines.mostPerSecond)
        master.advance(by: Self.second, hearing: ["a"])
        #expect(master.notices.map(\.text) == ["… 900 more lines"])
    }

    @Test func takesPlacesUpToABound() throws {
        var master = try master()
        for number in 2..<MasterState.mostWorkers { master.hello("y\(number)") }
        #expect(master.state.entries.count == MasterState.mostWorkers)
        master.hello("z")
        #expect(master.state.entries.count == MasterState.mostWorkers)
        // Who is known already is welcome.
        master.hello("a")
        #expect(master.sent.contains { if case .welcome = $0.message { true } else { false } })
        // In the end the table has those that took part.
        #expect(master.state.rows(now: master.now, isFinal: true).map(\.name) == ["a"])
    }
}
