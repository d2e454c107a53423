import LoadModel
import Testing
import Wire

@testable import Cluster

struct MasterWishesTests {
    private static let second = MasterHarness.second

    private static func started(users: Int = 10, workers: [String] = ["a", "b"], rows: Int? = nil) throws -> MasterHarness {
        var cluster = try MasterHarness(users: users, rate: 1000, runTime: 60 * second, workers: workers.count) { scenario in
            if let rows { scenario.dataSources = [DataSource(file: "a.csv", rows: rows)] }
        }
        for name in workers { cluster.join(name) }
        for name in workers { cluster.confirm(name) }
        return cluster
    }

    // MARK: - Users that end by themselves

    @Test func nobodyComesInPlaceOfAUserThatHasEnded() throws {
        var cluster = try Self.started()
        #expect(cluster.told("a", "b") == [5, 5])
        cluster.heartbeat("a", ended: [2])
        cluster.advance(by: 3 * Self.second, hearing: ["a", "b"])
        // The order counts those that have ended: nothing is to be told.
        #expect(cluster.targets.isEmpty && cluster.told("a", "b") == [5, 5])
        #expect(cluster.state.bounds == 8 && cluster.entry("a").users == 3)
    }

    @Test func onlyLiveUsersGoToOthers() throws {
        var cluster = try Self.started()
        cluster.heartbeat("a", ended: [2])
        cluster.tell("a", .quit)
        #expect(cluster.told("b") == [8])
        cluster.confirm("b")
        cluster.join("c")
        cluster.advance(by: Self.second, hearing: ["b", "c"])
        #expect(cluster.told("b", "c") == [4, 4])
    }

    @Test func whatAReturningWorkerTellsIsTakenFromOthers() throws {
        var cluster = try Self.started()
        cluster.advance(by: 6 * Self.second, hearing: ["b"])
        #expect(cluster.told("b") == [10])
        // Three of its users had ended before it was lost.
        cluster.heartbeat("a", users: [0], version: 0, epoch: 1, activity: .ready, ended: [3])
        cluster.advance(by: 2 * Self.second, hearing: ["b"])
        cluster.heartbeat("a", users: [0], epoch: 1, activity: .spawning, ended: [3])
        #expect(cluster.state.dispatch.live == 7)
        let orders = cluster.told("a", "b")
        #expect(orders[0] - 3 + orders[1] == 7)
    }

    @Test func thoseThatHaveEndedAreTheFirstToGo() throws {
        var cluster = try Self.started(workers: ["a"])
        cluster.heartbeat("a", ended: [4])
        cluster.event(.rescale(users: 7, ratePerSecond: 1e9))
        cluster.advance(by: Self.second, hearing: ["a"])
        #expect(cluster.state.dispatch.live == 6 && cluster.state.dispatch.count == 7)
        cluster.event(.rescale(users: 9, ratePerSecond: 1e9))
        cluster.advance(by: Self.second, hearing: ["a"])
        #expect(cluster.state.dispatch.live == 8 && cluster.told("a") == [12])
    }

    @Test func theRunEndsWithItsLastUser() throws {
        var cluster = try Self.started()
        cluster.heartbeat("a", ended: [5])
        #expect(cluster.state.ending == nil)
        cluster.heartbeat("b", ended: [5])
        #expect(cluster.state.ending == .ended("all users have ended by themselves"))
        #expect(cluster.sent.count { if case .stop = $0.message { true } else { false } } == 2)
    }

    @Test func usersThatAreStillToComeKeepTheRunGoing() throws {
        var cluster = try MasterHarness(users: 10, rate: 1, runTime: 60 * Self.second)
        cluster.join("a")
        cluster.confirm("a")
        cluster.heartbeat("a", ended: [1])
        #expect(cluster.state.dispatch.live == 0 && cluster.state.ending == nil)
    }

    // MARK: - An end that a script wants

    @Test func stopRunStopsInOrder() throws {
        var cluster = try Self.started()
        let wish = WorkerMessage.endWanted(EndWish(reason: "basket is empty", userClass: "C0", isBreach: false))
        cluster.tell("b", wish)
        let words = "stop_run by user class \"C0\" on worker b: basket is empty"
        #expect(cluster.state.ending == .ended(words) && cluster.notices.first == Notice(words) && cluster.sent.count == 2)
        cluster.tell("b", wish)
        #expect(cluster.sent.isEmpty && cluster.notices.isEmpty)
        // Its heartbeat shows that it has not heard of the stop.
        cluster.heartbeat("b")
        #expect(cluster.sent.contains { if case .stop = $0.message { true } else { false } })
    }

    @Test func aBreachStopsAllAndIsAFailure() throws {
        var cluster = try Self.started()
        cluster.tell("b", .endWanted(EndWish(reason: "over 256 MiB", userClass: "C0", isBreach: true)))
        let words = "user class \"C0\" on worker b: over 256 MiB"
        #expect(cluster.state.ending == .failed(words) && cluster.sent.count == 2)
        for name in ["a", "b"] { cluster.tell(name, .stopped) }
        cluster.advance(by: 2 * Self.second)
        #expect(cluster.isFinished && cluster.state.ending == .failed(words))
    }

    @Test func aBreachAtTheEndIsOneToo() throws {
        var cluster = try Self.started()
        cluster.advance(by: 60 * Self.second, hearing: ["a", "b"])
        #expect(cluster.state.ending == .runTimeOver)
        cluster.tell("b", .endWanted(EndWish(reason: "over 256 MiB", userClass: "C0", isBreach: true)))
        #expect(cluster.state.ending == .failed("user class \"C0\" on worker b: over 256 MiB"))
    }

    // MARK: - Rows

    @Test func rowsGoToWorkersThatTakePart() throws {
        var cluster = try Self.started(rows: 100)
        let request = WorkerMessage.rowRequest(RowRequest(source: 0, number: 1, count: 4))
        let block = MasterMessage.rows(RowBlock(source: 0, number: 1, rows: 0..<4, isExhausted: false))
        cluster.tell("a", request)
        #expect(cluster.hasSent(block, to: "a"))
        cluster.tell("a", request)
        #expect(cluster.hasSent(block, to: "a"))
        cluster.hello("c")
        cluster.tell("c", request)
        #expect(cluster.sent.isEmpty)
        cluster.heartbeat("a", drawn: [3])
        cluster.tell("b", request)
        cluster.tell("b", .quit)
        // One that leaves in order keeps nothing from anybody; one that is lost does.
        #expect(cluster.state.dataUse.map(\.words) == ["a.csv: 100 rows, 3 drawn, 97 left"])
        cluster.advance(by: 6 * Self.second)
        #expect(cluster.state.dataUse.map(\.words) == ["a.csv: 100 rows, 3 drawn, 1 burnt with lost workers, 96 left"])
    }

    // MARK: - Fixed counts

    @Test func fixedCountsThatDoNotFitAreSaid() throws {
        var few = try MasterHarness(users: 3, rate: 1000, weights: [1, 1]) { $0.userClasses[1].fixedCount = 5 }
        few.join("a")
        #expect(few.notices.contains { $0.isWarning && $0.text.contains("fixed_count are to have 5 users together, but the run has 3") })
        #expect(few.targets.first?.targets.counts.map(\.count) == [0, 3])
        var many = try MasterHarness(users: 30, rate: 1000) { $0.userClasses[0].fixedCount = 5 }
        many.join("a")
        #expect(many.notices.contains { $0.isWarning && $0.text.contains("5 users instead of 30") })
        many.advance(by: Self.second)
        #expect(many.told("a") == [5])
    }
}
